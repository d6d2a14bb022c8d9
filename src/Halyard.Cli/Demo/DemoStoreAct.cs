using System.Globalization;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary>
/// The demo's second act: the same flags in a persistent store, read as they are needed: what comes as a miss, a hit,
/// refreshed or stale, and when a change of the store is seen.
/// </summary>
internal sealed class DemoStoreAct(DemoPrinter print, TimeProvider time, Context chloe)
{
    private const string Dependent = "express-pay-button";
    private const string Banner = "maintenance-banner";
    private const int ValueLimit = 24;

    private const string Hit = "hit";
    private const string Miss = "miss";
    private const string Refreshed = "refreshed";
    private const string Stale = "stale";

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task RunAsync(string folder, string flagFile, CancellationToken cancellationToken)
    {
        print.Step("Copy the file into an SQLite store, as halyard sync does");
        var home = Path.Combine(folder, "store");
        var store = new SqliteStore(Path.Combine(home, "flags.db"));
        var items = await FillAsync(store, flagFile, cancellationToken);

        print.Step(string.Create(CultureInfo.InvariantCulture, $"Read the store lazily: an item stays fresh for {Ttl.TotalSeconds:0.0} s"));
        using var hits = new CacheHits();
        await using var client = await Client.StartAsync(
            new ClientOptions
            {
                DataSystem = new LazyLoadOptions(store) { Ttl = Ttl, TtlJitter = 0, ListenForChanges = false },
                StartTimeout = Limit,
                TimeProvider = time,
            },
            cancellationToken);
        print.Expect(true, client.Initialized, $"the store to be complete");
        var reader = new Reader(client, hits, time, chloe);
        print.Expect(0, reader.Statistics.Flags, $"nothing to be read before it is needed");

        Read(reader, Dependent, "first read", Miss, Value.Of(true));
        var reached = reader.Statistics;
        print.Expect(true, reached.Flags > 1 && reached.Segments > 0, $"the flag's prerequisite and segments to be read with it");
        Read(reader, Dependent, "again", Hit, Value.Of(true));
        var off = Read(reader, Banner, "first read", Miss, Value.Of(""));
        Read(reader, Banner, "again", Hit, off);

        var changed = DemoData.TurnedOn(items.Single(static item => item.Key == Banner));
        await using (var writer = store.CreateWriter(new(NullLoggerFactory.Instance, time)))
        {
            print.Expect(true, await writer.UpsertAsync(changed, cancellationToken), $"the store to take the newer version");
        }

        var changedAt = time.GetTimestamp();
        Read(reader, Banner, "changed in the store", Hit, off);
        await Task.Delay(Ttl + Margin, time, cancellationToken);
        var on = Read(reader, Banner, "after its time", Refreshed);
        var visible = time.GetElapsedTime(changedAt);
        print.Expect(true, on != off, $"the change to be seen after the item's time");

        await Task.Delay(Ttl + Margin, time, cancellationToken);
        Directory.Move(home, home + "-away");
        Read(reader, Banner, "store taken away", Stale, on);

        // A read that fails, also when it is tried again, is no outage yet; the look at the store a second later says so.
        print.Expect(
            true, await client.DataSourceStatus.WaitForAsync(DataSourceState.Interrupted, Limit, cancellationToken), $"the store's loss to be noticed");
        var error = client.DataSourceStatus.Current.LastError;
        Directory.Move(home + "-away", home);
        print.Expect(true, await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Limit, cancellationToken), $"the store to be found again");
        var back = await print.ExpectSoonAsync(RefreshedAsync(reader, cancellationToken), Limit, $"the item to be refreshed", cancellationToken);
        Add(reader, Banner, "store back", back);
        print.Expect(on, back.Value, $"{Banner} (store back)");

        var segments = items.Count(static item => item.Kind == DataKind.Segment);
        print.Done($"{Dependent} needed {reached.Flags} of {items.Length - segments} flags and {reached.Segments} of {segments} segments; no more was read");
        print.Done($"the change in the store became visible {DemoPrinter.Milliseconds(visible)} after it was made, as the item's time was over");
        print.Done($"without its store the client served the outdated value: {DataSourceState.Interrupted} by {error?.Kind}; it came back by itself");
    }

    private async Task<SerializedItem[]> FillAsync(SqliteStore store, string flagFile, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        SerializedItem[] items;
        await using (var source = await Client.StartAsync(
            new ClientOptions { DataSystem = FlagFiles.Source([flagFile], follow: false), StartTimeout = Limit, TimeProvider = time }, cancellationToken))
        {
            print.Expect(true, source.Initialized, $"the file to be read");
            items = StoreOrder.ItemsOf(source.Store.Snapshot());
        }

        await new StoreCopy(store, items, versionsMatter: true, time).WriteAsync(cancellationToken);
        var took = time.GetElapsedTime(started);
        var check = new StoreCopy(store, items, versionsMatter: true, time);
        await check.CompareAsync(cancellationToken);
        print.Expect(true, check.IsUpToDate, $"the store to hold the file's data and nothing else");
        print.Done($"{SyncReport.Count(items)} written in {DemoPrinter.Milliseconds(took)}, and compared");
        return items;
    }

    private Value Read(Reader reader, string flag, string when, string expected, Value? value = null)
    {
        var reading = reader.Read(flag);
        Add(reader, flag, when, reading);
        print.Expect(expected, reading.Outcome, $"the read of {flag} ({when}) to come as {expected}");
        print.Expect(value ?? reading.Value, reading.Value, $"{flag} ({when})");
        return reading.Value;
    }

    private void Add(Reader reader, string flag, string when, Reading reading)
    {
        var total = reader.Statistics;
        var color = reading.Outcome switch { Hit => Color.Green, Stale => Color.Yellow, _ => Color.Aqua };
        print.Row(
            string.Create(CultureInfo.InvariantCulture, $"{flag}, {when}"),
            reading.Outcome,
            color,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{DemoPrinter.Microseconds(reading.Took),10}   {reader.Hits} hits, {total.Misses} misses, {total.StaleServes} stale, {total.Fetches} requests   {FlagTable.Short(reading.Value.ToString(), ValueLimit)}"));
    }

    private static async Task<Reading> RefreshedAsync(Reader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reading = reader.Read(Banner);
            if (reading.Outcome == Refreshed)
            {
                return reading;
            }

            await reader.PauseAsync(Look, cancellationToken);
        }
    }

    private sealed record Reading(Value Value, string Outcome, TimeSpan Took);

    private sealed class Reader(Client client, CacheHits hits, TimeProvider time, Context context)
    {
        public LazyLoadStatistics Statistics => client.LazyLoadStatistics!;

        public long Hits => hits.Count;

        public Reading Read(string flag)
        {
            var before = Statistics;
            var isKnown = client.Store.Snapshot().GetFlag(flag) is not null;
            var started = time.GetTimestamp();
            var value = client.JsonVariation(flag, context, Value.Null);
            var took = time.GetElapsedTime(started);
            var after = Statistics;
            var outcome = after.Misses == before.Misses ? Hit : after.StaleServes > before.StaleServes ? Stale : isKnown ? Refreshed : Miss;
            return new(value, outcome, took);
        }

        public Task PauseAsync(TimeSpan span, CancellationToken cancellationToken) => Task.Delay(span, time, cancellationToken);
    }
}
