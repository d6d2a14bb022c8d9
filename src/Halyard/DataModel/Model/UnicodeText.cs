namespace Halyard.Model;

/// <summary>
/// Makes Unicode of .NET strings, which may hold half of a surrogate pair. Such a half becomes U+FFFD: that is what every
/// encoder makes of it, so a context compares with a flag as it hashes, and as it is sent.
/// </summary>
internal static class UnicodeText
{
    /// <summary>The text; the same instance where it is sound.</summary>
    public static string Of(string text)
    {
        for (var at = NextSurrogate(text, 0); at < text.Length; at = NextSurrogate(text, at))
        {
            if (!IsPair(text, at))
            {
                return Repaired(text);
            }

            at += 2;
        }

        return text;
    }

    /// <summary>The value with every text in it made Unicode; the same one where all are sound.</summary>
    public static Value Of(Value value) => value.Kind switch
    {
        ValueKind.String => OfString(value),
        ValueKind.Array => OfArray(value),
        ValueKind.Object => OfObject(value),
        _ => value,
    };

    private static Value OfString(Value value)
    {
        var text = value.AsString!;
        var sound = Of(text);
        return ReferenceEquals(sound, text) ? value : Value.Of(sound);
    }

    private static Value OfArray(Value value)
    {
        Value[]? repaired = null;
        var elements = value.Elements;
        for (var i = 0; i < elements.Length; i++)
        {
            var sound = Of(elements[i]);
            if (repaired is not null || !sound.IsIdenticalTo(elements[i]))
            {
                repaired ??= elements.ToArray();
                repaired[i] = sound;
            }
        }

        return repaired is null ? value : Value.OwnedArray(repaired);
    }

    private static Value OfObject(Value value)
    {
        foreach (var (name, member) in value.Members.Own)
        {
            if (!ReferenceEquals(Of(name), name) || !Of(member).IsIdenticalTo(member))
            {
                return RepairedObject(value.Members.Own);
            }
        }

        return value;
    }

    private static Value RepairedObject(ObjectMember[] members)
    {
        var repaired = new ObjectMember[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            repaired[i] = new(Of(members[i].Name), Of(members[i].Value));
        }

        return Value.OwnedObject(repaired);
    }

    private static string Repaired(string text) => string.Create(text.Length, text, static (to, from) =>
    {
        from.CopyTo(to);
        for (var at = NextSurrogate(from, 0); at < from.Length; at = NextSurrogate(from, at))
        {
            if (IsPair(from, at))
            {
                at += 2;
            }
            else
            {
                to[at++] = '\uFFFD';
            }
        }
    });

    private static int NextSurrogate(string text, int at)
    {
        var next = text.AsSpan(at).IndexOfAnyInRange('\uD800', '\uDFFF');
        return next < 0 ? text.Length : at + next;
    }

    private static bool IsPair(string text, int at) =>
        at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
}
