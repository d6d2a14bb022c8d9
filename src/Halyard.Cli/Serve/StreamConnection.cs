namespace Halyard.Cli;

/// <summary>Somebody who is connected, for people who look.</summary>
/// <param name="Kind">What the stream speaks.</param>
/// <param name="Client">Who it is, as far as it says.</param>
/// <param name="Since">Since when.</param>
/// <param name="Position">The revision that was sent last.</param>
internal sealed record StreamConnection(string Kind, string Client, DateTimeOffset Since, long Position);
