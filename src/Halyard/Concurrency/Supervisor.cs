using Microsoft.Extensions.Logging;

namespace Halyard.Concurrency;

/// <summary>
/// Keeps a loop that is meant to run until the end running. What a loop does not expect and throws all the same is a fault:
/// it is logged and reported, and the loop begins again after a delay that grows with each fault in a row. So a loop ends
/// by itself, as it documents, or because it is told to, and never in silence. One loop at a time.
/// </summary>
/// <remarks>
/// A cancellation that nobody asked for is a fault as any other. Failures that a loop expects are its own affair, and so is
/// how it tries again after them. The supervisor leans on nothing that may be what failed: not on the clock, which the
/// machine's stands in for, and not on the logger or the report.
/// </remarks>
internal sealed partial class Supervisor
{
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    // Between two attempts of a loop that is to come to its end.
    private static readonly TimeSpan EndingDelay = TimeSpan.FromMilliseconds(100);

    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<Exception, TimeSpan>? _report;
    private readonly Func<double> _random;
    private readonly ICheckpoints? _checkpoints;

    // The loop's own.
    private int _faults;
    private (Type Type, string Message) _logged;

    /// <param name="name">The loop's name, for people.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="report">Reports a fault in the status, given how long it is until the loop begins again; null when there is no status.</param>
    /// <param name="random">Gives numbers from 0 to less than 1; null for the shared generator.</param>
    public Supervisor(string name, TimeProvider time, ILogger logger, Action<Exception, TimeSpan>? report = null, Func<double>? random = null)
    {
        _name = name;
        _time = time;
        _logger = logger;
        _report = report;
#pragma warning disable CA5394 // Spreads load; decides nothing secret.
        _random = random ?? Random.Shared.NextDouble;
#pragma warning restore CA5394
        _checkpoints = time as ICheckpoints;
    }

    /// <summary>To be called by the loop before or after each of its waits: tests make it throw.</summary>
    public void Pass(string step) => _checkpoints?.Pass(step);

    /// <summary>Runs the loop until it ends by itself or is told to stop. Never fails.</summary>
    /// <param name="body">The loop. When it begins again, it goes on with what it had.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="ending">From when on there are no delays worth the name, since the loop is to come to its end by itself.</param>
    public async Task RunAsync(Func<CancellationToken, Task> body, CancellationToken stop, CancellationToken ending = default)
    {
        while (!stop.IsCancellationRequested)
        {
            var began = Now();
            Exception fault;
            try
            {
                await body(stop).ConfigureAwait(false);
                return;
            }
            catch (Exception e)
            {
                fault = e;
            }

            if (stop.IsCancellationRequested)
            {
                // It was told to stop, and may say so in any way.
                return;
            }

            if (Now() - began >= LongestDelay)
            {
                _faults = 0;
            }

            var delay = NextDelay(_faults++);
            if (ending.IsCancellationRequested)
            {
                delay = EndingDelay;
            }

            Log(fault, delay);
            var isTold = Report(fault, delay);
            await PauseAsync(delay, stop, ending).ConfigureAwait(false);
            if (!isTold && !stop.IsCancellationRequested)
            {
                // What kept it from being told may have passed.
                Report(fault, TimeSpan.Zero);
            }
        }
    }

    // Null when the clock is what fails.
    private TimeSpan? Now()
    {
        try
        {
            return _time.GetElapsedTime(0);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private TimeSpan NextDelay(int faults)
    {
        var seconds = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(faults, 16)), LongestDelay.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (0.2 * _random())));
    }

    // A fault that comes again and again is one line.
    private void Log(Exception fault, TimeSpan delay)
    {
        try
        {
            var what = (fault.GetType(), fault.Message);
            if (_faults > 1 && what == _logged)
            {
                LogAgain(_logger, _name, fault.Message, _faults, delay);
                return;
            }

            _logged = what;
            LogFault(_logger, fault, _name, delay);
        }
        catch (Exception)
        {
            // The place to tell of it is the one that fails.
        }
    }

    private bool Report(Exception fault, TimeSpan delay)
    {
        try
        {
            _report?.Invoke(fault, delay);
            return true;
        }
        catch (Exception e)
        {
            try
            {
                LogNotReported(_logger, e, _name);
            }
            catch (Exception)
            {
                // As above.
            }

            return false;
        }
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken stop, CancellationToken ending)
    {
        CancellationTokenSource? either = null;
        try
        {
            either = ending.IsCancellationRequested ? null : CancellationTokenSource.CreateLinkedTokenSource(stop, ending);
            var enough = either?.Token ?? stop;
            if (!await TryDelayAsync(delay, _time, enough).ConfigureAwait(false))
            {
                await TryDelayAsync(delay, TimeProvider.System, enough).ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException)
        {
            // The tokens' owner has ended.
        }
        finally
        {
            either?.Dispose();
        }
    }

    private static async Task<bool> TryDelayAsync(TimeSpan delay, TimeProvider time, CancellationToken enough)
    {
        try
        {
            await Task.Delay(delay, time, enough).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            return enough.IsCancellationRequested;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A fault has ended {Loop}; it begins again in {Delay}")]
    private static partial void LogFault(ILogger logger, Exception exception, string loop, TimeSpan delay);

    [LoggerMessage(2, LogLevel.Debug, "The same fault has ended {Loop} again ({Fault}), {Faults} times in a row by now; it begins again in {Delay}")]
    private static partial void LogAgain(ILogger logger, string loop, string fault, int faults, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Warning, "That a fault has ended {Loop} could not be reported in the status")]
    private static partial void LogNotReported(ILogger logger, Exception exception, string loop);
}
