using System.Net.Sockets;
using Npgsql;

namespace Halyard;

/// <summary>
/// One reader's or writer's way to the tables: bounds every operation in time, makes missing tables for writers, and
/// turns errors into ones that a user can do something about. Thread-safe.
/// </summary>
internal sealed class PostgresTables : IAsyncDisposable
{
    private readonly PostgresStoreOptions _options;
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource? _listenSource;
    private readonly bool _ownsSource;
    private readonly TimeProvider _time;
    private int _disposed;

    public PostgresTables(PostgresStoreOptions options, PostgresSql sql, PersistentStoreContext context)
    {
        _options = options;
        _time = context.TimeProvider;
        _ownsSource = options.DataSource is null;
        _source = options.DataSource ?? Build(options.ConnectionString!);
        _listenSource = options.ListenConnectionString is { } listen ? Build(listen, "ListenConnectionString") : null;
        OperationTimeout = options.OperationTimeout;
        BulkTimeout = options.BulkTimeout;
        Sql = sql;
    }

    public PostgresSql Sql { get; }

    public TimeSpan OperationTimeout { get; }

    public TimeSpan BulkTimeout { get; }

    /// <summary>
    /// Reads. Where the connection turns out to be a broken one, as every idle one is after the server was restarted,
    /// it reads once more over another, within the same time.
    /// </summary>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, TimeSpan timeout, CancellationToken cancellationToken) =>
        WithinAsync(
            async token =>
            {
                try
                {
                    return await OnConnectionAsync(work, token).ConfigureAwait(false);
                }
                catch (NpgsqlException e) when (LostConnection(e))
                {
                    return await OnConnectionAsync(work, token).ConfigureAwait(false);
                }
            },
            timeout,
            cancellationToken);

