using Halyard.DataSystems;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class ChainClockTests
{
    [Fact]
    public async Task What_is_left_of_a_millisecond_is_waited_for()
    {
        // A timer takes whole milliseconds: asked for less it fires at once, and the chain would spin until the time has come.
        var time = new RecordingTimeProvider();
        var clock = new ChainClock(time);
        var wait = clock.WaitAsync(new TaskCompletionSource().Task, clock.Now, clock.Now + TimeSpan.FromMilliseconds(0.5), TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await wait.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
