namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>Reads the data of events while it arrives. What is read counts only when the event's end has come.</summary>
internal interface IPartialReader
{
    /// <summary>An event's data begins, or begins anew under another name before any of it has been taken.</summary>
    /// <returns>How many bytes there must be before <see cref="Take"/> is worth calling; the greatest number for never.</returns>
    int Begin(ReadOnlySpan<byte> name);

    /// <summary>Reads from the data that is there, which is good for the call alone.</summary>
    /// <param name="data">What has come and has not been taken, without the end.</param>
    /// <param name="wanted">How many bytes there must be the next time, counted from behind the taken ones.</param>
    /// <returns>How many bytes were taken; the rest is offered again, with more behind it.</returns>
    int Take(ReadOnlySpan<byte> data, out int wanted);
}
