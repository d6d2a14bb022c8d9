using System.Buffers;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// Builds a single <see cref="Context"/>. Nothing here throws for bad input: <see cref="Build"/> checks everything
/// and gives an invalid context that says what is wrong. May be used again after <see cref="Build"/>; contexts made
/// before keep what they had. Half of a surrogate pair, in whatever text, becomes U+FFFD. Not thread-safe.
/// </summary>
public sealed class ContextBuilder
{
    private static readonly SearchValues<char> KindCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private AttributeList _attributes;
    private ReferenceList _private;
    private Value[]? _wrong; // what has another type than its built-in attribute; null while there is nothing
    private string? _kind;
    private string? _key;
    private string? _name;
    private bool _anonymous;

    internal ContextBuilder(string? key) => _key = key is null ? null : UnicodeText.Of(key);

    private enum BuiltIn
    {
        Kind,
        Key,
        Name,
        Anonymous,
    }

    /// <summary>Old-style users may have an empty key; no other context may.</summary>
    internal bool AllowsEmptyKey { get; init; }

    /// <summary>Sets the kind; null or empty reads as <c>user</c>. Letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, but not <c>kind</c> or <c>multi</c>.</summary>
    public ContextBuilder Kind(string? kind)
    {
        _kind = kind;
        Note(BuiltIn.Kind, default);
        return this;
    }

    /// <summary>Sets the name; null removes it.</summary>
    public ContextBuilder Name(string? name)
    {
        _name = name is null ? null : UnicodeText.Of(name);
        Note(BuiltIn.Name, default);
        return this;
    }

    /// <summary>Sets whether the context is anonymous.</summary>
    public ContextBuilder Anonymous(bool anonymous)
    {
        _anonymous = anonymous;
        Note(BuiltIn.Anonymous, default);
        return this;
    }

    /// <summary>
    /// Sets an attribute; a null value removes it. The name is taken literally, slashes included. The built-in
    /// <c>kind</c>, <c>key</c>, <c>name</c> and <c>anonymous</c> can be set here too, and a value of the wrong type
    /// for them makes the context invalid. Names that no attribute can have, the empty one and <c>_meta</c>, are
    /// ignored.
    /// </summary>
    /// <exception cref="ArgumentNullException">The attribute's name is null.</exception>
    public ContextBuilder Set(string attribute, Value value)
    {
        ArgumentNullException.ThrowIfNull(attribute);
        SetSound(UnicodeText.Of(attribute), UnicodeText.Of(value));
        return this;
    }

    /// <summary>
    /// Marks attributes that analytics must not carry, by reference: a name, or a path such as <c>/address/street</c>.
    /// Adds to those marked before. A reference that cannot be read is kept, but marks nothing.
    /// </summary>
    public ContextBuilder Private(params ReadOnlySpan<string> references)
    {
        foreach (var reference in references)
        {
            AddPrivate(AttributeReference.Parse(UnicodeText.Of(reference ?? "")));
        }

        return this;
    }

    /// <summary>Makes the context; an invalid one carries its error.</summary>
    public Context Build()
    {
        var kind = string.IsNullOrEmpty(_kind) || _kind == Context.DefaultKind ? Context.DefaultKind : _kind;
        return Check(kind) is { } error ? Context.Invalid(error) : new(kind, _key!, Parts());
    }

    /// <summary><see cref="Set"/> for texts that are known to be Unicode: those of JSON that was read.</summary>
    internal void SetSound(string attribute, Value value)
    {
        switch (attribute)
        {
            case "kind":
                _kind = TextOr(BuiltIn.Kind, value);
                break;
            case "key":
                _key = TextOr(BuiltIn.Key, value);
                break;
            case "name":
                _name = TextOr(BuiltIn.Name, value);
                break;
            case "anonymous":
                _anonymous = value.AsBool;
                Note(BuiltIn.Anonymous, value.IsBool ? default : value);
                break;
            case "" or "_meta":
                break;
            default:
                _attributes.Set(attribute, value);
                break;
        }
    }

    /// <summary>Sets the key, which is Unicode.</summary>
    internal void Key(string key)
    {
        _key = key;
        Note(BuiltIn.Key, default);
    }

    /// <summary><see cref="SetSound"/> for names of which none is built in.</summary>
    internal void SetCustom(string attribute, in Value value) => _attributes.Set(attribute, value);

    internal void AddPrivate(AttributeReference reference) => _private.Add(reference);

    /// <summary>What is wrong with a kind that is not empty; null when nothing is.</summary>
    internal static string? CheckKind(string kind)
    {
        if (kind == "kind")
        {
            return "A context's kind must not be 'kind'.";
        }

        if (kind == Context.MultiKind)
        {
            return "A single context's kind must not be 'multi'; join contexts with Context.Multi.";
        }

        return kind.AsSpan().ContainsAnyExcept(KindCharacters)
            ? $"The context kind '{kind}' has characters other than letters, digits, '.', '_' and '-'."
            : null;
    }

    private ContextParts? Parts() =>
        _attributes.IsEmpty && _private.IsEmpty && _name is null && !_anonymous
            ? null
            : new(_attributes.Share(out var count), count)
            {
                Name = _name,
                Anonymous = _anonymous,
                PrivateAttributes = _private.ToImmutable(),
            };

    private string? TextOr(BuiltIn attribute, Value value)
    {
        Note(attribute, value.AsString is null ? value : default);
        return value.AsString;
    }

    // A value of the wrong type, or null for what takes the place of one.
    private void Note(BuiltIn attribute, Value wrong)
    {
        if (_wrong is null && wrong.IsNull)
        {
            return;
        }

        _wrong ??= new Value[1 + (int)BuiltIn.Anonymous];
        _wrong[(int)attribute] = wrong;
    }

    private string? Check(string kind)
    {
        if (WrongType(BuiltIn.Kind, "kind") is { } wrongKind)
        {
            return wrongKind;
        }

        if (!ReferenceEquals(kind, Context.DefaultKind) && CheckKind(kind) is { } error)
        {
            return error;
        }

        if (WrongType(BuiltIn.Key, "key") is { } wrongKey)
        {
            return wrongKey;
        }

        if (_key is null or "" && !(AllowsEmptyKey && _key is ""))
        {
            return "The context's key must not be null or empty.";
        }

        return WrongType(BuiltIn.Name, "name") ?? WrongType(BuiltIn.Anonymous, "anonymous");
    }

    private string? WrongType(BuiltIn attribute, string name) =>
        _wrong is null || _wrong[(int)attribute] is not { IsNull: false } value
            ? null
            : $"The context's '{name}' must be a {(attribute == BuiltIn.Anonymous ? "boolean" : "string")}, not {value}.";
}
