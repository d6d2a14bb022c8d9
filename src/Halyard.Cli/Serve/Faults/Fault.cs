using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>Something that goes wrong on command. Immutable.</summary>
/// <param name="Kind">What goes wrong.</param>
internal sealed record Fault(FaultKind Kind)
{
    /// <summary>The address it happens at, and all below; null for every address that gives data to SDKs.</summary>
    public string? Path { get; init; }

    /// <summary>How many answers it happens to; null until it is cleared.</summary>
    public int? Times { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>: the status, 400 to 599.</summary>
    public int StatusCode { get; init; }

    /// <summary>For <see cref="FaultKind.Delay"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>For <see cref="FaultKind.Cut"/>: how many bytes of the body are sent.</summary>
    public long Bytes { get; init; }

    /// <summary>For <see cref="FaultKind.Fallback"/> and <see cref="FaultKind.Goodbye"/>: for how long FDv1 is to be used; 0 for ever.</summary>
    public int? TtlSeconds { get; init; }

    /// <summary>For <see cref="FaultKind.Goodbye"/> and <see cref="FaultKind.Error"/>: what is said.</summary>
    public string? Reason { get; init; }

    public string ReasonOrDefault => Reason ?? "asked for by a developer";

    /// <summary>Whether a stream ends, properly, once the fault is said.</summary>
    public bool EndsStream => Kind == FaultKind.Goodbye;

    /// <summary>Whether it can happen to streams that are open.</summary>
    public static bool HitsOpenStreams(FaultKind kind) => kind is FaultKind.Drop or FaultKind.Garbage or FaultKind.Goodbye or FaultKind.Error;

    /// <summary>Whether it happens to the answer of a request.</summary>
    public bool Hits(HttpRequest request)
    {
        if (Kind is FaultKind.Goodbye or FaultKind.Error or FaultKind.Fallback
            && request.Path != PayloadEndpoint.StreamPath && request.Path != PayloadEndpoint.PollPath)
        {
            return false;
        }

        // Events that SDKs send must not use up a fault that was meant for the data they get.
        return Path is not null ? HitsPath(request.Path)
            : request.HttpContext.GetEndpoint()?.Metadata is not { } metadata
                || (metadata.GetMetadata<EventSink>() is null && metadata.GetMetadata<PreflightRoute>() is null);
    }

    /// <summary>Whether it happens at an address.</summary>
    public bool HitsPath(PathString path) => Path is null or "/" || path.StartsWithSegments(Path.TrimEnd('/'));

    /// <summary>Writes what <see cref="FaultReader"/> reads.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteString("kind"u8, FaultReader.NameOf(Kind));
        if (Path is not null)
        {
            writer.WriteString("path"u8, Path);
        }

        switch (Kind)
        {
            case FaultKind.Status:
                writer.WriteNumber("status"u8, StatusCode);
                break;
            case FaultKind.Delay:
                writer.WriteNumber("delayMs"u8, (long)Delay.TotalMilliseconds);
                break;
            case FaultKind.Cut:
                writer.WriteNumber("bytes"u8, Bytes);
                break;
        }

        if (TtlSeconds is { } ttl)
        {
            writer.WriteNumber("ttlSeconds"u8, ttl);
        }

        if (Reason is not null)
        {
            writer.WriteString("reason"u8, Reason);
        }
    }
}
