using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>
/// The streams of client-side SDKs: a ping at the start and for each change, upon which the client asks for its flags. So nothing
/// need be evaluated for each stream, and all are sent the same bytes.
/// </summary>
internal sealed class PingProtocol : IStreamProtocol
{
    // Browsers drop an event that has no data.
    private static readonly byte[] Ping = "event: ping\ndata:  \n\n"u8.ToArray();

    public string Name => "client side";

    public byte[] Heartbeat { get; } = ":\n\n"u8.ToArray();

    public async ValueTask WriteStartAsync(
        PipeWriter output, RepositorySnapshot snapshot, HttpContext http, CancellationToken cancellationToken)
    {
        output.Write(Ping);
        await output.FlushAsync(cancellationToken);
    }

    public byte[] Encode(RepositoryChange change) => Ping;

    public byte[]? Encode(Fault fault, RepositorySnapshot snapshot) =>
        fault.Kind == FaultKind.Garbage ? "event: put\ndata: {\"gar\n\n"u8.ToArray() : null;
}
