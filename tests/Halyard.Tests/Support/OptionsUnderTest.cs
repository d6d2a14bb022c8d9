namespace Halyard.Tests.Support;

/// <summary>A client's options that work, and the part of them that is put to the test.</summary>
/// <param name="Client">The options.</param>
/// <param name="Options">The part.</param>
/// <param name="Calls">How often the service or the store was asked.</param>
/// <param name="Change">Changes the data; null where nothing can.</param>
/// <param name="End">Lets go of what the test needed.</param>
internal sealed record OptionsUnderTest(ClientOptions Client, object Options, Func<int> Calls, Action? Change = null, Action? End = null) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        End?.Invoke();
        return ValueTask.CompletedTask;
    }
}
