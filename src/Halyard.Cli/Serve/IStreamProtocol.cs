using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>How one protocol says things on an event stream.</summary>
internal interface IStreamProtocol
{
    /// <summary>Writes what a connection begins with: the data of the snapshot, as far as this request needs it.</summary>
    ValueTask WriteStartAsync(PipeWriter output, RepositorySnapshot snapshot, HttpRequest request, CancellationToken cancellationToken);

    /// <summary>Encodes a change for everyone connected.</summary>
    byte[] Encode(RepositoryChange change);
}
