namespace Halyard.Tests.Sqlite;

public sealed class SqliteWorkerTests : SqliteTest
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_read_that_nobody_waits_for_any_more_is_not_made()
    {
        await using var worker = new SqliteWorker(new(FilePath, "p", TimeSpan.FromSeconds(1)), writes: true);
        using var begun = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var slow = Task.Factory.StartNew(
            () => worker.Run(
                _ =>
                {
                    begun.Set();
                    return gate.Wait(Bound);
                },
                Bound),
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(begun.Wait(Bound, Token));
        var made = 0;
        Assert.Throws<TimeoutException>(() => worker.Run(_ => ++made, TimeSpan.FromMilliseconds(20)));
        gate.Set();
        Assert.True(await slow.WaitAsync(Bound, Token));
        Assert.Equal(1, worker.Run(static _ => 1, Bound));
        Assert.Equal(0, made);
    }

    [Fact]
    public async Task What_goes_on_after_a_read_can_read_again_by_blocking()
    {
        var settings = new SqliteSettings(FilePath, "p", TimeSpan.FromSeconds(1));
        await using (var writer = new SqliteWorker(settings, writes: true))
        {
            Assert.Equal(1, writer.Run(static _ => 1, Bound));
        }

        await using var worker = new SqliteWorker(settings, writes: false);
        using var gate = new ManualResetEventSlim();
        var first = worker.RunAsync(_ => gate.Wait(Bound), Token).AsTask();
        var second = first.ContinueWith(
            _ => worker.Run(static _ => 7, Bound), Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        gate.Set();
        Assert.Equal(7, await second.WaitAsync(Bound * 2, Token));
    }
}
