using Halyard.Model;

namespace Halyard;

public sealed partial class Context
{
    /// <summary>
    /// Joins contexts of different kinds. One member gives that member; multi-contexts among the members are
    /// flattened; none, or two of one kind, is invalid, as is an invalid member.
    /// </summary>
    public static Context Multi(params ReadOnlySpan<Context> members)
    {
        var count = 0;
        foreach (var member in members)
        {
            switch (member)
            {
                case null:
                    return Invalid("A member of a multi-context must not be null.");
                case { IsValid: false }:
                    return Invalid($"A member of the multi-context is invalid: {member.Error}");
                default:
                    count += member.IsMulti ? member.MemberSpan.Length : 1;
                    break;
            }
        }

        return count switch
        {
            0 => Invalid("A multi-context must have at least one member."),
            1 => members[0],
            _ => OfSingles(Flattened(members, count)),
        };
    }

    private static Context[] Flattened(ReadOnlySpan<Context> members, int count)
    {
        var singles = new Context[count];
        var at = 0;
        foreach (var member in members)
        {
            if (member.IsMulti)
            {
                member.MemberSpan.CopyTo(singles.AsSpan(at));
                at += member.MemberSpan.Length;
            }
            else
            {
                singles[at++] = member;
            }
        }

        return singles;
    }

    private static Context OfSingles(Context[] singles)
    {
        if (!AreSorted(singles))
        {
            Array.Sort(singles, static (left, right) => string.CompareOrdinal(left.Kind, right.Kind));
            for (var i = 1; i < singles.Length; i++)
            {
                if (singles[i].Kind == singles[i - 1].Kind)
                {
                    return Invalid($"A multi-context must not have two members of the kind '{singles[i].Kind}'.");
                }
            }
        }

        return new Context(MultiKind, "", new ContextParts { Members = singles });
    }

    // Strictly, so that no two are of one kind.
    private static bool AreSorted(Context[] singles)
    {
        for (var i = 1; i < singles.Length; i++)
        {
            if (string.CompareOrdinal(singles[i - 1].Kind, singles[i].Kind) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Equality of everything, the order of attributes and of private ones aside.</summary>
    public bool Equals(Context? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        return other is not null
            && Kind == other.Kind && Key == other.Key && Name == other.Name && Anonymous == other.Anonymous && Error == other.Error
            && MemberSpan.SequenceEqual(other.MemberSpan)
            && HasSameAttributes(other) && HasSamePrivateAttributes(other);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Context);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(FullyQualifiedKey, StringComparison.Ordinal);

    // Names are unique within a context, so equal counts and one-way containment are enough.
    private bool HasSameAttributes(Context other)
    {
        var own = CustomAttributes;
        var others = other.CustomAttributes;
        if (own.Length != others.Length)
        {
            return false;
        }

        for (var i = 0; i < own.Length; i++)
        {
            var (name, value) = own[i];

            // Contexts are mostly made by one piece of code, in one order.
            var same = others[i].Key == name ? others[i].Value
                : other.TryGetTopLevel(name, out var found) ? found : default;
            if (!value.Equals(same))
            {
                return false;
            }
        }

        return true;
    }

    private bool HasSamePrivateAttributes(Context other)
    {
        if (PrivateAttributes.Length != other.PrivateAttributes.Length)
        {
            return false;
        }

        foreach (var reference in PrivateAttributes)
        {
            if (!other.PrivateAttributes.Contains(reference))
            {
                return false;
            }
        }

        return true;
    }
}
