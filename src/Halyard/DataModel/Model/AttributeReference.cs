using System.Diagnostics.CodeAnalysis;

namespace Halyard;

/// <summary>
/// The address of a context attribute: a literal name, or a path such as <c>/address/street</c> into objects.
/// An invalid reference is kept, with its error: the flag that holds it is malformed, not the whole data set.
/// Immutable.
/// </summary>
public sealed class AttributeReference : IEquatable<AttributeReference>
{
    private AttributeReference(string text, string name, string[]? rest, string? error)
    {
        Text = text;
        Name = name;
        Rest = rest;
        Error = error;
    }

    /// <summary>The reference as written.</summary>
    public string Text { get; }

    /// <summary>What is wrong with the reference; null when it is valid.</summary>
    public string? Error { get; }

    /// <summary>Whether the reference can be resolved.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsValid => Error is null;

    /// <summary>The name of the top-level attribute.</summary>
    internal string Name { get; }

    /// <summary>The names below the top level; null when the reference is one name.</summary>
    internal string[]? Rest { get; }

    /// <summary>Whether a reading of the text as a plain name gives this reference.</summary>
    internal bool IsLiteral => Rest is null && (IsValid ? Name == Text : Text.Length == 0);

    /// <summary>The text from which <see cref="Parse"/> makes this reference: a name with a leading slash has to be escaped.</summary>
    internal string PathText => IsLiteral && Text.StartsWith('/')
        ? "/" + Text.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)
        : Text;

    /// <summary>
    /// Reads a reference. Without a leading <c>/</c> the whole text is one name; with it, the text is split at
    /// <c>/</c>, and <c>~1</c> and <c>~0</c> stand for <c>/</c> and <c>~</c>.
    /// </summary>
    public static AttributeReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0 || text == "/")
        {
            return Invalid(text, "an attribute reference must not be empty");
        }

        if (text[0] != '/')
        {
            return new(text, text, null, null);
        }

        var parts = text[1..].Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length == 0)
            {
                return Invalid(text, "an attribute reference must not have a double or trailing slash");
            }

            if (Unescape(parts[i]) is not { } name)
            {
                return Invalid(text, "in an attribute reference, '~' must be followed by '0' or '1'");
            }

            parts[i] = name;
        }

        return new(text, parts[0], parts.Length == 1 ? null : parts[1..], null);
    }

    /// <summary>Makes a reference to a top-level attribute of exactly this name, whatever characters it has.</summary>
    public static AttributeReference Literal(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length == 0
            ? Invalid(name, "an attribute reference must not be empty")
            : new(name, name, null, null);
    }

    /// <inheritdoc/>
    public bool Equals(AttributeReference? other) =>
        other is not null && Name == other.Name && Error == other.Error
        && (Rest ?? []).AsSpan().SequenceEqual(other.Rest ?? []);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AttributeReference);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Rest?.Length ?? 0);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static AttributeReference Invalid(string text, string error) => new(text, "", null, error);

    private static string? Unescape(string part)
    {
        for (var at = part.IndexOf('~', StringComparison.Ordinal); at >= 0; at = part.IndexOf('~', at + 1))
        {
            if (at + 1 == part.Length || part[at + 1] is not ('0' or '1'))
            {
                return null;
            }
        }

        return part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }
}