    /// <summary>Does a writer's work, and where the tables are missing makes them first, if it may.</summary>
    public Task<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, TimeSpan timeout, CancellationToken cancellationToken) =>
        WithinAsync(
            async token =>
            {
                try
                {
                    return await OnConnectionAsync(work, token).ConfigureAwait(false);
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable && _options.CreateTable)
                {
                    await OnConnectionAsync(CreateTablesAsync, token).ConfigureAwait(false);
                    return await OnConnectionAsync(work, token).ConfigureAwait(false);
                }
            },
            timeout,
            cancellationToken);

    /// <summary>Opens a connection for listening; to be disposed by the caller.</summary>
    public Task<NpgsqlConnection> OpenListenerAsync(CancellationToken cancellationToken) => WithinAsync(
        async token => await (_listenSource ?? _source).OpenConnectionAsync(token).ConfigureAwait(false), OperationTimeout, cancellationToken);

    /// <summary>Does something on a listening connection, within the time of an operation.</summary>
    public Task<T> OnListenerAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        WithinAsync(work, OperationTimeout, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_listenSource is not null)
        {
            await _listenSource.DisposeAsync().ConfigureAwait(false);
        }

        if (_ownsSource)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The lean builder needs no reflection; encryption is the one thing of the full one that connection strings ask for.
    private static NpgsqlDataSource Build(string connectionString, string option = "ConnectionString")
    {
        // A password may hold the same, behind its name.
        if (connectionString.Split('=', 2)[0].Contains("://", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The PostgreSQL store's {option} is not valid: it is an address, which is not taken; expected Host=...;Database=...;Username=...;Password=...");
        }

        try
        {
            var text = new NpgsqlConnectionStringBuilder(connectionString);
            text.ApplicationName ??= "halyard";

            // Its metrics and traces name the connection string, without the password unless that is asked for.
            text.PersistSecurityInfo = false;
            if (string.IsNullOrWhiteSpace(text.Host))
            {
                throw new ArgumentException($"The PostgreSQL store's {option} names no Host.");
            }

            return new NpgsqlSlimDataSourceBuilder(text.ConnectionString).EnableTransportSecurity().Build();
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException or NotSupportedException
            || (e is ArgumentException && !e.Message.StartsWith("The PostgreSQL store's", StringComparison.Ordinal)))
        {
            // Neither the message nor its cause: what follows a semicolon in a password reads like another name.
            throw new ArgumentException($"The PostgreSQL store's {option} is not valid: {ProblemBeforePassword(connectionString)}");
        }
    }

    private static string ProblemBeforePassword(string connectionString)
    {
        var end = connectionString.Length;
        foreach (var name in (ReadOnlySpan<string>)["pass", "pwd", "psw"])
        {
            end = connectionString.IndexOf(name, StringComparison.OrdinalIgnoreCase) is var at and >= 0 && at < end ? at : end;
        }

        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString[..end]);
            return "a name in it is unknown, or its value does not fit; a password with a semicolon or a quote needs quotes, as in Password='a;b'.";
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException or NotSupportedException or ArgumentException)
        {
            return e.Message;
        }
    }

    private static bool LostConnection(NpgsqlException e) => e is PostgresException server
        ? server.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : e.InnerException is IOException or SocketException { SocketErrorCode: not SocketError.ConnectionRefused };

    private static void Forget(Task task) => _ = task.ContinueWith(
        static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<T> OnConnectionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await work(connection, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException e) when (_ownsSource && LostConnection(e))
        {
            // One broken connection means that the idle ones beside it are broken too.
            _source.Clear();
            throw;
        }
    }

    private async Task<bool> CreateTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var create = new NpgsqlCommand(Sql.CreateTable, connection);
            await using (create.ConfigureAwait(false))
            {
                await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateObject)
        {
            // Another writer made them at the same moment: the statement's "if not exists" is no lock.
        }

        return true;
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(PostgresStore));
        cancellationToken.ThrowIfCancellationRequested();
        using var timer = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        Task<T>? task = null;
        try
        {
            task = work(linked.Token);

            // The driver waits for the server to confirm that it gave up; the caller does not.
            return await task.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            Forget(task ?? Task.CompletedTask);
            throw new TimeoutException($"PostgreSQL did not answer within {timeout.TotalSeconds:0.###} s (table {Sql.Names.QuotedItems}).", e);
        }
        catch (OperationCanceledException)
        {
            Forget(task ?? Task.CompletedTask);
            throw;
        }
        catch (PostgresException e)
        {
            throw Describe(e);
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException)
        {
            throw new TimeoutException($"PostgreSQL did not answer in time (table {Sql.Names.QuotedItems}).", e);
        }
        catch (NpgsqlException e)
        {
            var cause = e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $": {inner.Message}" : "";
            throw new IOException($"PostgreSQL: {e.Message}{cause}", e);
        }
    }

    // The codes of https://www.postgresql.org/docs/current/errcodes-appendix.html.
    private Exception Describe(PostgresException e)
    {
        var table = Sql.Names.QuotedItems;
        return e.SqlState switch
        {
            PostgresErrorCodes.UndefinedTable => new InvalidOperationException(
                $"The PostgreSQL table {table} does not exist; a writer makes it, or the statements of PostgresStore.CreateTableSql do ({e.MessageText}).", e),
            PostgresErrorCodes.InvalidSchemaName => new InvalidOperationException(
                $"The schema of the PostgreSQL table {table} does not exist; create it first ({e.MessageText}).", e),
            PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.DatatypeMismatch or PostgresErrorCodes.InvalidColumnReference
                or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.WrongObjectType or PostgresErrorCodes.NotNullViolation => new InvalidOperationException(
                $"The PostgreSQL table {table} is not of this store's shape; another program seems to use it. Choose another Table ({e.MessageText}).", e),
            PostgresErrorCodes.InsufficientPrivilege => new InvalidOperationException(
                $"PostgreSQL does not let this user work on the table {table}: {e.MessageText}.", e),
            PostgresErrorCodes.ReadOnlySqlTransaction => new InvalidOperationException(
                $"PostgreSQL is read-only here, as a standby is; write to the primary ({e.MessageText}).", e),
            _ => new IOException($"PostgreSQL: {e.MessageText} ({e.SqlState}).", e),
        };
    }
}
