using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.AllFlags;
using Halyard.AnalyticsEvents;
using Halyard.BigSegments;
using Halyard.DataInterfaces;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Answers reads of flags. A read evaluates over one snapshot, which never waits, and notes what the evaluation lacked
/// (<see cref="IRead{TAnswer}"/>). When something was lacking, one of two drivers fetches it, one by blocking and one by
/// awaiting, and evaluates again, until nothing is lacking. Thread-safe.
/// </summary>
/// <remarks>
/// Pushed data without big segments lacks nothing, so that such a read is one evaluation. An exception is logged and
/// answered with the default; cancellation is all that an awaiting read throws.
/// </remarks>
internal sealed class FlagReader
{
    private readonly bool _isOffline;
    private readonly ILogger _logger;
    private int _saidNotReady;
    private int _saidLastKnown;
    private volatile bool _isOpen;

    /// <param name="built">The data system.</param>
    /// <param name="overrides">What is laid over the data.</param>
    /// <param name="status">The state of the data source.</param>
    /// <param name="bigSegments">Where memberships of big segments are fetched; null when none are configured.</param>
    /// <param name="options">The client's options.</param>
    /// <param name="logger">The log.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public FlagReader(
        BuiltDataSystem built,
        FlagOverrides overrides,
        DataSourceStatusManager status,
        BigSegmentSource? bigSegments,
        ClientOptions options,
        ILogger logger,
        ClientMetrics? metrics = null)
    {
        Metrics = metrics ?? ClientMetrics.Unnamed;
        System = built.System;
        Overrides = overrides;
        Lazy = built.Lazy;
        Status = status;
        BigSegments = bigSegments;
        Time = options.TimeProvider;
        _isOffline = options.Offline;
        _logger = logger;
    }

    /// <summary>The data.</summary>
    public IDataSystem System { get; }

    /// <summary>What is laid over the data.</summary>
    public FlagOverrides Overrides { get; }

    /// <summary>The same data system when it may fetch what a read lacks; null otherwise.</summary>
    public ILazyDataSystem? Lazy { get; }

    /// <summary>Where memberships of big segments are fetched; null when none are configured.</summary>
    public BigSegmentSource? BigSegments { get; }

    /// <summary>What takes reports of evaluations; null without events, and before the start.</summary>
    public EventProcessor? Events { get; private set; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>What counts.</summary>
    public ClientMetrics Metrics { get; }

    /// <summary>Whether the client was started. Before that nothing is fetched.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Whether it was said already that last known data is served.</summary>
    public bool SaidLastKnown => _saidLastKnown != 0;

    private DataSourceStatusManager Status { get; }

    /// <summary>Lets reads fetch, and report to events if there are any.</summary>
    public void Open(EventProcessor? events)
    {
        Events = events;
        _isOpen = true;
    }

    /// <summary>Reads a flag; blocks for a store, at most for its read timeout. Never throws.</summary>
    public FlagAnswer Read(string key, Context context)
    {
        try
        {
            if (Refuses(key, context, out var reason))
            {
                return FlagAnswer.None(reason);
            }

            if (BigSegments is not null || Lazy is { FetchesOnDemand: true })
            {
                return ReadInRounds(key, context);
            }

            var view = Overrides.Over(System);
            if (!view.CanAnswer(key))
            {
                return NotReady();
            }

            NoteLastKnown(view.Data);
            return FlagRead.Evaluate(view, key, context, Events?.Rent());
        }
        catch (Exception e)
        {
            return Failed(key, e);
        }
    }

    /// <summary>Reads a flag; awaits a store. Completes at once when nothing has to be fetched.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<FlagAnswer> ReadAsync(string key, Context context, CancellationToken cancellationToken)
    {
        if (BigSegments is null && Lazy is not { FetchesOnDemand: true })
        {
            return new(Read(key, context));
        }

        FlagRead read;
        try
        {
            if (Refuses(key, context, out var reason))
            {
                return new(FlagAnswer.None(reason));
            }

            if (!TryBegin(key, context, out read))
            {
                return new(NotReady());
            }

            if (read.TryAnswer(out var answer))
            {
                return new(answer);
            }
        }
        catch (Exception e)
        {
            return new(Failed(key, e));
        }

        return FetchAndAnswerAsync<FlagRead, FlagAnswer>(read, cancellationToken);
    }

    /// <summary>Reads all flags at one moment; blocks for a store, at most for its read timeout. Never throws.</summary>
    public AllFlagsState ReadAll(Context context, AllFlagsOptions options)
    {
        var read = new AllFlagsRead(this, context, options);
        try
        {
            return read.TryAnswer(out var state) ? state : FetchAndAnswer<AllFlagsRead, AllFlagsState>(ref read);
        }
        catch (Exception e)
        {
            return read.OnFailure(e);
        }
    }

    /// <summary>Reads all flags at one moment; awaits a store.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<AllFlagsState> ReadAllAsync(Context context, AllFlagsOptions options, CancellationToken cancellationToken)
    {
        var read = new AllFlagsRead(this, context, options);
        try
        {
            if (read.TryAnswer(out var state))
            {
                return new(state);
            }
        }
        catch (Exception e)
        {
            return new(read.OnFailure(e));
        }

        return FetchAndAnswerAsync<AllFlagsRead, AllFlagsState>(read, cancellationToken);
    }

    /// <summary>The answer while there is no data at all.</summary>
    public FlagAnswer NotReady()
    {
        if (!_isOffline && Interlocked.Exchange(ref _saidNotReady, 1) == 0)
        {
            ClientLog.ReadBeforeData(_logger);
        }

        return FlagAnswer.None(EvaluationReason.Error(EvaluationErrorKind.ClientNotReady));
    }

    /// <summary>The answer of an evaluation that threw.</summary>
    public FlagAnswer Failed(string? key, Exception e)
    {
        LogFailure(key, e);
        return FlagAnswer.None(EvaluationReason.Error(EvaluationErrorKind.Exception));
    }

    /// <summary>Logs an evaluation that threw.</summary>
    /// <param name="key">The flag; null for all flags.</param>
    /// <param name="e">What it threw.</param>
    public void LogFailure(string? key, Exception e) => ClientLog.EvaluationFailed(_logger, e, key);

    // A method of its own, so that the frame of a read that never fetches stays small: the runtime clears all of a frame
    // at every call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlagAnswer ReadInRounds(string key, Context context)
    {
        if (!TryBegin(key, context, out var read))
        {
            return NotReady();
        }

        return read.TryAnswer(out var answer) ? answer : FetchAndAnswer<FlagRead, FlagAnswer>(ref read);
    }

    /// <summary>Begins a read that may have to fetch; false when there is no data for it and nowhere to fetch it.</summary>
    private bool TryBegin(string key, Context context, out FlagRead read)
    {
        if (Lazy is { FetchesOnDemand: true } lazy)
        {
            read = new(this, key, context, lazy);
            return _isOpen || Overrides.Current?.Flags.Find(key) is not null;
        }

        var view = Overrides.Over(System);
        read = new(this, key, context, view);
        NoteLastKnown(view.Data);
        return view.CanAnswer(key);
    }

    /// <summary>The blocking driver: fetches what the read lacks and evaluates again, until nothing is lacking.</summary>
    private TAnswer FetchAndAnswer<TRead, TAnswer>(ref TRead read)
        where TRead : struct, IRead<TAnswer>
    {
        // However deep the prerequisites and segments go, the read waits for its time in all.
        var began = Stopwatch.GetTimestamp();
        TAnswer? answer;
        do
        {
            if (read.Misses is not { } misses)
            {
                Lazy!.FetchAll();
                continue;
            }

            if (TRead.ReadsAll)
            {
                read.Memberships = BigSegments!.FetchAll(misses, read.Memberships!);
                continue;
            }

            Lazy?.Fetch(misses, began);
            read.Memberships = BigSegments?.Fetch(misses, read.Memberships!);
        }
        while (!read.TryAnswer(out answer));
        return answer;
    }

    /// <summary>The awaiting driver: the same steps.</summary>
    // Pooled: a read that waits rents its state machine instead of allocating one.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TAnswer> FetchAndAnswerAsync<TRead, TAnswer>(TRead read, CancellationToken cancellationToken)
        where TRead : struct, IRead<TAnswer>
    {
        try
        {
            TAnswer? answer;
            do
            {
                if (read.Misses is not { } misses)
                {
                    await Lazy!.FetchAllAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (TRead.ReadsAll)
                {
                    read.Memberships = await BigSegments!.FetchAllAsync(misses, read.Memberships!, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (Lazy is not null)
                {
                    await Lazy.FetchAsync(misses, cancellationToken).ConfigureAwait(false);
                }

                if (BigSegments is not null)
                {
                    read.Memberships = await BigSegments.FetchAsync(misses, read.Memberships!, cancellationToken).ConfigureAwait(false);
                }
            }
            while (!read.TryAnswer(out answer));
            return answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The one thing an awaiting read throws: the caller asked for it.
            throw;
        }
        catch (Exception e)
        {
            return read.OnFailure(e);
        }
    }

    /// <summary>Says once in the log that last known data is served, when the source has not delivered yet.</summary>
    private void NoteLastKnown(DataSnapshot data)
    {
        if (_saidLastKnown == 0 && data.Initialized && Status.IsInitializing && Interlocked.Exchange(ref _saidLastKnown, 1) == 0)
        {
            ClientLog.ReadLastKnown(_logger, System.Identity);
        }
    }

    private static bool Refuses(string key, Context context, out EvaluationReason reason)
    {
        // Nullable annotations bind only callers that compile with them.
        if (context is null || !context.IsValid)
        {
            reason = EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified);
            return true;
        }

        if (string.IsNullOrEmpty(key))
        {
            reason = EvaluationReason.Error(EvaluationErrorKind.FlagNotFound);
            return true;
        }

        reason = default;
        return false;
    }
}
