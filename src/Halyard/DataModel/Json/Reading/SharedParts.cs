using System.Numerics;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>
/// Gives one instance for parts that repeat all over a data set: the clause that names the beta testers' segment, the
/// even split, the settings object of which three flags differ in one member. Immutable parts may be shared freely; it
/// saves their memory, and for clauses the preparation of the test. Direct-mapped like <see cref="StringPool"/>.
/// </summary>
internal sealed class SharedParts
{
    private const int ClauseSlots = 2048;
    private const int RolloutSlots = 64;
    private const int ValueSlots = 1024;
    private const int MostElements = 16;
    private const int LongestText = 64;
    private const int FewUses = 64;

    private readonly Clause?[] _clauses = new Clause?[ClauseSlots];
    private readonly Rollout?[] _rollouts = new Rollout?[RolloutSlots];
    private readonly Value[]?[] _arrays = new Value[]?[ValueSlots];
    private readonly Value[] _objects = new Value[ValueSlots];

    // The slots that a read has filled, while they are few: clearing a whole table after a patch would take longer than
    // reading the patch.
    private readonly ushort[] _filledArrays = new ushort[FewUses];
    private readonly ushort[] _filledObjects = new ushort[FewUses];
    private int _arraysFilled;
    private int _objectsFilled;

    /// <summary>The clause of these parts; the kind, the attribute and the operator come from the string pool.</summary>
    public Clause Clause(
        string? contextKind, AttributeReference? attribute, string op, BufferPart<Value> values, bool negate)
    {
        if (values.Length > MostElements || !AreShortScalars(values) || IsLong(op) || IsLong(contextKind) || IsLong(attribute?.Text))
        {
            return New(contextKind, attribute, op, values, negate);
        }

        var hash = Add(Add(KeyHash.Of(op), attribute is null ? 0 : KeyHash.Of(attribute.Text)), negate ? 1u : 0);
        ref var slot = ref _clauses[Of(hash, values) % ClauseSlots];
        if (slot is { } known && known.Negate == negate && known.Op == op && known.ContextKind == contextKind
            && ReferenceEquals(known.Attribute, attribute) && AreIdentical(known.OwnValues, values))
        {
            return known;
        }

        return slot = New(contextKind, attribute, op, values, negate);
    }

    /// <summary>The given rollout, or an earlier one that is the same in everything.</summary>
    public Rollout Rollout(Rollout rollout)
    {
        if (rollout.Unknown is not null || rollout.Shares.Length > MostElements
            || IsLong(rollout.ContextKind) || IsLong(rollout.BucketBy?.Text))
        {
            return rollout;
        }

        var hash = Add((uint)rollout.Kind, (uint)(rollout.Seed ?? 0));
        foreach (var share in rollout.Shares)
        {
            if (share.Unknown is not null)
            {
                return rollout;
            }

            hash = Add(Add(hash, (uint)share.Variation), (uint)share.Weight);
        }

        ref var slot = ref _rollouts[hash % RolloutSlots];
        if (slot is { } known && known.Kind == rollout.Kind && known.Seed == rollout.Seed
            && known.ContextKind == rollout.ContextKind && ReferenceEquals(known.BucketBy, rollout.BucketBy)
            && AreEqual(known.Shares, rollout.Shares))
        {
            return known;
        }

        return slot = rollout;
    }

    /// <summary>An array of these elements.</summary>
    public Value[] Array(BufferPart<Value> elements)
    {
        if (elements.Length == 0)
        {
            return [];
        }

        if (elements.Length > MostElements)
        {
            return elements.ToArray();
        }

        var at = Of((uint)elements.Length, elements) % ValueSlots;
        ref var slot = ref _arrays[at];
        if (slot is { } known && AreIdentical(known, elements))
        {
            return known;
        }

        Note(_filledArrays, ref _arraysFilled, at);
        return slot = elements.ToArray();
    }

    /// <summary>An object of these members, of which a repeated name keeps its last value.</summary>
    public Value Object(BufferPart<ObjectMember> members)
    {
        if (members.Length > MostElements)
        {
            return Value.OwnedObject(members.ToArray());
        }

        var hash = (uint)members.Length;
        for (var i = 0; i < members.Length; i++)
        {
            ref readonly var member = ref members[i];
            hash = Add(Add(hash, KeyHash.Of(member.Name)), member.Value.IdentityHash);
        }

        var at = hash % ValueSlots;
        ref var slot = ref _objects[at];
        if (slot.HasIdenticalMembers(members))
        {
            return slot;
        }

        Note(_filledObjects, ref _objectsFilled, at);
        return slot = Value.OwnedObject(members.ToArray());
    }

    /// <summary>
    /// Forgets what may be large or refer to something large. Clauses and rollouts are small and stay between reads, so
    /// that FDv2, which sends each item by itself, shares them over a whole transfer.
    /// </summary>
    public void Trim()
    {
        Clear(_arrays, _filledArrays, ref _arraysFilled);
        Clear(_objects, _filledObjects, ref _objectsFilled);
    }

    private static void Note(ushort[] filled, ref int count, uint slot)
    {
        if (count < filled.Length)
        {
            filled[count] = (ushort)slot;
        }

        count++;
    }

    private static void Clear<T>(T[] slots, ushort[] filled, ref int count)
    {
        if (count > filled.Length)
        {
            System.Array.Clear(slots);
        }
        else
        {
            foreach (var slot in filled.AsSpan(0, count))
            {
                slots[slot] = default!;
            }
        }

        count = 0;
    }

    private static Clause New(string? contextKind, AttributeReference? attribute, string op, BufferPart<Value> values, bool negate) =>
        new(contextKind, attribute, op, values.ToArray(), negate, null);

    // What is kept from read to read must be small.
    private static bool IsLong(string? text) => text?.Length > LongestText;

    private static bool AreShortScalars(BufferPart<Value> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            ref readonly var value = ref values[i];
            if (value.Kind is ValueKind.Array or ValueKind.Object || IsLong(value.AsString) || value.ExactNumberText is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreEqual(WeightedVariation[] left, WeightedVariation[] right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreIdentical(Value[] left, BufferPart<Value> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].IsIdenticalTo(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static uint Of(uint hash, BufferPart<Value> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hash = Add(hash, values[i].IdentityHash);
        }

        return hash;
    }

    private static uint Add(uint hash, uint next)
    {
        hash = (BitOperations.RotateLeft(hash, 5) ^ next) * 0x9E37_79B1;
        return hash ^ (hash >> 15);
    }
}
