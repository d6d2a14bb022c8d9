using System.Net;

namespace Halyard;

/// <summary>What Consul answered a request with.</summary>
/// <param name="Status">The status; of an answer that is handed on, one that the caller asked about.</param>
/// <param name="Body">The body.</param>
/// <param name="Index">What tells the last change of what was asked for; 0 when Consul did not say.</param>
internal readonly record struct ConsulAnswer(HttpStatusCode Status, byte[] Body, ulong Index)
{
    public bool IsFound => Status == HttpStatusCode.OK;
}
