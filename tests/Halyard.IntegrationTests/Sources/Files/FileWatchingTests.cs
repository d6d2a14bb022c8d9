using Halyard.Tests.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.Sources;

/// <summary>The file source with the operating system's own events and clock.</summary>
public sealed class FileWatchingTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RecordingDestination _destination = new();
    private readonly RecordingStatus _status = new();
    private FileSynchronizer? _source;

    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_file_written_in_place_is_loaded_again()
    {
        await StartAsync(_directory.Write("flags.json", Flags(1)), poll: false);

        _directory.Write("flags.json", Flags(2));

        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));
    }

    [Fact]
    public async Task An_editor_that_truncates_writes_in_pieces_and_renames_causes_one_reload()
    {
        var path = _directory.Write("flags.json", Flags(1));
        await StartAsync(path, poll: false);

        // In place first, as some editors do, then by way of a backup and a temporary file, as others do.
        _directory.Write("flags.json", "");
        _directory.Write("flags.json", Flags(2)[..10]);
        System.IO.File.Move(path, path + "~", overwrite: true);
        _directory.Write(".flags.json.swp", Flags(2));
        System.IO.File.Move(_directory[".flags.json.swp"], path, overwrite: true);
        System.IO.File.Delete(path + "~");
        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));

        _directory.Write("flags.json", Flags(3));
        Assert.Equal(3, ValueOf(await _destination.NextInitAsync()));
        Assert.Equal(3, _destination.Inits.Count);
        Assert.All(_status.All, report => Assert.Equal("Valid", report));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_swapped_symbolic_link_of_a_mounted_configuration_map_is_noticed(bool poll)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "configuration maps are mounted on Linux");
        WriteRevision("..2026_01", 1);
        Directory.CreateSymbolicLink(_directory["..data"], "..2026_01");
        System.IO.File.CreateSymbolicLink(_directory["flags.json"], Path.Combine("..data", "flags.json"));
        await StartAsync(_directory["flags.json"], poll);

        WriteRevision("..2026_02", 2);
        Directory.CreateSymbolicLink(_directory["..data_tmp"], "..2026_02");

        // As the kubelet does it: an atomic rename over the link, which .NET has no call for.
        using (var move = System.Diagnostics.Process.Start("mv", ["-T", _directory["..data_tmp"], _directory["..data"]]))
        {
            await move.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(0, move.ExitCode);
        }

        Directory.Delete(_directory["..2026_01"], recursive: true);

        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));

        void WriteRevision(string name, int value)
        {
            Directory.CreateDirectory(_directory[name]);
            _directory.Write(Path.Combine(name, "flags.json"), Flags(value));
        }
    }

    [Fact]
    public async Task An_edit_of_what_a_link_leads_to_is_noticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "symbolic links need a privilege");
        Directory.CreateDirectory(_directory["far"]);
        _directory.Write("far/real.json", Flags(1));
        System.IO.File.CreateSymbolicLink(_directory["flags.json"], _directory["far/real.json"]);
        await StartAsync(_directory["flags.json"], poll: false);

        _directory.Write("far/real.json", Flags(2));

        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));
    }

    [Fact]
    public async Task A_file_in_a_directory_that_does_not_exist_yet_is_loaded_when_it_appears()
    {
        var path = _directory[Path.Combine("later", "flags.json")];
        _source = new FileSynchronizer(Options(path, poll: true), _status, NullLogger.Instance, TimeProvider.System);
        await _source.StartAsync(_destination, null, TestContext.Current.CancellationToken);
        Assert.Equal($"Interrupted Unknown: {path} does not exist.", await _status.NextAsync());

        Directory.CreateDirectory(_directory["later"]);
        _directory.Write(Path.Combine("later", "flags.json"), Flags(1));

        Assert.Equal(1, ValueOf(await _destination.NextInitAsync()));
    }

    [Fact]
    public async Task A_directory_that_is_removed_and_made_again_is_watched_again()
    {
        Directory.CreateDirectory(_directory["conf"]);
        await StartAsync(_directory.Write(Path.Combine("conf", "flags.json"), Flags(1)), poll: true);

        Directory.Delete(_directory["conf"], recursive: true);
        Assert.Equal("Valid", await _status.NextAsync());
        string report;
        do
        {
            report = await _status.NextAsync();
        }
        while (report == "Valid");

        Assert.StartsWith("Interrupted Unknown:", report, StringComparison.Ordinal);
        Directory.CreateDirectory(_directory["conf"]);
        for (var value = 2; value < 4; value++)
        {
            _directory.Write(Path.Combine("conf", "flags.json"), Flags(value));
            Assert.Equal(value, ValueOf(await _destination.NextInitAsync()));
        }
    }

    // Permissions of a file would not bind root; the kernel lets nobody read the first, and the second leads to itself.
    [Theory]
    [InlineData("/proc/sys/vm/drop_caches", "may not be read: access is denied.")]
    [InlineData("flags.json", "cannot be read: Too many levels of symbolic links")]
    public async Task A_file_that_cannot_be_read_is_loaded_once_it_can(string target, string error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the file that nobody may read is Linux's");
        var path = _directory["flags.json"];
        System.IO.File.CreateSymbolicLink(path, target);
        _source = new FileSynchronizer(Options(path, poll: true), _status, NullLogger.Instance, TimeProvider.System);
        await _source.StartAsync(_destination, null, TestContext.Current.CancellationToken);
        Assert.StartsWith($"Interrupted Unknown: {path} {error}", await _status.NextAsync(), StringComparison.Ordinal);
        Assert.Empty(_destination.Inits);

        System.IO.File.Move(_directory.Write("next.json", Flags(1)), path, overwrite: true);

        Assert.Equal(1, ValueOf(await _destination.NextInitAsync()));
        Assert.Equal("Valid", await _status.NextAsync());
    }

    [Fact]
    public async Task A_client_sees_a_saved_file_and_is_told_of_the_flag_that_changed_alone()
    {
        var path = _directory.Write("flags.json", """{"flagValues":{"a":1,"b":1}}""");
        var yaml = _directory.Write("more.yaml", "flagValues:\n  c: 1\n");
        var files = DataSystem.File(path, yaml).UseYaml();
        files.Debounce = TimeSpan.FromMilliseconds(20);
        await using var client = await Client.StartAsync(new() { SdkKey = "any", DataSystem = files }, TestContext.Current.CancellationToken);
        Assert.True(client.Initialized);
        var changed = new TaskCompletionSource<FlagChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.FlagChanges.Changed += change => changed.TrySetResult(change);

        _directory.Write("more.yaml", "flagValues:\n  c: 2 # two\n");

        var change = await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(["c"], change.Keys);
        Assert.Equal(2, client.IntVariation("c", Context.New("u"), 0));
        Assert.Equal(1, client.IntVariation("a", Context.New("u"), 0));
    }

    [Fact]
    public async Task Disposal_amid_a_storm_of_writes_ends_soon()
    {
        await StartAsync(_directory.Write("flags.json", Flags(1)), poll: true, TimeSpan.FromMilliseconds(10));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var storm = Task.Run(() =>
        {
            for (var i = 2; !stop.IsCancellationRequested; i++)
            {
                System.IO.File.Move(_directory.Write("next.json", Flags(i)), _directory["flags.json"], overwrite: true);
            }
        }, TestContext.Current.CancellationToken);

        await _destination.NextInitAsync();
        await _source!.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var inits = _destination.Inits.Count;
        await stop.CancelAsync();
        await storm.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(inits, _destination.Inits.Count);
    }

    private static string Flags(int value) => $$$"""{"flagValues":{"a":{{{value}}}}}""";

    private static int ValueOf(DataSet data) => data.Flags.Single().Item!.Variations[0].AsInt;

    private static FileSourceOptions Options(string path, bool poll, TimeSpan? debounce = null)
    {
        var options = DataSystem.File(path);
        options.Debounce = debounce ?? TimeSpan.FromMilliseconds(100);
        options.PollInterval = poll ? TimeSpan.FromMilliseconds(100) : TimeSpan.Zero;
        return options;
    }

    private async Task StartAsync(string path, bool poll, TimeSpan? debounce = null)
    {
        _source = new FileSynchronizer(Options(path, poll, debounce), _status, NullLogger.Instance, TimeProvider.System);
        await _source.StartAsync(_destination, null, TestContext.Current.CancellationToken);
        Assert.Equal(1, ValueOf(await _destination.NextInitAsync()));
    }
}
