using Halyard.Evaluation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard;

/// <summary>
/// Moves a system from an old origin to a new one, at the pace of a flag: each operation asks the flag for the stage,
/// calls the origins that the stage names, and reports how they fared. Thread-safe; one for each migrating system.
/// </summary>
/// <example><code>
/// var orders = new Migration&lt;int, Order, Order, bool&gt;(client, new()
/// {
///     ReadOld = (id, ct) =&gt; oldStore.GetAsync(id, ct),
///     ReadNew = (id, ct) =&gt; newStore.GetAsync(id, ct),
///     WriteOld = (order, ct) =&gt; oldStore.PutAsync(order, ct),
///     WriteNew = (order, ct) =&gt; newStore.PutAsync(order, ct),
///     IsConsistent = (a, b) =&gt; a == b,
/// });
/// var order = await orders.ReadAsync("move-orders", context, MigrationStage.Off, 42);
/// </code></example>
/// <typeparam name="TReadInput">What a read is given.</typeparam>
/// <typeparam name="TRead">What a read gives.</typeparam>
/// <typeparam name="TWriteInput">What a write is given.</typeparam>
/// <typeparam name="TWrite">What a write gives.</typeparam>
public sealed class Migration<TReadInput, TRead, TWriteInput, TWrite>
{
    private readonly IHalyardClient _client;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly MigrationOptions<TReadInput, TRead, TWriteInput, TWrite> _options;
    private readonly RatioSampler _coin;

    /// <summary>Prepares a migration.</summary>
    /// <exception cref="ArgumentException">A function is missing.</exception>
    public Migration(IHalyardClient client, MigrationOptions<TReadInput, TRead, TWriteInput, TWrite> options)
        : this(client, options, null)
    {
    }

