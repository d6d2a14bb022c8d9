using System.Net;

namespace Halyard;

/// <summary>What Consul answered a request with.</summary>
/// <param name="Status">The status; of an answer that is handed on, one that the caller asked about.</param>
/// <param name="Body">The body.</param>
internal readonly record struct ConsulAnswer(HttpStatusCode Status, byte[] Body)
{
    public bool IsFound => Status == HttpStatusCode.OK;
}
