using System.Diagnostics;
using Npgsql;

namespace Halyard.IntegrationTests;

/// <summary>
/// A PostgreSQL server of the tests' own, on a free loopback port that it keeps over restarts, with its data in a folder
/// of its own. PostgreSQL does not run as root: there, it runs as nobody.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    public const string Install = "apt-get install postgresql";

    /// <summary>A user who may do everything; of this server, which listens on loopback alone and lives as long as the tests.</summary>
    private const string Superuser = "halyard";

    /// <summary>A user who needs a password, once a test has made him.</summary>
    public const string Guarded = "guarded";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-postgres-");
    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePorts(1)[0];

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username={Superuser};Database=postgres;Include Error Detail=true;Maximum Pool Size=20";

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => Path.Combine(_folder.FullName, "data");

    public async ValueTask InitializeAsync()
    {
        if (IsRoot)
        {
            await RunAsync("chown", "nobody", _folder.FullName);
        }

        var initialize = AsNobody(Program("initdb"), "-D", Data, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await RunAsync(initialize[0], initialize[1..]);

        // One user has to prove who he is, for the tests of refusals.
        await File.WriteAllTextAsync(
            Path.Combine(Data, "pg_hba.conf"),
            $"host all {Guarded} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
        await StartAsync();
    }

    public async Task StartAsync()
    {
        var start = AsNobody(
            Program("postgres"), "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder.FullName}",
            "-c", "shared_buffers=16MB", "-c", "max_connections=60");
        _process = await ServerProcess.StartAsync(
            start[0],
            start[1..],
            Install,
            async ct =>
            {
                try
                {
                    await ExecuteAsync("SELECT 1");
                    return true;
                }
                catch (NpgsqlException e)
                {
                    // Starting, recovering, or not there yet.
                    throw new IOException(e.Message, e);
                }
            });
    }

    /// <summary>Ends the server and all its processes at once, as kill -9 does; what was committed is on the disk.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
#pragma warning disable CA2100 // Of the tests' own.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<List<string>> LinesAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
#pragma warning disable CA2100 // Of the tests' own.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await row.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(row.GetString(0));
        }

        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    // Debian keeps the programs of each release in a folder of its own, outside of PATH.
    private static string Program(string name)
    {
        const string root = "/usr/lib/postgresql";
        IEnumerable<string> releases = Directory.Exists(root) ? Directory.GetDirectories(root).OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var release) ? release : 0) : [];
        return releases.Select(folder => Path.Combine(folder, "bin", name)).FirstOrDefault(File.Exists)
            ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{name} is missing. Install it: {Install} (or run eng/install-test-servers).");
    }

    // Replaces itself by the program, so that the process id is the server's.
    private static string[] AsNobody(params string[] command) =>
        IsRoot ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with code {process.ExitCode}:\n{await output}{await errors}");
        }
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}
