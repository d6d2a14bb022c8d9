using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// Reads flags and segments straight from UTF-8. Every method throws <see cref="MalformedDataException"/> with the
/// JSON path of the fault; nothing else escapes.
/// </summary>
internal static class ModelReader
{
    /// <summary>Reads one item of a kind. A <c>"deleted":true</c> object gives a tombstone, whatever else it holds.</summary>
    /// <param name="kind">Flag or segment.</param>
    /// <param name="key">The key under which the item stood; null takes the item's own.</param>
    /// <param name="utf8Json">The item.</param>
    public static ItemDescriptor ReadItem(DataKind kind, string? key, ReadOnlySpan<byte> utf8Json) => throw new NotImplementedException();

    /// <summary>Reads <c>{"flags":{...},"segments":{...}}</c>; unknown members are skipped.</summary>
    public static DataSet ReadDataSet(ReadOnlySpan<byte> utf8Json) => throw new NotImplementedException();

    /// <summary>Reads a data set at the reader's current token (an object's start), to be used inside an envelope such as a stream's <c>put</c>.</summary>
    public static DataSet ReadDataSet(ref Utf8JsonReader reader) => throw new NotImplementedException();

    /// <summary>Reads one item at the reader's current token (an object's start).</summary>
    public static ItemDescriptor ReadItem(DataKind kind, string? key, ref Utf8JsonReader reader) => throw new NotImplementedException();
}
