namespace Halyard.DataModel.Json.Tokens;

/// <summary>
/// What lies in a <see cref="ReadBuffer{T}"/> above a mark, until that changes. No span: assemblies that are compiled ahead of time hold no
/// code of the platform's generic types for types of ours, so that each method of them would be compiled as a program starts.
/// </summary>
internal readonly struct BufferPart<T>(T[] items, int start, int length)
{
    /// <summary>Up to how many elements a loop is faster than a call.</summary>
    public const int Few = 4;

    public int Length => length;

    public ref readonly T this[int index] => ref items[start + index];

    public T[] ToArray()
    {
        if (length == 0)
        {
            return [];
        }

        var copy = new T[length];
        if (length <= Few)
        {
            // Most arrays of flags have one to three elements.
            for (var i = 0; i < copy.Length; i++)
            {
                copy[i] = items[start + i];
            }
        }
        else
        {
            Array.Copy(items, start, copy, 0, length);
        }

        return copy;
    }
}
