using System.Net;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Halyard;

/// <summary>
/// One reader's or writer's way to the server: connects at the first operation, bounds every operation in time, names the
/// key in the errors that a user can do something about, and connects anew when its server has become a replica.
/// Thread-safe.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>The message that says nothing.</summary>
    public const string Probe = "?";

    private readonly Lock _lock = new();
    private readonly RedisStoreOptions _options;
    private readonly ConfigurationOptions? _configuration;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RedisRenewal _renewal;
    private readonly RedisErrors _errors;
    private Task<IConnectionMultiplexer>? _connect;
    private volatile IConnectionMultiplexer? _multiplexer;
    private bool _disposed;

    public RedisConnection(RedisStoreOptions options, PersistentStoreContext context)
    {
        RedisConfiguration.Validate(options);
        _options = options;
        _time = context.TimeProvider;
        _renewal = new(_time);
        _errors = new(_time);
        _logger = context.LoggerFactory.CreateLogger("Halyard.Redis");
        _multiplexer = options.Multiplexer;
        _configuration = options.Multiplexer is null ? RedisConfiguration.Build(options) : null;
        if (options.Multiplexer is { } lent)
        {
            _errors.Listen(lent);
        }

        Prefix = string.IsNullOrEmpty(options.Prefix) ? RedisStoreOptions.DefaultPrefix : options.Prefix;
        Flags = Prefix + ":" + StoredItem.Namespace(DataKind.Flag);
        Segments = Prefix + ":" + StoredItem.Namespace(DataKind.Segment);
        Marker = Prefix + ":$inited";
        Channel = Prefix + ":$changes";
    }

    public string Prefix { get; }

    public RedisKey Flags { get; }

    public RedisKey Segments { get; }

    public RedisKey Marker { get; }

    /// <summary>
    /// Where Halyard's writers say what they wrote: <c>features KEY</c> or <c>segments KEY</c> for an item, nothing for a
    /// complete data set, and <see cref="Probe"/> to learn whether they may.
    /// </summary>
    public string Channel { get; }

    public TimeSpan OperationTimeout => _options.OperationTimeout;

    public TimeSpan BulkTimeout => _options.BulkTimeout;

    public CommandFlags ReadFlags => _options.PreferReplica ? CommandFlags.PreferReplica : CommandFlags.None;

    public TimeProvider Time => _time;

    public ILogger Logger => _logger;

    public RedisKey Hash(DataKind kind) => kind switch
    {
        DataKind.Flag => Flags,
        DataKind.Segment => Segments,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are two kinds: Flag and Segment."),
    };

    /// <summary>Begins an operation that may take so long in all, connecting included.</summary>
    public RedisDeadline Within(TimeSpan timeout) => new(_time, timeout);

    /// <summary>
    /// The database, connecting first if need be; waits no longer than the connect timeout, nor than the operation may
    /// take. The attempt to connect goes on after a caller has given up.
    /// </summary>
    public ValueTask<IDatabase> DatabaseAsync(RedisDeadline deadline, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), typeof(RedisStore));
        return _multiplexer is { } multiplexer ? new(Database(multiplexer)) : ConnectAsync(deadline, cancellationToken);
    }

    /// <summary>
    /// Whether one transaction replaces all items so that a reader sees the old set or the new one. Not where a cluster
    /// spreads the keys, and not on Garnet: its readers can meet a hash that a transaction under way has deleted and not
    /// yet written again.
    /// </summary>
    public bool CanReplaceAtOnce(IDatabase database)
    {
        var multiplexer = database.Multiplexer;
        var slot = multiplexer.HashSlot(Flags);
        return slot == multiplexer.HashSlot(Segments)
            && slot == multiplexer.HashSlot(Marker)
            && !Array.Exists(multiplexer.GetServers(), server => server.GetProductVariant(out _) == ProductVariant.Garnet);
    }

    /// <summary>The servers to listen to, and how.</summary>
    public async Task<(RedisListenerSettings Settings, IReadOnlyList<EndPoint> EndPoints)> ListenToAsync(CancellationToken cancellationToken)
    {
        var deadline = Within(OperationTimeout);
        var database = await DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        var endPoints = new List<EndPoint>();
        foreach (var key in (RedisKey[])[Flags, Segments, Marker])
        {
            var owner = await BoundAsync(database.IdentifyEndpointAsync(key, CommandFlags.DemandMaster), key, deadline, cancellationToken).ConfigureAwait(false);
            if (owner is not null && !endPoints.Contains(owner))
            {
                endPoints.Add(owner);
            }
        }

        if (endPoints.Count == 0)
        {
            throw new IOException($"No Redis server is there to listen to (prefix \"{Prefix}\").");
        }

        var configuration = _configuration ?? ConfigurationOptions.Parse(database.Multiplexer.Configuration);
        return (RedisListenerSettings.Of(configuration, _options.ConnectTimeout), endPoints);
    }

    /// <summary>Notes that a write was taken.</summary>
    public void Wrote() => _renewal.Wrote();

    /// <summary>Awaits an operation for at most the given time, and says in its errors which key it was about.</summary>
    public Task<T> BoundAsync<T>(Task<T> operation, RedisKey key, TimeSpan timeout, CancellationToken cancellationToken) =>
        BoundAsync(operation, key, Within(timeout), cancellationToken);

    /// <summary>Awaits an operation for what is left of its time, and says in its errors which key it was about.</summary>
    public async Task<T> BoundAsync<T>(Task<T> operation, RedisKey key, RedisDeadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await operation.WaitAsync(deadline.Left, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (e is not RedisTimeoutException)
        {
            Forget(operation);
            throw new TimeoutException($"Redis did not answer within {deadline.Limit.TotalSeconds:0.###} s (key \"{key}\").", e);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Forget(operation);
            throw;
        }
        catch (RedisServerException e) when (RedisRefusal.IsDiscarded(e.Message))
        {
            throw Refused(key, e, await _errors.LastAsync(cancellationToken).ConfigureAwait(false) ?? e.Message);
        }
        catch (Exception e) when (e is RedisTimeoutException or RedisConnectionException or RedisServerException)
        {
            throw Told(key, e);
        }
    }

    /// <summary>Whether a command can be sent at once.</summary>
    public bool IsConnected => !Volatile.Read(ref _disposed) && _multiplexer is { IsConnected: true };

    /// <summary>Asks on the calling thread, for at most the given time.</summary>
    /// <remarks>
    /// Not by the library's own blocking call: that sleeps at once and takes twice the time of waiting for a task, which
    /// looks for the answer a few times before it sleeps. Its limit, too, would be the multiplexer's and not the caller's.
    /// </remarks>
    public T Ask<T>(RedisKey key, Func<IDatabase, Task<T>> ask, TimeSpan limit)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), typeof(RedisStore));
        var multiplexer = _multiplexer ?? throw new InvalidOperationException("There is no connection to Redis yet.");
        Task<T> operation;
        try
        {
            operation = ask(Database(multiplexer));
            if (operation.Wait(limit))
            {
                return operation.GetAwaiter().GetResult();
            }
        }
        catch (Exception e)
        {
            throw Told(key, e is AggregateException { InnerException: { } failure } ? failure : e);
        }

        Forget(operation);
        throw new TimeoutException($"Redis did not answer within {limit.TotalSeconds:0.###} s (key \"{key}\").");
    }

    /// <summary>Begins a transaction, so that the reason of a refusal is one of its own.</summary>
    public ITransaction BeginTransaction(IDatabase database)
    {
        _errors.Forget();
        return database.CreateTransaction();
    }

    public async ValueTask DisposeAsync()
    {
        Task<IConnectionMultiplexer>? connect;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            connect = _connect;
        }

        if (_options.Multiplexer is { } lent)
        {
            _errors.Leave(lent);
        }

        if (connect is null)
        {
            return;
        }

        // A connection that is still being made is closed when it is there, without anybody waiting for it.
        if (connect.IsCompleted)
        {
            await CloseAsync(connect, allowCommandsToComplete: false).ConfigureAwait(false);
        }
        else
        {
            _ = CloseAsync(connect, allowCommandsToComplete: false);
        }
    }

    private static async Task CloseAsync(Task<IConnectionMultiplexer> connect, bool allowCommandsToComplete)
    {
        try
        {
            var multiplexer = await connect.ConfigureAwait(false);
            await multiplexer.CloseAsync(allowCommandsToComplete).ConfigureAwait(false);
            await multiplexer.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or ObjectDisposedException or TimeoutException)
        {
            // The connection was never made, or is closed already.
        }
    }

    // What the library throws, in words for users.
    private Exception Told(RedisKey key, Exception failure)
    {
        switch (failure)
        {
            case RedisTimeoutException:
                return new TimeoutException($"Redis did not answer in time (key \"{key}\").", failure);
            case RedisConnectionException e:
                if (IsUnwritable(e))
                {
                    RenewIfDue(isSure: false);
                }

                return Unreachable(e);
            case RedisServerException e:
                return Refused(key, e, e.Message);
            default:
                return failure;
        }
    }

    // The error of a command that the server refused, in words for users where they can do something about it.
    private Exception Refused(RedisKey key, RedisServerException e, string reason)
    {
        if (RedisRefusal.IsReadOnly(reason))
        {
            RenewIfDue(isSure: true);
            return new InvalidOperationException($"The Redis server is a read-only replica and does not take the key \"{key}\": {reason}", e);
        }

        return RedisRefusal.IsWrongType(reason) ? WrongType(key, e)
            : RedisRefusal.IsForUsers(reason) || reason != e.Message ? new InvalidOperationException($"Redis refuses a command for the key \"{key}\": {reason}", e)
            : e;
    }

    // Connected, and yet nobody to write to: every server that is reached is a replica.
    private bool IsUnwritable(RedisConnectionException e) =>
        e.FailureType == ConnectionFailureType.UnableToResolvePhysicalConnection
        && e.Message.Contains("writable", StringComparison.Ordinal)
        && _multiplexer is { IsConnected: true };

    private void RenewIfDue(bool isSure)
    {
        if (_configuration is null || !_renewal.IsDue(isSure))
        {
            // A connection that was lent to the store is not its to close.
            return;
        }

        Task<IConnectionMultiplexer> old;
        lock (_lock)
        {
            if (_disposed || _connect is not { IsCompletedSuccessfully: true })
            {
                return;
            }

            old = _connect;
            _connect = null;
            _multiplexer = null;
        }

        LogRenewed(Prefix);
        _ = CloseAsync(old, allowCommandsToComplete: true);
    }

    private static InvalidOperationException WrongType(RedisKey key, RedisServerException e) => new(
        $"The Redis key \"{key}\" holds a value of another type than this store keeps there; another program seems to use it. Delete that key or choose another prefix.", e);

    private static RedisConnectionException Unreachable(RedisConnectionException e) => new(e.FailureType, e.Flags, RedisCause.Of(e.Message), e, e.CommandStatus);

    /// <summary>Looks at the failure of what nobody waits for any more.</summary>
    internal static void Forget(Task operation) => _ = operation.ContinueWith(
        static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async ValueTask<IDatabase> ConnectAsync(RedisDeadline deadline, CancellationToken cancellationToken)
    {
        Task<IConnectionMultiplexer> connect;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(RedisStore));
            if (_connect is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _connect = OpenAsync(_configuration!);
            }

            connect = _connect;
        }

        var limit = deadline.Limit < _options.ConnectTimeout ? deadline.Limit : _options.ConnectTimeout;
        try
        {
            return Database(await connect.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false));
        }
        catch (TimeoutException e)
        {
            Forget(connect);
            throw new TimeoutException($"No connection to Redis within {limit.TotalSeconds:0.###} s.", e);
        }
        catch (OperationCanceledException)
        {
            Forget(connect);
            throw;
        }
        catch (RedisConnectionException e)
        {
            throw Unreachable(e);
        }
    }

    private async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions configuration)
    {
        // Name look-ups and socket set-up begin synchronously; keep them off the caller's thread and out of the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (_options.DedicatedThreads)
        {
            ConnectionMultiplexer.SetFeatureFlag(nameof(RedisStoreOptions.DedicatedThreads), true);
        }

        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            var endPoints = string.Join(',', configuration.EndPoints);
            var connected = multiplexer.IsConnected;
            LogOpened(endPoints, Prefix, connected);
        }

        _errors.Listen(multiplexer);
        _multiplexer = multiplexer;
        return multiplexer;
    }

    private IDatabase Database(IConnectionMultiplexer multiplexer) => multiplexer.GetDatabase(_options.Database ?? -1);

    [LoggerMessage(Level = LogLevel.Information, Message = "The Redis server of prefix \"{Prefix}\" takes no writes any more; connecting anew")]
    private partial void LogRenewed(string prefix);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis at {EndPoints}, prefix \"{Prefix}\": connected: {Connected}")]
    private partial void LogOpened(string endPoints, string prefix, bool connected);
}
