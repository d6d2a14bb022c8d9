namespace Halyard.Http;

/// <summary>A posted JSON text, with the headers that belong to it alone.</summary>
internal sealed record RequestBody(ReadOnlyMemory<byte> Content, bool IsGzip, params KeyValuePair<string, string>[] Headers);
