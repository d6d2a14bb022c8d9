using Halyard.Model;

namespace Halyard;

/// <summary>
/// Builds a single <see cref="Context"/>. Nothing here throws for bad input: <see cref="Build"/> checks everything
/// and gives an invalid context that says what is wrong. May be used again after <see cref="Build"/>; contexts made
/// before keep what they had. Half of a surrogate pair, in whatever text, becomes U+FFFD. Not thread-safe.
/// </summary>
public sealed class ContextBuilder
{
    private readonly List<KeyValuePair<string, Value>> _attributes = [];
    private readonly List<AttributeReference> _private = [];
    private Value _kind;
    private Value _key;
    private Value _name;
    private Value _anonymous;

    internal ContextBuilder(string? key) => _key = UnicodeText.Of(Value.Of(key));

    /// <summary>Old-style users may have an empty key; no other context may.</summary>
    internal bool AllowsEmptyKey { get; init; }

    /// <summary>Sets the kind; null or empty reads as <c>user</c>. Letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, but not <c>kind</c> or <c>multi</c>.</summary>
    public ContextBuilder Kind(string? kind)
    {
        _kind = Value.Of(kind);
        return this;
    }

    /// <summary>Sets the name; null removes it.</summary>
    public ContextBuilder Name(string? name)
    {
        _name = UnicodeText.Of(Value.Of(name));
        return this;
    }

    /// <summary>Sets whether the context is anonymous.</summary>
    public ContextBuilder Anonymous(bool anonymous)
    {
        _anonymous = Value.Of(anonymous);
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
        value = UnicodeText.Of(value);
        attribute = UnicodeText.Of(attribute);
        switch (attribute)
        {
            case "kind":
                _kind = value;
                break;
            case "key":
                _key = value;
                break;
            case "name":
                _name = value;
                break;
            case "anonymous":
                _anonymous = value;
                break;
            case "" or "_meta":
                break;
            default:
                SetCustom(attribute, value);
                break;
        }

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
        if (Check() is { } error)
        {
            return Context.Invalid(error);
        }

        return new(
            KindOrDefault(), _key.AsString!, _name.AsString, _anonymous.AsBool, [.. _attributes], [.. _private]);
    }

    internal void AddPrivate(AttributeReference reference)
    {
        if (!reference.IsValid || !_private.Contains(reference))
        {
            _private.Add(reference);
        }
    }

    private string KindOrDefault() => string.IsNullOrEmpty(_kind.AsString) ? Context.DefaultKind : _kind.AsString;

    private string? Check()
    {
        if (WrongType("kind", _kind, ValueKind.String) is { } wrongKind)
        {
            return wrongKind;
        }

        if (CheckKind(KindOrDefault()) is { } error)
        {
            return error;
        }

        if (WrongType("key", _key, ValueKind.String) is { } wrongKey)
        {
            return wrongKey;
        }

        if (_key.AsString is null or "" && !(AllowsEmptyKey && _key.AsString is ""))
        {
            return "The context's key must not be null or empty.";
        }

        return WrongType("name", _name, ValueKind.String) ?? WrongType("anonymous", _anonymous, ValueKind.Bool);
    }

    private static string? CheckKind(string kind)
    {
        if (kind == "kind")
        {
            return "A context's kind must not be 'kind'.";
        }

        if (kind == Context.MultiKind)
        {
            return "A single context's kind must not be 'multi'; join contexts with Context.Multi.";
        }

        foreach (var character in kind)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return $"The context kind '{kind}' has characters other than letters, digits, '.', '_' and '-'.";
            }
        }

        return null;
    }

    private static string? WrongType(string attribute, Value value, ValueKind expected) =>
        value.IsNull || value.Kind == expected
            ? null
            : $"The context's '{attribute}' must be a {(expected == ValueKind.Bool ? "boolean" : "string")}, not {value}.";

    private void SetCustom(string attribute, Value value)
    {
        var at = _attributes.FindIndex(existing => existing.Key == attribute);
        if (value.IsNull)
        {
            if (at >= 0)
            {
                _attributes.RemoveAt(at);
            }
        }
        else if (at >= 0)
        {
            _attributes[at] = new(attribute, value);
        }
        else
        {
            _attributes.Add(new(attribute, value));
        }
    }
}
