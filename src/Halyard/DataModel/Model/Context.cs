using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Halyard.Model;

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

    // Null for a context of a kind and a key alone.
    private ContextParts? _parts;

    /// <summary>A single context, of which the arguments are valid, or one whose parts say what else it is.</summary>
    internal Context(string kind, string key, ContextParts? parts)
    {
        Kind = kind;
        Key = key;
        _parts = parts;
    }

    /// <summary>What is wrong with the context; null when it is valid.</summary>
    public string? Error => _parts?.Error;

    /// <summary>Whether the context can be evaluated.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsValid => Kind.Length != 0;

    /// <summary>The kind: <c>multi</c> for a multi-context, empty for an invalid one.</summary>
    public string Kind { get; }

    /// <summary>The key; empty for a multi-context.</summary>
    public string Key { get; }

    /// <summary>The name, if one was given.</summary>
    public string? Name => _parts?.Name;

    /// <summary>Whether front ends should leave the context out of their lists.</summary>
    public bool Anonymous => _parts is { Anonymous: true };

    /// <summary>Attributes that analytics must not carry.</summary>
    public ImmutableArray<AttributeReference> PrivateAttributes => _parts is { PrivateAttributes: { IsDefault: false } some } ? some : [];

    /// <summary>Whether this is a multi-context.</summary>
    public bool IsMulti => Kind == MultiKind;

    /// <summary>The single contexts, sorted by kind: itself for a single context, empty for an invalid one.</summary>
    public ImmutableArray<Context> Members =>
        IsMulti ? ImmutableCollectionsMarshal.AsImmutableArray(_parts!.Members) : IsValid ? [this] : [];

    /// <summary>Attributes other than the built-in <c>kind</c>, <c>key</c>, <c>name</c> and <c>anonymous</c>; none of them is null.</summary>
    public ReadOnlySpan<KeyValuePair<string, Value>> CustomAttributes => _parts is { } parts ? parts.Attributes : default;

    /// <summary>
    /// One string that identifies the context: the key of a user, otherwise <c>kind:key</c>, joined by <c>:</c> in a
    /// multi-context. In these, <c>%</c> and <c>:</c> in keys are escaped as <c>%25</c> and <c>%3A</c>.
    /// </summary>
    public string FullyQualifiedKey =>
        Kind == DefaultKind ? Key : _parts?.FullyQualifiedKey ?? MakeFullyQualifiedKey();

    internal ReadOnlySpan<Context> MemberSpan => _parts?.Members;

    /// <summary>Makes a user context.</summary>
    public static Context New(string key) => string.IsNullOrEmpty(key) ? Builder(key).Build() : new(DefaultKind, UnicodeText.Of(key), null);

    /// <summary>Makes a context of a kind.</summary>
    public static Context New(string kind, string key) =>
        string.IsNullOrEmpty(kind) || string.IsNullOrEmpty(key) || ContextBuilder.CheckKind(kind) is not null
            ? Builder(key).Kind(kind).Build()
            : new(kind, UnicodeText.Of(key), null);

    /// <summary>Starts a context with attributes; the kind is <c>user</c> until set.</summary>
    public static ContextBuilder Builder(string key) => new(key);

    /// <summary>An invalid context that says what is wrong.</summary>
    internal static Context Invalid(string error) => new("", "", new ContextParts { Error = error });

    /// <summary>The single context of the given kind; null when there is none. A null kind reads as <c>user</c>.</summary>
    internal Context? OfKind(string? kind)
    {
        kind ??= DefaultKind;
        if (!IsMulti)
        {
            return string.Equals(Kind, kind) ? this : null;
        }

        foreach (var member in MemberSpan)
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

        foreach (ref readonly var attribute in CustomAttributes)
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

    // Two threads may both make it; the texts are equal, so either may win. Parts that are made for it hold nothing else.
    private string MakeFullyQualifiedKey()
    {
        if (!IsValid)
        {
            return "";
        }

        var made = IsMulti
            ? string.Join(':', _parts!.Members!.Select(member => member.Kind + ":" + Escape(member.Key)))
            : Kind + ":" + Escape(Key);
        if (_parts is { } parts)
        {
            parts.FullyQualifiedKey = made;
        }
        else
        {
            _parts = new ContextParts { FullyQualifiedKey = made };
        }

        return made;
    }

    private static string Escape(string key) =>
        key.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal);
}
