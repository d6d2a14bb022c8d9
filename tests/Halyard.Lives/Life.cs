using System.Diagnostics;
using Halyard.Lives.Foreign;
using Halyard.Lives.Plan;

namespace Halyard.Lives;

/// <summary>One life of a client, from its making to its end, and what must hold of it.</summary>
internal sealed class Life(LifePlan plan, LoopbackService loopback, string folder, bool isTold)
{
    // Of the machine's time. A client's patience with what is not its own is a hundredth of what it is elsewhere.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly List<Task> _open = [];
    private volatile string _step = "the making";
    private volatile Task? _disposedByListener;
    private volatile bool _ended;
    private int _disposes;

    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>How long it has lasted, of the machine's time.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_began);

    /// <summary>What is being done.</summary>
    public string At => _step;

    public LifePlan Plan => plan;

    public async Task<LifeResult> RunAsync()
    {
        using var around = new Surroundings(plan, loopback, folder);
        WeakReference? held = null;
        try
        {
            var client = Make(around);
            if (client is not null)
            {
                held = new(client);
                await LiveAsync(client, around);
            }

            around.Release();
            Step("what is left");
            await UntilNothingIsLeftAsync(around);
            return new(plan, null, held);
        }
        catch (Exception e)
        {
            return new(plan, $"at {_step}: {(e is LifeException or TimeoutException ? e.Message : e)}", null);
        }
        finally
        {
            around.Release();
        }
    }

    private Client? Make(Surroundings around)
    {
        try
        {
            return Client.Create(around.Options());
        }
        catch (IOException) when (plan.CannotBeMade)
        {
            return null;
        }
    }

    private async Task LiveAsync(Client client, Surroundings around)
    {
        Listen(client, around);
        var before = EnumerateAsync(client);
        var start = Start(client, around.Dice);
        if (plan.End is not (EndKind.DuringStart or EndKind.DuringCancelledStart))
        {
            Step("the start");
            await start.WaitAsync(Longest);
        }

        Step("its use");
        var users = Enumerable.Range(0, plan.Users).Select(i => Task.Run(() => UseAsync(client, new(plan.Number, 10 + (ulong)i), around))).ToArray();
        if (around.Dice.Chance(0.5))
        {
            await Task.WhenAll(users).WaitAsync(Longest);
        }

        await Task.Delay(plan.Rest);
        _open.Add(before);
        _open.Add(EnumerateAsync(client));
        _open.Add(client.DataSourceStatus.WaitForAsync(DataSourceState.Off, Timeout.InfiniteTimeSpan));
        _open.Add(client.DataSourceStatus.WaitForAsync(DataSourceState.Interrupted, Timeout.InfiniteTimeSpan));
        Step($"the end ({plan.End})");
        var began = Stopwatch.GetTimestamp();
        await EndAsync(client, around).WaitAsync(Longest);
        var took = Stopwatch.GetElapsedTime(began);
        Step("after the end");
        _ended = true;
        await client.DisposeAsync().AsTask().WaitAsync(Longest);
        _open.Add(EnumerateAsync(client));
        await StartAgainAsync(client);
        around.Stir();
        Require(client.DataSourceStatus.Current.State == DataSourceState.Off, "the status is not Off");
        await Task.WhenAll(_open).WaitAsync(Longest);
        Step("the start, which the end has ended");
        await start.WaitAsync(Longest);
        around.Release();
        Step("the users");
        await Task.WhenAll(users).WaitAsync(Longest);
        await Deeds.DoAsync(client, around.Dice, Step).WaitAsync(Longest);
        if (isTold)
        {
            Console.WriteLine($"  the end took {took.TotalMilliseconds:0} ms");
        }
    }

    // The start's outcome, but for what a start may throw.
    private async Task Start(Client client, Dice dice)
    {
        if (plan.End == EndKind.NeverStarted)
        {
            return;
        }

        using var cancelled = new CancellationTokenSource();
        if (plan.End == EndKind.DuringCancelledStart)
        {
            cancelled.CancelAfter(dice.Below(20));
        }

        try
        {
            await client.StartAsync(cancelled.Token);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // As it should.
        }
        catch (ObjectDisposedException) when (_disposes > 0)
        {
            // As it should.
        }
        catch (IOException e) when (IsOfTheSource(e))
        {
            // What a source of the application's throws as it starts is told to who starts it.
        }
        catch (OperationCanceledException) when (plan.Kind == LifeKind.Custom)
        {
            // As above.
        }
    }

