using Halyard.Lives.Plan;

namespace Halyard.Lives;

/// <summary>What an application does with a client, at any moment of its life and after it. None of it may throw.</summary>
internal static class Deeds
{
    private static readonly Context[] Users = [.. Enumerable.Range(0, 5).Select(static i => Context.New($"user-{i}"))];

    private static readonly (string Name, Func<Client, Dice, CancellationToken, Task> Do)[] All =
    [
        ("a read", static (client, dice, _) => Of(client.BoolVariation(Key(dice), User(dice), dice.Chance(0.5)))),
        ("a read with its reason", static (client, dice, _) => Of(client.StringVariationDetail(Key(dice), User(dice), "x"))),
        ("a read to be awaited", static async (client, dice, _) => await client.JsonVariationAsync(Key(dice), User(dice), default)),
        ("a read that may be cancelled", static async (client, dice, cancelled) => await client.BoolVariationAsync(Key(dice), User(dice), false, cancelled)),
        ("a read of a migration", static (client, dice, _) => Of(client.MigrationVariation(Key(dice), User(dice), MigrationStage.Live))),
        ("all flags", static (client, dice, _) => Of(client.AllFlagsState(User(dice)))),
        ("all flags to be awaited", static async (client, dice, cancelled) => await client.AllFlagsStateAsync(User(dice), cancellationToken: cancelled)),
        ("an event", static (client, dice, _) => Do(() => client.Track("event", User(dice), default, 1))),
        ("an identification", static (client, dice, _) => Do(() => client.Identify(User(dice)))),
        ("a flush", static (client, _, _) => Do(client.Flush)),
        ("a flush to be awaited", static async (client, _, _) => await client.FlushAsync(CancellationToken.None)),
        ("an item", static async (client, dice, cancelled) => await client.Store.GetFlagAsync(Key(dice), cancelled)),
        ("all items", static (client, _, _) => Of(client.Store.AllSegments())),
        ("an override", static (client, dice, _) => Do(() => client.Overrides.Set(Key(dice), dice.Chance(0.5)))),
        ("no override", static (client, dice, _) => Of(client.Overrides.Remove(Key(dice)))),
        ("no overrides", static (client, _, _) => Do(client.Overrides.Clear)),
        ("the status", static (client, _, _) => Of((client.DataSourceStatus.Current, client.LazyLoadStatistics, client.WriteThroughStatus, client.Initialized))),
        ("a wait for a state", static async (client, dice, cancelled) =>
            await client.DataSourceStatus.WaitForAsync(dice.Pick(DataSourceState.Valid, DataSourceState.Interrupted), TimeSpan.FromSeconds(1), cancelled)),
        ("the big segments' status", static async (client, _, cancelled) => await client.BigSegmentStoreStatus.GetAsync(cancelled)),
        ("a value that is tracked", static (client, dice, _) => Do(() => client.TrackValue(Key(dice), User(dice), static _ => { }).Dispose())),
        ("an enumeration that is left", static async (client, _, cancelled) =>
        {
            await using var changes = client.FlagChanges.GetAsyncEnumerator(cancelled);
            await changes.MoveNextAsync();
        }),
    ];

    /// <summary>One deed; what it throws comes out, but for a cancellation that was asked for.</summary>
    public static async Task DoAsync(Client client, Dice dice, Action<string> step)
    {
        var (name, deed) = All[dice.Below(All.Length)];
        using var cancelled = new CancellationTokenSource(dice.Below(20));
        step(name);
        try
        {
            await deed(client, dice, cancelled.Token);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // As it should.
        }
        catch (Exception e)
        {
            throw new LifeException($"{name} threw {e}");
        }
    }

    public static Context User(Dice dice) => Users[dice.Below(Users.Length)];

    private static string Key(Dice dice) => dice.Pick("f0", "f1", "f2", "f3", "nothing");

    private static Task Of<T>(T value)
    {
        _ = value;
        return Task.CompletedTask;
    }

    private static Task Do(Action deed)
    {
        deed();
        return Task.CompletedTask;
    }
}
