using Halyard.Concurrency;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Concurrency;

public sealed class SupervisorTests
{
    private readonly RecordingTimeProvider _time = new();
    private readonly FakeLogger _log = new();
    private readonly Journal<(string Fault, TimeSpan Delay)> _reports = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_ends_by_itself_is_left_alone()
    {
        var runs = 0;
        await Made().RunAsync(_ => Task.FromResult(++runs), Token);
        Assert.Equal((1, 0, 0), (runs, _reports.Count, _log.Collector.Count));
    }

    [Fact]
    public async Task A_loop_that_is_told_to_stop_may_say_so_in_any_way()
    {
        using var stop = new CancellationTokenSource();
        await Made().RunAsync(
            _ =>
            {
                stop.Cancel();
                throw new InvalidOperationException("late");
            },
            stop.Token);
        await Made().RunAsync(_ => throw new InvalidOperationException("never run"), stop.Token);
        Assert.Equal((0, 0), (_reports.Count, _log.Collector.Count));
    }

    [Fact]
    public async Task Delays_grow_up_to_a_minute_and_a_run_that_lasted_resets_them()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var lasts = TimeSpan.Zero;
        var running = Made().RunAsync(
            _ =>
            {
                _time.Advance(lasts);
                throw new InvalidOperationException("broken");
            },
            stop.Token);
        int[] seconds = [1, 2, 4, 8, 16, 32, 60, 60];
        for (var i = 0; i < seconds.Length; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds[i]), (await _reports.EntryAsync(i + 1)).Delay);
            lasts = i == seconds.Length - 1 ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
            await _time.PassAsync(TimeSpan.FromSeconds(seconds[i]), i == 7 ? 2 : 1);
        }

        Assert.Equal(TimeSpan.FromSeconds(1), (await _reports.EntryAsync(9)).Delay);
        await stop.CancelAsync();
        await running;
        Assert.Equal(0, _time.TimersAlive);
    }

    [Fact]
    public async Task A_fleet_does_not_begin_again_at_once()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = new Supervisor("it", _time, _log, Report, () => 0.999).RunAsync(_ => throw new InvalidOperationException("broken"), stop.Token);
        Assert.InRange((await _reports.EntryAsync(1)).Delay, TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(801));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_fault_that_comes_again_and_again_is_one_error_in_the_log()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var faults = 0;
        var running = Made().RunAsync(_ => throw new InvalidOperationException(++faults == 100 ? "another" : "broken"), stop.Token);
        await Conditions.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return _reports.Count >= 120;
        });
        await stop.CancelAsync();
        await running;
        var errors = _log.Collector.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).Select(record => record.Exception!.Message);
        Assert.Equal(["broken", "another", "broken"], errors);
    }

    [Fact]
    public async Task A_cancellation_of_another_token_is_a_fault()
    {
        var runs = 0;
        var running = Made().RunAsync(_ => ++runs == 1 ? Task.FromException(new OperationCanceledException("not ours")) : Task.CompletedTask, Token);
        Assert.Equal("not ours", (await _reports.EntryAsync(1)).Fault);
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await running;
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task A_loop_may_throw_before_its_first_wait_or_give_no_task()
    {
        var runs = 0;
        var running = Made().RunAsync(_ => ++runs switch { 1 => throw new InvalidOperationException("at once"), 2 => null!, _ => Task.CompletedTask }, Token);
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await _time.PassAsync(TimeSpan.FromSeconds(2));
        await running;
        Assert.Equal(2, _reports.Count);
    }

    [Fact]
    public async Task The_machines_clock_stands_in_for_one_that_fails()
    {
        var runs = 0;
        var clock = new Faults.FaultyClock { IsBroken = true };
        await new Supervisor("it", clock, _log, Report, () => 0.999)
            .RunAsync(_ => ++runs == 1 ? throw new InvalidOperationException("broken") : Task.CompletedTask, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal((2, 1), (runs, _reports.Count));
    }

    [Fact]
    public async Task A_report_that_throws_is_made_again_and_a_logger_that_throws_is_survived()
    {
        var runs = 0;
        var reports = 0;
        var supervisor = new Supervisor(
            "it", _time, new ThrowingLogger(), (_, _) => _ = ++reports == 1 ? throw new InvalidOperationException("no status") : 0, () => 0);
        var running = supervisor.RunAsync(_ => ++runs == 1 ? throw new InvalidOperationException("broken") : Task.CompletedTask, Token);
        await _time.PassAsync(TimeSpan.FromSeconds(1));
        await running;
        Assert.Equal((2, 2), (runs, reports));
    }

    [Fact]
    public async Task The_end_comes_during_a_delay_and_nothing_runs_after_it()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var runs = 0;
        var running = Made().RunAsync(
            _ =>
            {
                runs++;
                throw new InvalidOperationException("broken");
            },
            stop.Token);
        await _time.Timers.EntryAsync(1);
        await stop.CancelAsync();
        await running;
        Assert.Equal((1, 0), (runs, _time.TimersAlive));
    }

    [Fact]
    public async Task A_loop_that_is_to_come_to_its_end_begins_again_at_once()
    {
        using var ending = new CancellationTokenSource();
        var runs = 0;
        var running = Made().RunAsync(_ => ++runs < 3 ? throw new InvalidOperationException("broken") : Task.CompletedTask, Token, ending.Token);
        await _time.Timers.EntryAsync(1);
        await ending.CancelAsync();
        await _time.PassAsync(TimeSpan.FromMilliseconds(100));
        await running;
        Assert.Equal(3, runs);
    }

    private void Report(Exception fault, TimeSpan delay) => _reports.Add((fault.Message, delay));

    private Supervisor Made() => new("it", _time, _log, Report, () => 0);
}
