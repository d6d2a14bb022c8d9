using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// Follows flag files and carries their edits into the repository. Only what was edited in a file since it was
/// last read is carried over, so that a change made over the API outlives an edit of something else.
/// </summary>
internal sealed class FileFeed : ISourceFeed, IDataDestination, IDataSourceStatusReporter
{
    private const int ShownProblems = 10;

    // Touched by the files' loop alone.
    private Dictionary<(DataKind Kind, string Key), byte[]> _lastRead = [];
    private readonly TaskCompletionSource<string?> _firstOutcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<IReadOnlyList<ItemDescriptor>, RepositoryChange?> _apply;
    private readonly ILogger _logger;
    private volatile string? _lastError;

    // What is wrong with single items; null when nothing is.
    private volatile string? _malformed;

    // What was last read and could not be understood; touched by the files' loop alone.
    private HashSet<QuarantinedItem> _quarantined = [];
    private IDataSynchronizer? _synchronizer;

    private readonly Func<IDataSourceStatusReporter, IDataSynchronizer> _open;

    /// <param name="apply">Takes the items that were edited.</param>
    /// <param name="paths">The files.</param>
    /// <param name="open">Makes what follows them.</param>
    /// <param name="logger">Where to log.</param>
    public FileFeed(
        Func<IReadOnlyList<ItemDescriptor>, RepositoryChange?> apply, IReadOnlyList<string> paths, Func<IDataSourceStatusReporter, IDataSynchronizer> open, ILogger logger)
    {
        (_apply, _open, _logger) = (apply, open, logger);
        Name = string.Join(", ", paths);
    }

    public string Name { get; }

    public string Identity => "development server";

    /// <summary>Why the files as they are now are not served, or not all of their items; null when they are.</summary>
    public string? Error => _lastError ?? _malformed;

    /// <summary>Loads the files and begins to follow them.</summary>
    /// <exception cref="CliException">The files cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _synchronizer = _open(this);
        await _synchronizer.StartAsync(this, bootstrap: null, cancellationToken);
        if (await _firstOutcome.Task.WaitAsync(cancellationToken) is { } error)
        {
            throw new CliException(error);
        }
    }

    public void Init(DataSet dataSet)
    {
        var items = dataSet.Flags.Concat<ItemDescriptor>(dataSet.Segments).ToList();
        var present = items.Where(static item => !item.IsTombstone).Select(static item => (item.Kind, item.Key)).ToHashSet();

        // What cannot be understood is served as it was.
        present.UnionWith(dataSet.Quarantined.Select(static item => (item.Kind, item.Key)));
        Report(dataSet.Quarantined);
        var gone = _lastRead.Keys.Where(id => !present.Contains(id)).Select(static id => ItemDescriptor.Tombstone(id.Kind, id.Key, 0));
        Carry([.. items.Where(static item => !item.IsTombstone), .. gone]);
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        Carry([item]);
        return true;
    }

    public void Apply(ChangeSet changeSet)
    {
        switch (changeSet.Kind)
        {
            case ChangeSetKind.Full:
                Init(new DataSet([.. changeSet.Items.OfType<ItemDescriptor<Flag>>()], [.. changeSet.Items.OfType<ItemDescriptor<Segment>>()]));
                break;
            case ChangeSetKind.Partial:
                Carry(changeSet.Items);
                break;
        }
    }

    public void ReportValid()
    {
        if (Interlocked.Exchange(ref _lastError, null) is not null)
        {
            ServeLog.Recovered(_logger);
        }

        _firstOutcome.TrySetResult(null);
    }

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) => Fail(message);

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => Fail(message);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => Fail(message);

    public async ValueTask DisposeAsync()
    {
        if (_synchronizer is not null)
        {
            await _synchronizer.DisposeAsync();
        }
    }

    private void Report(IReadOnlyCollection<QuarantinedItem> quarantined)
    {
        var now = quarantined.ToHashSet();
        foreach (var item in now.Where(item => !_quarantined.Contains(item)))
        {
            ServeLog.Quarantined(_logger, item.Kind.Noun(), item.Key, item.Problem);
        }

        _quarantined = now;
        var before = _malformed;
        _malformed = now.Count == 0 ? null : string.Join(' ', now.Take(ShownProblems).Select(static item => item.Problem));
        if (before is not null && now.Count == 0)
        {
            ServeLog.Recovered(_logger);
        }
    }

    private void Fail(string message)
    {
        // The first failure ends the start and is reported there.
        if (_firstOutcome.TrySetResult(message))
        {
            return;
        }

        if (Interlocked.Exchange(ref _lastError, message) != message)
        {
            ServeLog.BadEdit(_logger, message);
        }
    }

    private void Carry(IReadOnlyList<ItemDescriptor> items)
    {
        var edited = new List<ItemDescriptor>();
        var read = new Dictionary<(DataKind Kind, string Key), byte[]>(_lastRead);
        foreach (var item in items)
        {
            var id = (item.Kind, item.Key);
            if (item.IsTombstone)
            {
                if (read.Remove(id))
                {
                    edited.Add(item);
                }

                continue;
            }

            // A reload gives all items a new version; only the rest of an item tells whether it was edited.
            var content = ItemJson.WithVersion(item.ToUtf8Json(), 0);
            if (!read.TryGetValue(id, out var before) || !before.AsSpan().SequenceEqual(content))
            {
                read[id] = content;
                edited.Add(item);
            }
        }

        var change = _apply(edited);

        // Only now: what could not be carried is carried next time.
        _lastRead = read;
        if (change is not null && _firstOutcome.Task.IsCompleted)
        {
            ServeLog.FileEdited(_logger, Describe(change));
        }
    }

    private static string Describe(RepositoryChange change)
    {
        const int Shown = 5;
        var names = string.Join(", ", change.Items.Take(Shown).Select(static item => $"{item.Kind.Noun()} {item.Key}{(item.IsTombstone ? " (deleted)" : "")}"));
        return change.Items.Count > Shown ? $"{names} and {change.Items.Count - Shown} more" : names;
    }
}
