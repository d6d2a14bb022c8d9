using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Sources;

/// <summary>The file source on fake time, with file events raised by the test.</summary>
public sealed class FileSynchronizerTests : IAsyncDisposable
{
    private const string One = """{"flagValues":{"a":1}}""";
    private const string Two = """{"flagValues":{"a":2}}""";

    private readonly TempDirectory _directory = new();

    // Ahead of the real clock, so that no file looks just written.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow.AddDays(1));
    private readonly RecordingDestination _destination = new();
    private readonly RecordingStatus _status = new();
    private readonly FakeLogger _logger = new();
    private readonly FakeWatchers _watchers = new();
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
    public async Task Files_are_loaded_at_the_start_once()
    {
        await StartAsync(_directory.Write("a.json", One), _directory["a.json"]);
        await _source!.StartAsync(new RecordingDestination(), null, TestContext.Current.CancellationToken);

        Assert.Equal(1, ValueOf(await _destination.NextInitAsync()));
        Assert.Equal("Valid", await _status.NextAsync());
        Assert.Equal("file", _source.Identity);
    }

    [Fact]
    public async Task The_many_events_of_one_save_are_one_reload_when_the_file_is_quiet()
    {
        var path = await StartLoadedAsync();

        _directory.Write("a.json", "");
        _watchers.Raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(150));
        _directory.Write("a.json", "{\"flagVal");
        _watchers.Raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(150));
        _directory.Write("a.json", Two);
        _watchers.Raise(path);
        _watchers.Raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Single(_destination.Inits);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));
        Assert.Equal("Valid", await _status.NextAsync());
        Assert.Equal(["Valid", "Valid"], _status.All);
    }

    [Fact]
    public async Task Events_without_end_do_not_put_off_a_reload_for_ever()
    {
        var path = await StartLoadedAsync();
        _directory.Write("a.json", Two);

        for (var i = 0; i < 20; i++)
        {
            _watchers.Raise(path);
            _time.Advance(TimeSpan.FromMilliseconds(110));
        }

        Assert.Equal(2, ValueOf(await _destination.NextInitAsync()));
    }

    [Fact]
    public async Task A_reload_without_a_change_confirms_the_data_and_writes_nothing()
    {
        var path = await StartLoadedAsync();

        _directory.Write("a.json", One + "\n");
        _watchers.Raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal("Valid", await _status.NextAsync());
        Assert.Single(_destination.Inits);
    }

    [Fact]
    public async Task A_bad_edit_keeps_the_data_and_heals_by_itself()
    {
        var path = await StartLoadedAsync();

        await SaveAsync(path, "{");
        Assert.StartsWith($"Interrupted InvalidData: {path}, line 1, column 2: not valid JSON.", await _status.NextAsync(), StringComparison.Ordinal);
        await SaveAsync(path, Two);

        Assert.Equal("Valid", await _status.NextAsync());
        Assert.Equal([1, 2], _destination.Inits.Select(ValueOf));
    }

    [Fact]
    public async Task Each_distinct_error_is_logged_once()
    {
        var logger = new FakeLogger();
        _directory.Write("a.json", One);
        var manager = new DataSourceStatusManager(_time, logger);
        _source = new FileSynchronizer(Options(_directory["a.json"]), manager.Reporter, logger, _time, _watchers.Watch);
        await _source.StartAsync(_destination, null, TestContext.Current.CancellationToken);
        await _destination.NextInitAsync();

        foreach (var text in (string[])["{", "[]", "{", "3", "{"])
        {
            var before = manager.Current.LastError;
            await SaveAsync(_directory["a.json"], text);
            await Conditions.UntilAsync(() => manager.Current.LastError != before);
        }

        await SaveAsync(_directory["a.json"], Two);
        await _destination.NextInitAsync();

        var errors = logger.Collector.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message).ToArray();
        Assert.Equal(3, errors.Length);
        Assert.Equal(3, errors.Distinct().Count());
    }

    [Fact]
    public async Task A_broken_file_at_the_start_releases_a_start_that_waits()
    {
        await StartAsync(_directory.Write("a.json", "{"));

        Assert.StartsWith("Unexpected InvalidData:", await _status.NextAsync(), StringComparison.Ordinal);
        Assert.Empty(_destination.Inits);
    }

    [Fact]
    public async Task A_file_that_is_missing_at_the_start_is_loaded_when_it_appears()
    {
        await StartAsync(_directory["a.json"]);
        Assert.Equal($"Interrupted Unknown: {_directory["a.json"]} does not exist.", await _status.NextAsync());

        await SaveAsync(_directory["a.json"], One);

        Assert.Equal(1, ValueOf(await _destination.NextInitAsync()));
        Assert.Equal("Valid", await _status.NextAsync());
    }

    [Fact]
    public async Task A_change_that_no_event_tells_of_is_found_by_polling()
    {
        await StartLoadedAsync();

        _directory.Write("a.json", Two);

        Assert.Equal(2, ValueOf(await AdvancingUntilAsync(_destination.NextInitAsync())));
        Assert.True(_watchers.Made > 1, "watchers that missed a change must be made anew");
    }

    [Fact]
    public async Task Polling_confirms_the_age_of_the_data()
    {
        await StartLoadedAsync();

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Valid", await _status.NextAsync());
        Assert.Single(_destination.Inits);
    }

    [Fact]
    public async Task Without_watches_there_is_one_warning_and_polling_even_when_polling_is_off()
    {
        _watchers.Refuse = true;
        var options = Options(_directory.Write("a.json", One));
        options.PollInterval = TimeSpan.Zero;
        await StartAsync(options);
        await _destination.NextInitAsync();

        _directory.Write("a.json", Two);
        await AdvancingUntilAsync(_destination.NextInitAsync());

        var warning = Assert.Single(_logger.Collector.GetSnapshot(), record => record.Level == LogLevel.Warning);
        Assert.Contains("cannot be watched", warning.Message, StringComparison.Ordinal);

        _watchers.Refuse = false;
        await AdvancingUntilAsync(Conditions.UntilAsync(() => _watchers.Active == 1));
    }

    [Fact]
    public async Task A_watcher_that_fails_is_replaced_and_what_it_missed_is_read()
    {
        await StartLoadedAsync();
        _directory.Write("a.json", Two);

        _watchers.Fail(new InternalBufferOverflowException());

        Assert.Equal(2, ValueOf(await AdvancingUntilAsync(_destination.NextInitAsync())));
        await AdvancingUntilAsync(Conditions.UntilAsync(() => _watchers.Active == 1));
    }

    [Fact]
    public async Task A_destination_that_fails_is_a_store_error_and_is_tried_again()
    {
        _destination.Failure = new InvalidOperationException("disk full");
        await StartAsync(_directory.Write("a.json", One));
        Assert.StartsWith("Interrupted StoreError:", await _status.NextAsync(), StringComparison.Ordinal);

        _destination.Failure = null;

        Assert.Equal(1, ValueOf(await AdvancingUntilAsync(_destination.NextInitAsync())));
    }

    [Fact]
    public async Task Without_reloading_nothing_is_watched_and_an_error_is_final()
    {
        var options = Options(_directory["a.json"]);
        options.Reload = false;
        await StartAsync(options);

        Assert.Equal($"Off Unknown: {_directory["a.json"]} does not exist.", await _status.NextAsync());
        Assert.Equal(0, _watchers.Made);
    }

    [Fact]
    public async Task Disposal_stops_everything_at_any_time()
    {
        var path = await StartLoadedAsync();
        _directory.Write("a.json", Two);
        _watchers.Raise(path);

        await Task.WhenAll(_source!.DisposeAsync().AsTask(), _source.DisposeAsync().AsTask()).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, _watchers.Active);
        Assert.Single(_destination.Inits);
        var never = new FileSynchronizer(Options(path), _status, _logger, _time, _watchers.Watch);
        await never.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => never.StartAsync(_destination, null, TestContext.Current.CancellationToken));
    }

    private static int ValueOf(DataSet data) => data.Flags.Single().Item!.Variations[0].AsInt;

    private static FileSourceOptions Options(params string[] paths) => DataSystem.File(paths);

    private Task StartAsync(params string[] paths) => StartAsync(Options(paths));

    private Task StartAsync(FileSourceOptions options)
    {
        _source = new FileSynchronizer(options, _status, _logger, _time, _watchers.Watch);
        return _source.StartAsync(_destination, null, TestContext.Current.CancellationToken);
    }

    private async Task<string> StartLoadedAsync()
    {
        var path = _directory.Write("a.json", One);
        await StartAsync(path);
        await _destination.NextInitAsync();
        Assert.Equal("Valid", await _status.NextAsync());
        return path;
    }

    private async Task SaveAsync(string path, string text)
    {
        await Conditions.UntilAsync(() => _watchers.Active == 1);
        System.IO.File.WriteAllText(path, text);
        _watchers.Raise(path);
        _time.Advance(TimeSpan.FromMilliseconds(200));
    }

    private async Task<T> AdvancingUntilAsync<T>(Task<T> task)
    {
        await AdvancingUntilAsync((Task)task);
        return await task;
    }

    private async Task AdvancingUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await task;
    }

    private sealed class FakeWatchers
    {
        private readonly Lock _gate = new();
        private readonly List<(Action<string> OnEvent, Action<Exception> OnError)> _active = [];

        public bool Refuse { get; set; }

        public int Made { get; private set; }

        public int Active
        {
            get
            {
                lock (_gate)
                {
                    return _active.Count;
                }
            }
        }

        public Disposable Watch(string directory, Action<string> onEvent, Action<Exception> onError)
        {
            lock (_gate)
            {
                if (Refuse)
                {
                    throw new IOException("The configured user limit (0) on the number of inotify instances has been reached.");
                }

                Made++;
                var entry = (onEvent, onError);
                _active.Add(entry);
                return new Disposable(() =>
                {
                    lock (_gate)
                    {
                        _active.Remove(entry);
                    }
                });
            }
        }

        public void Raise(string path) => Each(watcher => watcher.OnEvent(path));

        public void Fail(Exception exception) => Each(watcher => watcher.OnError(exception));

        private void Each(Action<(Action<string> OnEvent, Action<Exception> OnError)> act)
        {
            (Action<string>, Action<Exception>)[] active;
            lock (_gate)
            {
                active = [.. _active];
            }

            Array.ForEach(active, act);
        }
    }

    private sealed class Disposable(Action onDispose) : IDisposable
    {
        public void Dispose() => onDispose();
    }
}