    private bool IsOfTheSource(Exception e) => plan.Kind == LifeKind.Custom && e.Message.Contains("source", StringComparison.Ordinal);

    private async Task StartAgainAsync(Client client)
    {
        try
        {
            await client.StartAsync().WaitAsync(Longest);
            throw new LifeException("a client that has ended was started");
        }
        catch (ObjectDisposedException)
        {
            // As it should.
        }
    }

    private async Task UseAsync(Client client, Dice dice, Surroundings around)
    {
        var goesOn = dice.Chance(0.5);
        for (var i = 0; i < plan.Deeds || (goesOn && !_ended && i < 2000); i++)
        {
            await Deeds.DoAsync(client, dice, isTold ? Step : static _ => { }).WaitAsync(Longest);
            if (dice.Chance(0.1))
            {
                around.Stir();
            }
        }
    }

    private void Listen(Client client, Surroundings around)
    {
        var dice = new Dice(plan.Number, 7);
        void Hear()
        {
            if (plan.End is EndKind.FromListener or EndKind.FromBlockedListener && Interlocked.Increment(ref _disposes) == 1)
            {
                _disposedByListener = client.DisposeAsync().AsTask();
                if (plan.End == EndKind.FromBlockedListener)
                {
                    _disposedByListener.Wait();
                }
            }

            switch (plan.Listener)
            {
                case ListenerFault.Throws:
                    throw new InvalidOperationException("The listener fails.");
                case ListenerFault.Blocks:
                    around.Source.Block();
                    break;
                case ListenerFault.Reads:
                    _ = client.BoolVariation("f0", Deeds.User(dice), false);
                    break;
            }
        }

        client.FlagChanges.Changed += _ => Hear();
        client.DataSourceStatus.Changed += _ => Hear();
        client.BigSegmentStoreStatus.Changed += _ => Hear();
        client.TrackValue("f1", Deeds.User(dice), _ => Hear());
    }

    private static async Task EnumerateAsync(Client client)
    {
        await foreach (var change in client.FlagChanges)
        {
            _ = change.Keys;
        }
    }

    private async Task EndAsync(Client client, Surroundings around)
    {
        switch (plan.End)
        {
            case EndKind.FromListener or EndKind.FromBlockedListener:
                // Whatever else happens, the listeners hear of this.
                client.Overrides.Set("f0", true);
                client.Overrides.Remove("f0");
                client.Overrides.Set("f0", false);
                while (_disposedByListener is null)
                {
                    await Task.Delay(1);
                }

                await _disposedByListener;
                return;
            case EndKind.AtOnce:
                Interlocked.Increment(ref _disposes);
                await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => client.DisposeAsync().AsTask())));
                return;
            case EndKind.Blocking:
                Interlocked.Increment(ref _disposes);
                await Task.Run(client.Dispose);
                return;
            case EndKind.BlockingAndNot:
                Interlocked.Increment(ref _disposes);
                await Task.WhenAll(Task.Run(client.Dispose), Task.Run(() => client.DisposeAsync().AsTask()));
                return;
            case EndKind.DuringStart or EndKind.DuringCancelledStart:
                await Task.Delay(around.Dice.Below(20));
                break;
        }

        Interlocked.Increment(ref _disposes);
        await client.DisposeAsync();
        if (plan.End == EndKind.Twice)
        {
            await client.DisposeAsync();
        }
    }

    private static async Task UntilNothingIsLeftAsync(Surroundings around)
    {
        var began = Stopwatch.GetTimestamp();
        while (around.Left() is { } left)
        {
            Require(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20), $"left are {left}");
            await Task.Delay(5);
        }
    }

    private void Step(string step)
    {
        _step = step;
        if (isTold)
        {
            Console.WriteLine($"  {step}");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new LifeException(otherwise);
        }
    }
}
