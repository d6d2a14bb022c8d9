namespace Halyard;

public sealed partial class Context
{
    /// <summary>
    /// Joins contexts of different kinds. One member gives that member; multi-contexts among the members are
    /// flattened; none, or two of one kind, is invalid, as is an invalid member.
    /// </summary>
    public static Context Multi(params ReadOnlySpan<Context> members)
    {
        var singles = new List<Context>(members.Length);
        foreach (var member in members)
        {
            switch (member)
            {
                case null:
                    return Invalid("A member of a multi-context must not be null.");
                case { IsValid: false }:
                    return Invalid($"A member of the multi-context is invalid: {member.Error}");
                default:
                    singles.AddRange(member.Members);
                    break;
            }
        }

        if (singles.Count == 0)
        {
            return Invalid("A multi-context must have at least one member.");
        }

        singles.Sort(static (left, right) => string.CompareOrdinal(left.Kind, right.Kind));
        for (var i = 1; i < singles.Count; i++)
        {
            if (singles[i].Kind == singles[i - 1].Kind)
            {
                return Invalid($"A multi-context must not have two members of the kind '{singles[i].Kind}'.");
            }
        }

        return singles.Count == 1 ? singles[0] : new Context([.. singles]);
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
            && _members.AsSpan().SequenceEqual(other._members)
            && HasSameAttributes(other) && HasSamePrivateAttributes(other);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Context);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(FullyQualifiedKey, StringComparison.Ordinal);

    // Names are unique within a context, so equal counts and one-way containment are enough.
    private bool HasSameAttributes(Context other)
    {
        if (_attributes.Length != other._attributes.Length)
        {
            return false;
        }

        for (var i = 0; i < _attributes.Length; i++)
        {
            var (name, value) = _attributes[i];

            // Contexts are mostly made by one piece of code, in one order.
            var same = other._attributes[i].Key == name ? other._attributes[i].Value
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
