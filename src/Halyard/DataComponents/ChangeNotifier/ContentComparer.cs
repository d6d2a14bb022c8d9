using System.Buffers;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>Compares items by all that was read of them. Its two buffers serve every comparison. Not thread-safe.</summary>
internal sealed class ContentComparer : IDisposable
{
    private readonly ArrayBufferWriter<byte> _one = new(2048);
    private readonly ArrayBufferWriter<byte> _other = new(2048);
    private readonly Utf8JsonWriter _oneWriter;
    private readonly Utf8JsonWriter _otherWriter;

    public ContentComparer()
    {
        _oneWriter = new(_one, JsonText.Plain);
        _otherWriter = new(_other, JsonText.Plain);
    }

    /// <summary>Whether both items would be written as the same text.</summary>
    public bool AreSame(ItemDescriptor one, ItemDescriptor other) =>
        Write(_oneWriter, _one, one).SequenceEqual(Write(_otherWriter, _other, other));

    public void Dispose()
    {
        _oneWriter.Dispose();
        _otherWriter.Dispose();
    }

    private static ReadOnlySpan<byte> Write(Utf8JsonWriter writer, ArrayBufferWriter<byte> text, ItemDescriptor item)
    {
        text.ResetWrittenCount();
        writer.Reset();
        ModelWriter.Write(writer, item);
        writer.Flush();
        return text.WrittenSpan;
    }
}
