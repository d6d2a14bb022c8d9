namespace Halyard.Http;

/// <summary>What a request carries beside the headers that all requests share.</summary>
/// <param name="Accept">The <c>Accept</c> header; null for none.</param>
/// <param name="AcceptCompressed">Whether a compressed body is welcome.</param>
/// <param name="NoCache">Whether to ask caches on the way to stand aside.</param>
/// <param name="Tag">What was received before, to be told when it has not changed.</param>
/// <param name="Body">What is posted; null for a request that asks.</param>
internal readonly record struct ServiceRequest(
    string? Accept = null, bool AcceptCompressed = false, bool NoCache = false, EntityTag? Tag = null, RequestBody? Body = null);
