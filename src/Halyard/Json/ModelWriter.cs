using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>Writes flags and segments as JSON, without loss of what <see cref="ModelReader"/> read.</summary>
internal static class ModelWriter
{
    /// <summary>Writes an item; a tombstone as <c>{"key":...,"version":N,"deleted":true}</c> (facts/store-layouts, shape 2).</summary>
    public static void Write(Utf8JsonWriter writer, ItemDescriptor item) => throw new NotImplementedException();

    public static byte[] ToUtf8(ItemDescriptor item) => throw new NotImplementedException();

    /// <summary>Writes <c>{"flags":{...},"segments":{...}}</c> with live items and tombstones.</summary>
    public static void Write(Utf8JsonWriter writer, DataSet dataSet) => throw new NotImplementedException();
}
