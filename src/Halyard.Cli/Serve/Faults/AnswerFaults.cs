using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>The faults that happen to one request.</summary>
internal sealed record AnswerFaults(IReadOnlyList<Fault> Faults)
{
    public static IReadOnlyList<Fault> Of(HttpContext http) => http.Features.Get<AnswerFaults>()?.Faults ?? [];

    public static Fault? Find(HttpContext http, FaultKind kind) => Of(http).FirstOrDefault(fault => fault.Kind == kind);

    /// <summary>Whether the body is not what the client may keep.</summary>
    public static bool SpoilBody(HttpContext http) =>
        Of(http).Any(static fault => fault.Kind is FaultKind.Cut or FaultKind.Garbage or FaultKind.Goodbye or FaultKind.Error);
}
