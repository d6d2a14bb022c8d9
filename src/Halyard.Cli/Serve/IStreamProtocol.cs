using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>How one protocol says things on an event stream.</summary>
internal interface IStreamProtocol
{
    /// <summary>What the streams are called, for people.</summary>
    string Name { get; }

    /// <summary>What tells clients that the connection lives.</summary>
    byte[] Heartbeat { get; }

    /// <summary>Writes what a connection begins with: the data of the snapshot, as far as this request needs it.</summary>
    ValueTask WriteStartAsync(PipeWriter output, RepositorySnapshot snapshot, HttpContext http, CancellationToken cancellationToken);

    /// <summary>Encodes a change for everyone connected.</summary>
    byte[] Encode(RepositoryChange change);

    /// <summary>Encodes a fault as an event of the protocol; null when the protocol has no such event.</summary>
    byte[]? Encode(Fault fault, RepositorySnapshot snapshot);
}
