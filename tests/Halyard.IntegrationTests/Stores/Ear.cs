using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Halyard.Model;

namespace Halyard.IntegrationTests;

/// <summary>Listens to a reader's store, and keeps what it hears.</summary>
internal sealed class Ear : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Channel<StoreChange> _heard = Channel.CreateUnbounded<StoreChange>();
    private readonly List<StoreChange> _taken = [];
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _listening = Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // That everything changed may be the echo of a set written before, which the nodes of a cluster pass on to each other.
    public bool HeardAWholeKind => _taken.Any(change => change is { Kind: not null, Keys: null });

    public static async Task<Ear> OpenAsync(ISerializedDataReader reader, StoreVoice voice)
    {
        var ear = new Ear();
        if (voice == StoreVoice.Silent)
        {
            Assert.False(reader is IStoreChangeSource);
            return ear;
        }

        ear._listening = ear.ListenAsync((IStoreChangeSource)reader);
        try
        {
            Assert.Same(StoreChange.Everything, await ear._heard.Reader.ReadAsync(Token).AsTask().WaitAsync(Limit, Token));
        }
        catch (ChannelClosedException e) when (e.InnerException is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return ear;
    }

    public IEnumerable<string> Named(DataKind kind) =>
        _taken.Where(change => change.Kind == kind).SelectMany(change => change.Keys ?? []).Distinct();

    public Task HearsAsync(DataKind kind, string key) =>
        HearsAsync(change => (change.Kind ?? kind) == kind && (change.Keys?.Contains(key) ?? true));

    public Task HearsOfEverythingAsync() => HearsAsync(change => change.Kind is null);

    public Task HearsOfAllAsync() => HearsAsync(change => change.Keys is null);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _listening.WaitAsync(Limit, CancellationToken.None);
        _ended.Dispose();
    }

    private async Task HearsAsync(Func<StoreChange, bool> isIt)
    {
        StoreChange change;
        do
        {
            change = await _heard.Reader.ReadAsync(Token).AsTask().WaitAsync(Limit, Token);
            _taken.Add(change);
        }
        while (!isIt(change));
    }

    private async Task ListenAsync(IStoreChangeSource source)
    {
        try
        {
            await foreach (var change in source.ListenAsync(_ended.Token))
            {
                _heard.Writer.TryWrite(change);
            }

            _heard.Writer.TryComplete(new InvalidOperationException("It ended by itself."));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            _heard.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _heard.Writer.TryComplete(e);
        }
    }
}
