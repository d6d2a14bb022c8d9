using Halyard.Http;

namespace Halyard.Simulation.World;

/// <summary>The client's side of a <see cref="Connection"/>, as the platform hands it over.</summary>
internal sealed class ConnectionStream(Connection connection) : ReadOnlyStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        connection.Release();
        base.Dispose(disposing);
    }
}
