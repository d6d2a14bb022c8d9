using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Halyard.Model;

/// <summary>
/// The members of a JSON object in their order, in one array. A few are compared one by one; of more a hash table is built
/// on the first look-up. Immutable and thread-safe.
/// </summary>
internal sealed class ObjectMembers : IReadOnlyDictionary<string, Value>
{
    private const int ScanLimit = 8;

    private readonly ObjectMember[] _members;
    private int[]? _slots; // open addressing; 0 is empty, otherwise index + 1

    private ObjectMembers(ObjectMember[] members) => _members = members;

    public static ObjectMembers Empty { get; } = new([]);

    public int Count => _members.Length;

    /// <summary>The members as the array that they are, which is never changed.</summary>
    public ObjectMember[] Own => _members;

    public IEnumerable<string> Keys => _members.Select(static member => member.Name);

    public IEnumerable<Value> Values => _members.Select(static member => member.Value);

    public Value this[string key] =>
        TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"The object has no member '{key}'.");

    /// <summary>Makes an object of members that the caller no longer changes. A repeated name stays in its first place and has its last value.</summary>
    public static ObjectMembers Of(ObjectMember[] members)
    {
        if (members.Length == 0)
        {
            return Empty;
        }

        var made = new ObjectMembers(members);
        if (made.HasRepeated())
        {
            return made.WithoutRepeated();
        }

        // Most objects are never asked for a member: those that are build the table again.
        made._slots = null;
        return made;
    }

    public bool ContainsKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return IndexOf(key) >= 0;
    }

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Value value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var index = IndexOf(key);
        value = index < 0 ? default : _members[index].Value;
        return index >= 0;
    }

    public IEnumerator<KeyValuePair<string, Value>> GetEnumerator()
    {
        foreach (var (name, value) in _members)
        {
            yield return new(name, value);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // The first place of the name; -1 when there is none.
    private int IndexOf(string name)
    {
        if (_members.Length <= ScanLimit)
        {
            for (var i = 0; i < _members.Length; i++)
            {
                if (string.Equals(_members[i].Name, name))
                {
                    return i;
                }
            }

            return -1;
        }

        var slots = _slots ?? BuildSlots();
        var mask = slots.Length - 1;
        for (var at = (int)KeyHash.Of(name) & mask; slots[at] != 0; at = (at + 1) & mask)
        {
            if (string.Equals(_members[slots[at] - 1].Name, name))
            {
                return slots[at] - 1;
            }
        }

        return -1;
    }

    // Two threads may both build it; the tables are equal, so either may win.
    private int[] BuildSlots()
    {
        var slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Count * 2)];
        var mask = slots.Length - 1;
        for (var i = 0; i < _members.Length; i++)
        {
            var at = (int)KeyHash.Of(_members[i].Name) & mask;
            while (slots[at] != 0 && !string.Equals(_members[slots[at] - 1].Name, _members[i].Name))
            {
                at = (at + 1) & mask;
            }

            slots[at] = slots[at] == 0 ? i + 1 : slots[at];
        }

        return _slots = slots;
    }

    private bool HasRepeated()
    {
        for (var i = 1; i < _members.Length; i++)
        {
            if (IndexOf(_members[i].Name) != i)
            {
                return true;
            }
        }

        return false;
    }

    private ObjectMembers WithoutRepeated()
    {
        var kept = new List<ObjectMember>(_members.Length);
        var places = new Dictionary<string, int>(_members.Length, StringComparer.Ordinal);
        foreach (var (name, value) in _members)
        {
            if (places.TryAdd(name, kept.Count))
            {
                kept.Add(new(name, value));
            }
            else
            {
                kept[places[name]] = new(name, value);
            }
        }

        return new([.. kept]);
    }
}
