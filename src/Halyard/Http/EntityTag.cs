namespace Halyard.Http;

/// <summary>An entity tag and the one address it belongs to.</summary>
internal sealed record EntityTag(Uri Address, string Value);
