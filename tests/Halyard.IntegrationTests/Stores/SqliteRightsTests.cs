using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>
/// Who may do what with an SQLite file. What another user sees is tried by the tool, as a process of the user
/// <c>nobody</c>, since nothing is forbidden to whoever may run these tests as root.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SqliteRightsTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode AllMayRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode AllMayEnter = AllMayRead | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-rights-");

    public SqliteRightsTests() => File.SetUnixFileMode(_folder.FullName, AllMayEnter | UnixFileMode.UserWrite);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Database => Path.Combine(_folder.FullName, "flags.db");

    private string FlagFile => Path.Combine(_folder.FullName, "flags.json");

    public void Dispose()
    {
        foreach (var folder in _folder.GetDirectories())
        {
            File.SetUnixFileMode(folder.FullName, AllMayEnter | UnixFileMode.UserWrite);
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_file_and_those_beside_it_are_for_their_owner_alone()
    {
        await using var writer = new SqliteStore(Database).CreateWriter(Context);
        await writer.InitAsync([Flag(1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.Equal(["flags.db", "flags.db-shm", "flags.db-wal"], _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.All(_folder.GetFiles(), file => Assert.Equal(Private, file.UnixFileMode));
    }

    [Theory]
    [InlineData("000")]
    [InlineData("777")]
    public async Task Whatever_the_process_masks_the_owner_may_read_and_write_and_nobody_else(string mask)
    {
        await File.WriteAllTextAsync(FlagFile, """{"flagValues":{"f":1}}""", Token);
        var (code, output) = await Command.RunAsync("sh", "-c", $"umask {mask}; exec {Tool} sync --file '{FlagFile}' --sqlite '{Database}'");
        Assert.True(code == 0, output);
        Assert.Equal(Private, File.GetUnixFileMode(Database));
    }

    [Fact]
    public async Task The_rights_of_a_file_that_is_there_are_left_as_they_are()
    {
        await File.WriteAllBytesAsync(Database, [], Token);
        File.SetUnixFileMode(Database, Private | UnixFileMode.GroupRead);
        await using var writer = new SqliteStore(Database).CreateWriter(Context);
        await writer.InitAsync([Flag(1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.All(_folder.GetFiles(), file => Assert.Equal(Private | UnixFileMode.GroupRead, file.UnixFileMode));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_in_a_folder_that_may_not_be_written_is_read_with_all_that_was_committed(bool hasLog)
    {
        var folder = _folder.CreateSubdirectory("read-only");
        var copy = Path.Combine(folder.FullName, "flags.db");
        await using (var writer = new SqliteStore(Database).CreateWriter(Context))
        {
            await writer.InitAsync([Flag(1)], Token).AsTask().WaitAsync(Limit, Token);
            Assert.True(await writer.UpsertAsync(Flag(2), Token).AsTask().WaitAsync(Limit, Token));
            if (hasLog)
            {
                // As a crash or a backup leaves it: what was committed is in the log and not in the file.
                File.Copy(Database, copy);
                File.Copy(Database + "-wal", copy + "-wal");
                Assert.NotEqual(0, new FileInfo(copy + "-wal").Length);
            }
        }

        if (!hasLog)
        {
            File.Copy(Database, copy);
        }

        Array.ForEach(folder.GetFiles(), file => file.UnixFileMode = AllMayRead);
        File.SetUnixFileMode(folder.FullName, AllMayEnter);
        var before = Directory.GetDirectories(Path.GetTempPath(), "halyard-sqlite-*").Length;
        var (code, output) = await AsNobodyAsync($"eval f --key ada --sqlite '{copy}'");
        Assert.True(code == 0, output);
        Assert.Contains("v2", output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetDirectories(Path.GetTempPath(), "halyard-sqlite-*").Length);

        // To write it is another matter, and said.
        await File.WriteAllTextAsync(FlagFile, """{"flagValues":{"g":1}}""", Token);
        (code, output) = await AsNobodyAsync($"sync --file '{FlagFile}' --sqlite '{copy}'");
        Assert.NotEqual(0, code);
        Assert.Contains("read-only", output, StringComparison.Ordinal);
        Assert.Contains(copy, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_another_users_is_said_not_to_be_for_this_one()
    {
        await using (var writer = new SqliteStore(Database).CreateWriter(Context))
        {
            await writer.InitAsync([Flag(1)], Token).AsTask().WaitAsync(Limit, Token);
        }

        var (code, output) = await AsNobodyAsync($"eval f --key ada --sqlite '{Database}'");
        Assert.NotEqual(0, code);
        Assert.Contains(Database, output, StringComparison.Ordinal);
        Assert.Contains("cannot be opened", output, StringComparison.Ordinal);
    }

    private static string Tool => $"dotnet '{Path.Combine(AppContext.BaseDirectory, "Halyard.Cli.dll")}'";

    private static Task<(int ExitCode, string Output)> AsNobodyAsync(string arguments) => Environment.IsPrivilegedProcess
        ? Command.RunAsync("sh", "-c", $"HOME=/tmp exec setpriv --reuid=nobody --regid=nogroup --clear-groups {Tool} {arguments}")
        : Command.RunAsync("sh", "-c", $"exec {Tool} {arguments}");

    private static SerializedItem Flag(long version) => new(DataKind.Flag, "f", new(version, false, System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"key":"f","version":{{{version}}},"on":true,"variations":["v{{{version}}}"],"fallthrough":{"variation":0}}""")));
}
