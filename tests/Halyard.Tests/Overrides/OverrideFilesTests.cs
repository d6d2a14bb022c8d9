using System.Threading.Channels;
using Halyard.DataComponents;
using Halyard.Overrides;
using Halyard.Tests.Sources;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using static Halyard.Tests.Clients.Clients;

namespace Halyard.Tests.Overrides;

/// <summary>Overrides from files, on fake time, with file events raised by the test.</summary>
public sealed class OverrideFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeLogCollector _logs = new();

    // Ahead of the real clock, so that no file looks just written.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow.AddDays(1));
    private readonly Channel<FlagChange> _heard = Channel.CreateUnbounded<FlagChange>();
    private readonly TaskCompletionSource<Action<string>> _watch = new();
    private readonly MemoryStore _base = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Files_are_merged_and_each_item_has_the_version_that_it_states()
    {
        await using var files = await OpenAsync(DataSystem.File(
            _directory.Write("a.json", """{"flags":{"whole":{"version":7,"on":true,"fallthrough":{"variation":1},"variations":["x","y"]},"bare":{"fallthrough":{"variation":0},"variations":[1]}},"flagValues":{"v":{"a":[1]}}}"""),
            _directory.Write("b.yaml", "segments:\n  s:\n    version: 3\n    included: [u]\nflagValues:\n  y: true\n")).UseYaml());
        Assert.Equal(
            [("bare", 1), ("v", 1), ("whole", 7), ("y", 1)],
            files.Overrides.Flags.Select(flag => (flag.Key, flag.Version)).OrderBy(flag => flag.Key, StringComparer.Ordinal));
        Assert.All(files.Overrides.Flags, flag => Assert.True(flag.Item!.IsOverride && flag.Item.Version == flag.Version));
        Assert.Equal(("s", 3), Assert.Single(files.Overrides.Segments.Select(segment => (segment.Key, segment.Version))));
        Assert.Null(files.Overrides.FileError);
        Assert.Equal("Loaded 4 flags and 1 segments from 2 file(s); 5 new or changed.", Assert.Single(_logs.GetSnapshot()).Message);
    }

    [Fact]
    public async Task Of_two_files_with_one_key_the_first_wins_or_none_is_loaded()
    {
        var first = _directory.Write("a.json", """{"flagValues":{"f":1}}""");
        var second = _directory.Write("b.json", """{"flagValues":{"f":2,"g":2}}""");
        await using (var ignoring = await OpenAsync(Options(DuplicateKeys.FirstWins)))
        {
            Assert.Equal([("f", 1), ("g", 2)], Values(ignoring.Overrides));
        }

        await using var failing = await OpenAsync(Options(DuplicateKeys.Fail));
        Assert.Empty(failing.Overrides.Flags);
        Assert.Equal($"{second}, line 1: the flag \"f\" is defined a second time; the first is in {first}, line 1.", failing.Overrides.FileError);

        FileSourceOptions Options(DuplicateKeys duplicates)
        {
            var options = DataSystem.File(first, second);
            options.DuplicateKeys = duplicates;
            return options;
        }
    }

    [Fact]
    public async Task Edits_are_followed_a_bad_one_keeps_the_last_good_and_an_empty_object_removes_all()
    {
        var path = _directory.Write("a.json", """{"flagValues":{"f":1,"g":1}}""");
        await using var files = await OpenAsync(DataSystem.File(path));
        files.Changes.Changed += change => _heard.Writer.TryWrite(change);

        await SaveAsync(path, """{"flagValues":{"f":2,"g":1}}""");
        Assert.Equal(["f"], (await NextAsync()).Keys);
        Assert.Equal([("f", 2), ("g", 1)], Values(files.Overrides));

        await SaveAsync(path, """{"flagValues":{"f":3,"g":""");
        await Conditions.UntilAsync(() => files.Overrides.FileError is not null && _logs.GetSnapshot().Any(log => log.Level == LogLevel.Error));
        Assert.Equal([("f", 2), ("g", 1)], Values(files.Overrides));
        var error = Assert.Single(_logs.GetSnapshot(), log => log.Level == LogLevel.Error);
        Assert.StartsWith($"The files with overrides cannot be loaded; what they said before stays in force: {path}, line 1", error.Message, StringComparison.Ordinal);

        await SaveAsync(path, """{"flagValues":{"f":3,"g":1}}""");
        Assert.Equal(["f"], (await NextAsync()).Keys);
        Assert.Null(files.Overrides.FileError);

        await SaveAsync(path, "{}");
        Assert.Equal(["f", "g"], (await NextAsync()).Keys.Order(StringComparer.Ordinal));
        Assert.Empty(files.Overrides.Flags);
    }

    [Fact]
    public async Task What_is_set_at_run_time_stands_above_the_files()
    {
        var path = _directory.Write("a.json", """{"flagValues":{"f":1},"segments":{"s":{}}}""");
        await using var files = await OpenAsync(DataSystem.File(path));
        files.Overrides.Set("f", 10);
        files.Overrides.Set("g", 10);
        files.Changes.Changed += change => _heard.Writer.TryWrite(change);

        // What is covered is no change for anybody.
        await SaveAsync(path, """{"flagValues":{"f":2,"h":1},"segments":{"s":{}}}""");
        Assert.Equal(["h"], (await NextAsync()).Keys);
        Assert.Equal([("f", 10), ("g", 10), ("h", 1)], Values(files.Overrides));

        Assert.True(files.Overrides.Remove("f"));
        Assert.Equal([("f", 2), ("g", 10), ("h", 1)], Values(files.Overrides));
        Assert.False(files.Overrides.Remove("f"));
        Assert.False(files.Overrides.RemoveSegment("s"));
        files.Overrides.Clear();
        Assert.Equal([("f", 2), ("h", 1)], Values(files.Overrides));
        Assert.Single(files.Overrides.Segments);
    }

    [Fact]
    public async Task A_file_that_is_missing_at_the_start_is_loaded_when_it_comes()
    {
        var path = _directory["late.json"];
        await using var files = await OpenAsync(DataSystem.File(path));
        Assert.Contains(path, files.Overrides.FileError, StringComparison.Ordinal);
        await SaveAsync(path, """{"flagValues":{"f":1}}""");
        await Conditions.UntilAsync(() => files.Overrides.FileError is null);
        Assert.Equal([("f", 1)], Values(files.Overrides));
    }

    [Fact]
    public async Task A_logger_that_throws_keeps_no_failure_from_being_known()
    {
        var files = new OverrideFiles(status => new Failing(status), new ThrowingLogger());
        await files.StartAsync(new FlagOverrides(_base, new FlagChanges(), files), Token);
        await files.FirstLook.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal("Broken.", files.Error);
        await files.DisposeAsync();
    }

    [Fact]
    public async Task An_item_that_a_file_calls_deleted_overrides_nothing()
    {
        await using var files = await OpenAsync(DataSystem.File(
            _directory.Write("a.json", """{"flags":{"f":{"deleted":true}},"segments":{"s":{"deleted":true}},"flagValues":{"g":1}}""")));
        Assert.Equal(["g"], files.Overrides.Flags.Select(flag => flag.Key));
        Assert.Empty(files.Overrides.Segments);
    }

    [Theory]
    [InlineData("""{"flagValues":{"f":"mine"}}""", "mine")]
    [InlineData("{", "d")]
    [InlineData(null, "d")]
    public async Task A_client_waits_for_the_first_look_and_starts_whatever_it_finds(string? text, string expected)
    {
        var path = text is null ? _directory["none.json"] : _directory.Write("a.json", text);
        foreach (var offline in new[] { false, true })
        {
            await using var client = await Client.StartAsync(
                new()
                {
                    DataSystem = DataSystem.TestData(new TestData()),
                    Overrides = DataSystem.File(path),
                    Offline = offline,
                    LoggerFactory = Factory(_logs),
                },
                Token);
            Assert.Equal(expected, client.StringVariation("f", User, "d"));
            Assert.Equal(expected == "d", client.Overrides.FileError is not null);
            Assert.Equal(!offline, client.DataSourceStatus.Current.State == DataSourceState.Valid);
            await client.Overrides.WaitForFilesAsync(Token);
        }
    }

    [Fact]
    public async Task Files_that_are_not_watched_are_read_once()
    {
        var path = _directory.Write("a.json", "[]");
        var options = DataSystem.File(path);
        options.Reload = false;
        await using var files = await OpenAsync(options);
        Assert.Contains("expected an object", files.Overrides.FileError, StringComparison.Ordinal);
        Assert.False(_watch.Task.IsCompleted);
    }

    [Fact]
    public void Options_that_cannot_work_are_named()
    {
        Assert.Equal(
            "Overrides: The file source needs at least one path. (Parameter 'options') (Parameter 'options')",
            Assert.Throws<ArgumentException>(() => Client.Create(new() { Offline = true, Overrides = DataSystem.File() })).Message);
        Assert.Contains(
            "add the package Halyard.Yaml",
            Assert.Throws<ArgumentException>(() => Client.Create(new() { SdkKey = "k", Overrides = DataSystem.File("a.yaml") })).Message,
            StringComparison.Ordinal);
    }

    private static IEnumerable<(string Key, int Value)> Values(FlagOverrides overrides) =>
        overrides.Flags.Select(flag => (flag.Key, flag.Item!.Variations[0].AsInt)).OrderBy(flag => flag.Key, StringComparer.Ordinal);

    private async Task<Opened> OpenAsync(FileSourceOptions options)
    {
        var logger = new FakeLogger(_logs);
        var files = new OverrideFiles(
            status => new FileSynchronizer(
                options, status, logger, _time,
                (_, onEvent, _) =>
                {
                    _watch.TrySetResult(onEvent);
                    return new MemoryStream();
                },
                areOverrides: true),
            logger);
        var changes = new FlagChanges();
        var overrides = new FlagOverrides(_base, changes, files);
        await files.StartAsync(overrides, Token);
        await overrides.WaitForFilesAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        return new(overrides, changes, files);
    }

    private async Task SaveAsync(string path, string text)
    {
        var raise = await _watch.Task.Soon();
        await File.WriteAllTextAsync(path, text, Token);
        raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(200));
    }

    private Task<FlagChange> NextAsync() => _heard.Reader.ReadAsync(Token).AsTask().Soon();

    private sealed class Failing(IDataSourceStatusReporter status) : IDataSynchronizer
    {
        public string Identity => "failing";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            status.ReportInterrupted(DataSourceErrorKind.Unknown, "Broken.");
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed record Opened(FlagOverrides Overrides, FlagChanges Changes, OverrideFiles Files) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Files.DisposeAsync();
    }
}
