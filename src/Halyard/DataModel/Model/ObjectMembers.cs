using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Halyard.Model;

/// <summary>
/// The members of a JSON object in their order, in one array. A few are compared one by one; of more a set is made of their
/// names on the first look-up. Immutable and thread-safe.
/// </summary>
internal sealed class ObjectMembers : IReadOnlyDictionary<string, Value>
{
    private const int ScanLimit = 8;

    private readonly ObjectMember[] _members;

    // Made at the first look-up among more than a few; threads that race make equal ones.
    private KeySet? _names;

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

        // Most objects are never asked for a member: those that are make it again.
        made._names = null;
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

        return (_names ??= new([.. Keys])).IndexOf(name);
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
