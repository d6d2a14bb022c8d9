using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Halyard;

/// <summary>
/// What a flag is evaluated for: a user, a device, an organisation, or several of them at once (a multi-context).
/// Never throws for bad input: an invalid context carries its <see cref="Error"/>, and evaluating it gives the
/// default value. Immutable and thread-safe.
/// </summary>
/// <example><code>
/// var user = Context.New("user-123");
/// var org = Context.Builder("org-9").Kind("org").Set("plan", "pro").Build();
/// var both = Context.Multi(user, org);
/// </code></example>
public sealed partial class Context : IEquatable<Context>
{
    /// <summary>The kind of a context that names none.</summary>
    public const string DefaultKind = "user";

    /// <summary>The kind that a multi-context reports.</summary>
    public const string MultiKind = "multi";

    private readonly KeyValuePair<string, Value>[] _attributes = [];
    private readonly Context[] _members = [];
    private string? _fullyQualifiedKey;

    /// <summary>A single context; the arguments are validated by <see cref="ContextBuilder"/>.</summary>
    internal Context(
        string kind, string key, string? name, bool anonymous,
        KeyValuePair<string, Value>[] attributes, ImmutableArray<AttributeReference> privateAttributes)
    {
        Kind = kind;
        Key = key;
        Name = name;
        Anonymous = anonymous;
        _attributes = attributes;
        PrivateAttributes = privateAttributes;
    }

    /// <summary>A multi-context; the members are valid single contexts, sorted by kind, at least two.</summary>
    internal Context(Context[] members)
    {
        Kind = MultiKind;
        Key = "";
        _members = members;
    }

    private Context(string error)
    {
        Kind = "";
        Key = "";
        Error = error;
    }

    /// <summary>What is wrong with the context; null when it is valid.</summary>
    public string? Error { get; }

    /// <summary>Whether the context can be evaluated.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsValid => Error is null;

    /// <summary>The kind: <c>multi</c> for a multi-context, empty for an invalid one.</summary>
    public string Kind { get; }

    /// <summary>The key; empty for a multi-context.</summary>
    public string Key { get; }

    /// <summary>The name, if one was given.</summary>
    public string? Name { get; }

    /// <summary>Whether front ends should leave the context out of their lists.</summary>
    public bool Anonymous { get; }

    /// <summary>Attributes that analytics must not carry.</summary>
    public ImmutableArray<AttributeReference> PrivateAttributes { get; } = [];

    /// <summary>Whether this is a multi-context.</summary>
    public bool IsMulti => _members.Length != 0;

    /// <summary>The single contexts, sorted by kind: itself for a single context, empty for an invalid one.</summary>
    public ImmutableArray<Context> Members =>
        IsMulti ? System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(_members) : IsValid ? [this] : [];

    /// <summary>Attributes other than the built-in <c>kind</c>, <c>key</c>, <c>name</c> and <c>anonymous</c>; none of them is null.</summary>
    public ReadOnlySpan<KeyValuePair<string, Value>> CustomAttributes => _attributes;

    /// <summary>
    /// One string that identifies the context: the key of a user, otherwise <c>kind:key</c>, joined by <c>:</c> in a
    /// multi-context. In these, <c>%</c> and <c>:</c> in keys are escaped as <c>%25</c> and <c>%3A</c>.
    /// </summary>
    public string FullyQualifiedKey => _fullyQualifiedKey ??= MakeFullyQualifiedKey();

    internal ReadOnlySpan<Context> MemberSpan => _members;

    /// <summary>Makes a user context.</summary>
    public static Context New(string key) => Builder(key).Build();

    /// <summary>Makes a context of a kind.</summary>
    public static Context New(string kind, string key) => Builder(key).Kind(kind).Build();

    /// <summary>Starts a context with attributes; the kind is <c>user</c> until set.</summary>
    public static ContextBuilder Builder(string key) => new(key);

    /// <summary>An invalid context that says what is wrong.</summary>
    internal static Context Invalid(string error) => new(error);

    /// <summary>The single context of the given kind; null when there is none. A null kind reads as <c>user</c>.</summary>
    internal Context? OfKind(string? kind)
    {
        kind ??= DefaultKind;
        if (_members.Length == 0)
        {
            return string.Equals(Kind, kind) ? this : null;
        }

        foreach (var member in _members)
        {
            if (string.Equals(member.Kind, kind))
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>Resolves a valid reference in a single context. False when the attribute is missing or null.</summary>
    internal bool TryGetValue(AttributeReference reference, out Value value)
    {
        if (!TryGetTopLevel(reference.Name, out value))
        {
            return false;
        }

        if (reference.Rest is { } rest)
        {
            foreach (var name in rest)
            {
                if (!value.TryGetMember(name, out value))
                {
                    return false;
                }
            }
        }

        return !value.IsNull;
    }

    private bool TryGetTopLevel(string name, out Value value)
    {
        // Built-in names differ in length, so one switch on it decides.
        switch (name.Length)
        {
            case 3 when name == "key":
                value = Value.Of(Key);
                return true;
            case 4 when name == "kind":
                value = Value.Of(Kind);
                return true;
            case 4 when name == "name":
                value = Value.Of(Name);
                return Name is not null;
            case 9 when name == "anonymous":
                value = Value.Of(Anonymous);
                return true;
        }

        foreach (ref readonly var attribute in _attributes.AsSpan())
        {
            if (string.Equals(attribute.Key, name))
            {
                value = attribute.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    private string MakeFullyQualifiedKey() => this switch
    {
        { IsValid: false } => "",
        { IsMulti: true } => string.Join(':', _members.Select(member => member.Kind + ":" + Escape(member.Key))),
        { Kind: DefaultKind } => Key,
        _ => Kind + ":" + Escape(Key),
    };

    private static string Escape(string key) =>
        key.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal);
}