    internal Migration(IHalyardClient client, MigrationOptions<TReadInput, TRead, TWriteInput, TWrite> options, Func<double>? random)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.ReadOld, "options.ReadOld");
        ArgumentNullException.ThrowIfNull(options.ReadNew, "options.ReadNew");
        ArgumentNullException.ThrowIfNull(options.WriteOld, "options.WriteOld");
        ArgumentNullException.ThrowIfNull(options.WriteNew, "options.WriteNew");
        _client = client;

        // What stands in for a client may have neither.
        var origin = Client.Behind(client);
        _timeProvider = origin?.TimeProvider ?? TimeProvider.System;
        _logger = origin?.Logger ?? NullLogger.Instance;
        _options = options;
        _coin = new(random);
    }

    /// <summary>Reads, and gives what the origin that counts gave. Never throws for what an origin does.</summary>
    /// <param name="key">The migration flag's key.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="defaultStage">The stage when the flag has none to give.</param>
    /// <param name="input">Handed to the origins.</param>
    /// <param name="cancellationToken">Handed to the origins.</param>
    public async ValueTask<MigrationResult<TRead>> ReadAsync(
        string key, Context context, MigrationStage defaultStage, TReadInput input, CancellationToken cancellationToken = default)
    {
        var (stage, _, tracker) = await DecideAsync(key, context, defaultStage, MigrationOperation.Read, cancellationToken).ConfigureAwait(false);
        var authority = stage.Authority();
        if (!stage.ReadsBoth())
        {
            var only = await CallAsync(tracker, authority, Reader(authority), input, cancellationToken).ConfigureAwait(false);
            _client.TrackMigration(tracker);
            return only;
        }

        var (counting, other) = await ReadBothAsync(tracker, authority, input, cancellationToken).ConfigureAwait(false);
        if (_options.IsConsistent is { } isConsistent && counting.IsSuccess && other.IsSuccess)
        {
            var (old, @new) = authority == MigrationOrigin.Old ? (counting, other) : (other, counting);
            tracker.Consistency(() => isConsistent(old.Value!, @new.Value!));
        }

        _client.TrackMigration(tracker);
        return counting;
    }

    /// <summary>Writes: first the origin that counts, and the other one only if that succeeded. Never throws for what an origin does.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async ValueTask<MigrationWriteResult<TWrite>> WriteAsync(
        string key, Context context, MigrationStage defaultStage, TWriteInput input, CancellationToken cancellationToken = default)
    {
        var (stage, _, tracker) = await DecideAsync(key, context, defaultStage, MigrationOperation.Write, cancellationToken).ConfigureAwait(false);
        var authority = stage.Authority();
        var counting = await CallAsync(tracker, authority, Writer(authority), input, cancellationToken).ConfigureAwait(false);
        MigrationResult<TWrite>? other = null;
        if (counting.IsSuccess && stage.WritesBoth())
        {
            var second = authority.Other();
            other = await CallAsync(tracker, second, Writer(second), input, cancellationToken).ConfigureAwait(false);
        }

        _client.TrackMigration(tracker);
        return new(counting, other);
    }

    private async ValueTask<MigrationDecision> DecideAsync(
        string key, Context context, MigrationStage defaultStage, MigrationOperation operation, CancellationToken cancellationToken)
    {
        var decision = await _client.MigrationVariationAsync(key, context, defaultStage, cancellationToken).ConfigureAwait(false);
        var (stage, reason, tracker) = decision;

        // A substitute may give nothing but a stage.
        tracker ??= new(new(key, null, context, stage, defaultStage, null, reason), _coin);
        tracker.Operation(operation);
        return new(stage, reason, tracker);
    }

    private Func<TReadInput, CancellationToken, ValueTask<TRead>> Reader(MigrationOrigin origin) =>
        origin == MigrationOrigin.Old ? _options.ReadOld : _options.ReadNew;

    private Func<TWriteInput, CancellationToken, ValueTask<TWrite>> Writer(MigrationOrigin origin) =>
        origin == MigrationOrigin.Old ? _options.WriteOld : _options.WriteNew;

    private async ValueTask<(MigrationResult<TRead> Counting, MigrationResult<TRead> Other)> ReadBothAsync(
        MigrationTracker tracker, MigrationOrigin authority, TReadInput input, CancellationToken cancellationToken)
    {
        var second = authority.Other();
        MigrationResult<TRead> counting;
        MigrationResult<TRead> other;
        if (_options.ReadOrder == MigrationReadOrder.Concurrent)
        {
            // On a thread of its own: a reader that works before its first wait would hold up the one that counts.
            var reading = Task.Run(() => CallAsync(tracker, second, Reader(second), input, cancellationToken).AsTask(), CancellationToken.None);
            counting = await CallAsync(tracker, authority, Reader(authority), input, cancellationToken).ConfigureAwait(false);
            other = await reading.ConfigureAwait(false);
        }
        else if (_options.ReadOrder == MigrationReadOrder.Random && _coin.Takes(2))
        {
            other = await CallAsync(tracker, second, Reader(second), input, cancellationToken).ConfigureAwait(false);
            counting = await CallAsync(tracker, authority, Reader(authority), input, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            counting = await CallAsync(tracker, authority, Reader(authority), input, cancellationToken).ConfigureAwait(false);
            other = await CallAsync(tracker, second, Reader(second), input, cancellationToken).ConfigureAwait(false);
        }

        return (counting, other);
    }

    private async ValueTask<MigrationResult<T>> CallAsync<TInput, T>(
        MigrationTracker tracker, MigrationOrigin origin, Func<TInput, CancellationToken, ValueTask<T>> call, TInput input, CancellationToken cancellationToken)
    {
        var start = _timeProvider.GetTimestamp();
        tracker.Invoked(origin);
        MigrationResult<T> result;
        try
        {
            result = new(origin, await call(input, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            if (_options.TrackErrors)
            {
                tracker.Failed(origin);
            }

            ClientLog.MigrationOriginFailed(_logger, e, origin, tracker.Subject.Key);
            result = new(origin, default, e);
        }

        if (_options.TrackLatency)
        {
            tracker.Latency(origin, _timeProvider.GetElapsedTime(start));
        }

        return result;
    }
}
