using Halyard.DataSystems.Sources.Files;

namespace Halyard.Tests.Sources;

/// <summary>The watchers of directories end with the source, whatever its loop is at.</summary>
public sealed class DirectoryWatchersTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<Watcher> _made = [];
    private Action _duringMaking = static () => { };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_watcher_that_is_still_being_made_at_the_end_is_disposed_as_soon_as_it_is()
    {
        using var watchers = Make();
        _duringMaking = watchers.Dispose;

        Assert.True(Follow(watchers));
        Assert.True(Assert.Single(_made).IsDisposed);
    }

    [Fact]
    public void After_the_end_no_watcher_is_made()
    {
        var watchers = Make();
        Follow(watchers);
        watchers.Dispose();

        Follow(watchers);
        Assert.True(Assert.Single(_made).IsDisposed);
    }

    [Fact]
    public void Watchers_that_were_dropped_are_made_again()
    {
        using var watchers = Make();
        Follow(watchers);
        watchers.DropAll();
        Follow(watchers);

        Assert.Equal([true, false], _made.Select(static watcher => watcher.IsDisposed));
    }

    private bool Follow(DirectoryWatchers watchers) => watchers.Follow([Path.GetDirectoryName(_directory["a.json"])!], make: true);

    private DirectoryWatchers Make() => new(
        StringComparer.Ordinal,
        (_, _, _) =>
        {
            _duringMaking();
            var watcher = new Watcher();
            _made.Add(watcher);
            return watcher;
        },
        static _ => { },
        static _ => { },
        static (_, _) => { });

    private sealed class Watcher : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
