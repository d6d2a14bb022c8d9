using System.Runtime.CompilerServices;
using Halyard.Concurrency;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>What a task that nobody waits for any more brings is looked at all the same.</summary>
[Collection(typeof(Alone))]
public sealed class UnwaitedTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failure_counts_as_observed_whether_it_has_come_or_comes_later(bool hasCome)
    {
        var message = $"unwaited {hasCome} {Guid.NewGuid()}";
        var unobserved = new List<string>();
        void Hear(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            lock (unobserved)
            {
                unobserved.Add(e.Exception.ToString());
            }
        }

        TaskScheduler.UnobservedTaskException += Hear;
        try
        {
            Fail(message, hasCome);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Hear;
        }

        Assert.DoesNotContain(unobserved, text => text.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_result_that_comes_too_late_is_disposed()
    {
        var late = new TaskCompletionSource<Disposable>();
        Unwaited.Dispose(late.Task);
        var result = new Disposable();
        late.SetResult(result);
        await result.Disposed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    // Not inlined, so that nothing holds the task.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail(string message, bool hasCome)
    {
        var failing = new TaskCompletionSource();
        if (hasCome)
        {
            failing.SetException(new IOException(message));
        }

        Unwaited.Observe(failing.Task);
        failing.TrySetException(new IOException(message));
    }

    private sealed class Disposable : IDisposable
    {
        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose()
        {
            Disposed.TrySetResult();
            throw new InvalidOperationException("Nobody hears of it.");
        }
    }
}
