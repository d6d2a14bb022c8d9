using System.Net;

namespace Halyard.Simulation.World;

/// <summary>The body of an answer.</summary>
internal sealed class ConnectionContent(Connection connection) : HttpContent
{
    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new ConnectionStream(connection));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException("Bodies are read as streams.");

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        connection.Release();
        base.Dispose(disposing);
    }
}
