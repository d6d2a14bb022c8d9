namespace Halyard;

/// <summary>
/// A node of <see cref="HashTrie"/>, never changed once made. Two bitmaps say which of the 32 branches hold an item
/// and which a child, so that reading a slot needs no type test. Items fill the slots from the front in the order of
/// their branches, children from the back. A node with slots and no bitmap holds items whose whole hashes are equal.
/// </summary>
internal sealed class TrieNode(uint items, uint children, object[] slots)
{
    public static readonly TrieNode Empty = new(0, 0, []);

    public readonly uint Items = items;
    public readonly uint Children = children;
    public readonly object[] Slots = slots;

    public bool IsCollision => (Items | Children) == 0 && Slots.Length != 0;

    /// <summary>Whether this holds one item and nothing else; the parent then holds the item itself.</summary>
    public bool IsSingle => Slots.Length == 1 && Children == 0;
}
