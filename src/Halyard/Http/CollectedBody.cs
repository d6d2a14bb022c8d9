namespace Halyard.Http;

/// <summary>A whole body outside the managed heap; disposal gives the memory back.</summary>
internal readonly struct CollectedBody(NativeBuffer buffer) : IDisposable
{
    /// <summary>The content, without a byte order mark. Good until disposal.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            var all = buffer.Content;
            return all.StartsWith("\uFEFF"u8) ? all[3..] : all;
        }
    }

    public void Dispose() => buffer.Dispose();
}
