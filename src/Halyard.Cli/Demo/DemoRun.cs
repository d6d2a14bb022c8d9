using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Halyard.Model;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary>
/// The main job, on a real socket: serve flags, evaluate, follow edits, outlive an outage. Every step states what it
/// expects, and the demo fails where that does not come true.
/// </summary>
internal sealed class DemoRun(CliEnvironment environment)
{
    private const string SdkKey = "demo-key";
    private const string Segment = "beta-testers";
    private const string NewMember = "u-chloe";
    private const string Banner = "maintenance-banner";
    private const int BannerLimit = 48;
    private const string KillSwitch = "kill-recommendations";

    // Far more than anything here takes, also on a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly string[] Shown = ["checkout-redesign", "express-pay-button", "review-summaries", "max-cart-items"];

    private readonly DemoPrinter _print = new(environment.Console);
    private readonly TimeProvider _time = environment.TimeProvider;
    private readonly Context _chloe = DemoData.ContextOf(NewMember);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("halyard-demo-");
        try
        {
            var file = Path.Combine(directory.FullName, "flags.json");
            await File.WriteAllTextAsync(file, DemoData.FlagsJson, cancellationToken);
            _print.Title("Halyard demo", "A flag server and a client in this process, connected over a real socket.");

            await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [file], SdkKey = SdkKey, TimeProvider = _time }, cancellationToken);
            await using var client = await ConnectAsync(server, cancellationToken);
            Evaluate(client);
            await EditSegmentAsync(server, client, file, cancellationToken);
            await ChangeFlagAsync(server, client, cancellationToken);
            await OutliveOutageAsync(server, client, cancellationToken);
            await new DemoStoreAct(_print, _time, _chloe).RunAsync(directory.FullName, file, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        _print.Title("All as expected.", "Now with your own flags:");
        _print.Say($"halyard serve flags.json                            serve a file to any SDK, and open its page");
        _print.Say($"halyard eval --file flags.json --key some-user      evaluate its flags");
        _print.Say($"halyard watch --file flags.json --key some-user     watch them as you edit");
        _print.Say($"halyard sync --file flags.json --sqlite flags.db    copy them into a store");
    }

    private async Task<Client> ConnectAsync(DevServer server, CancellationToken cancellationToken)
    {
        _print.Step("Serve a flag file, and connect a client by streaming");
        var started = _time.GetTimestamp();
        var client = await Client.StartAsync(
            new ClientOptions
            {
                SdkKey = SdkKey,
                Endpoints = ServiceEndpoints.At(server.BaseUri),
                DataSystem = DataSystem.Streaming(),
                StartTimeout = Limit,
                TimeProvider = _time,
            },
            cancellationToken);
        var took = _time.GetElapsedTime(started);
        var served = server.Repository.Current;
        _print.Expect(true, client.Initialized, $"the client to have data");
        _print.Expect(DataSourceState.Valid, client.DataSourceStatus.Current.State, $"the data source to be valid");
        _print.Expect(served.CountLive(DataKind.Flag), FlagReading.All(client, _chloe).Count, $"the client to hold all flags");
        _print.Done($"{served.CountLive(DataKind.Flag)} flags and {served.CountLive(DataKind.Segment)} segments served at {server.BaseUri}");
        _print.Done($"client started with all of them in {DemoPrinter.Milliseconds(took)}");
        return client;
    }

    private void Evaluate(Client client)
    {
        _print.Step("Evaluate: every value comes with its reason");
        var people = new[] { ("Ada", DemoData.ContextOf("u-ada")), ("Chloe", _chloe), ("Ines", DemoData.ContextOf("u-ines")) };
        _print.Say($"Ada is staff, Chloe a customer, Ines buys for an organisation.");
        var table = FlagTable.Create("flag", "for", "value", "reason");
        foreach (var flag in Shown)
        {
            var heading = flag;
            foreach (var (name, context) in people)
            {
                var detail = client.JsonVariationDetail(flag, context, Value.Null);
                table.AddRow(new Text(heading), new Text(name), FlagTable.Value(detail.Value), FlagTable.Reason(detail.Reason));
                heading = "";
            }
        }

        _print.Show(table);
        ExpectValue(client, "checkout-redesign", people[0].Item2, true, EvaluationReason.RuleMatch(0, "staff-first"));
        ExpectValue(client, "checkout-redesign", _chloe, false, EvaluationReason.Fallthrough);
        ExpectValue(client, "express-pay-button", _chloe, false, EvaluationReason.PrerequisiteFailed("checkout-redesign"));
        ExpectValue(client, "review-summaries", _chloe, false, EvaluationReason.Fallthrough);
        ExpectValue(client, "max-cart-items", people[2].Item2, 1000, EvaluationReason.RuleMatch(0, "enterprise"));
        _print.Done($"rules, segments, prerequisites and rollouts give what the file says");
    }

    private async Task EditSegmentAsync(DevServer server, Client client, string file, CancellationToken cancellationToken)
    {
        _print.Step($"Edit the file: let Chloe into the segment {Segment}");
        var before = FlagReading.All(client, _chloe);
        await using var changes = client.FlagChanges.GetAsyncEnumerator(cancellationToken);
        var edited = DemoData.WithSegmentMember(await File.ReadAllTextAsync(file, cancellationToken), Segment, NewMember);
        var sent = new List<RepositoryItem>();
        server.Repository.Changed += change => sent.AddRange(change.Items);
        var started = _time.GetTimestamp();
        await File.WriteAllTextAsync(file, edited, cancellationToken);
        await _print.ExpectSoonAsync(changes.MoveNextAsync().AsTask(), Limit, $"the client to see the edit", cancellationToken);
        var took = _time.GetElapsedTime(started);
        var keys = changes.Current.Keys.Order(StringComparer.Ordinal).ToList();

        var after = FlagReading.All(client, _chloe);
        var held = client.Store.Snapshot();
        var data = new DataSet(held.AllFlags(), held.AllSegments());
        var table = FlagTable.Create("flag", "before", "now", "because it depends on");
        foreach (var key in keys)
        {
            table.AddRow(
                new Text(key),
                FlagTable.Value(before[key].Value),
                FlagTable.Value(after[key].Value),
                new Text(DependencyPath.Find(data, key, DataKind.Segment, Segment) ?? "nothing that changed"));
        }

        _print.Show(table);
        _print.Expect("checkout-redesign, express-pay-button, review-summaries", string.Join(", ", keys), $"these flags to be announced, and no other");
        ExpectValue(client, "checkout-redesign", _chloe, true, EvaluationReason.RuleMatch(1, Segment));
        ExpectValue(client, "express-pay-button", _chloe, true, EvaluationReason.RuleMatch(0, "payment-countries"));
        ExpectValue(client, "review-summaries", _chloe, true, EvaluationReason.RuleMatch(0, Segment));
        _print.Expect($"segment {Segment}", string.Join(", ", sent.Select(static item => $"{item.Kind.Noun()} {item.Key}")), $"nothing but the segment to be sent");
        _print.Done($"the segment alone was sent; {keys.Count} dependent flags were announced, {before.Count - keys.Count} were not");
        _print.Done($"from the saved file to the client: {DemoPrinter.Milliseconds(took)} (the watch waits 50 ms for quiet)");
    }

    private async Task ChangeFlagAsync(DevServer server, Client client, CancellationToken cancellationToken)
    {
        _print.Step($"Change a flag over the server's JSON API");
        using var http = new HttpClient { BaseAddress = server.BaseUri, Timeout = Limit };
        http.DefaultRequestHeaders.Authorization = new("Bearer", SdkKey);
        _print.Say($"PATCH {server.BaseUri}api/flags/{Banner}  {{\"on\":true}}");
        var (change, took) = await ChangeAsync(client, Banner, () => PatchAsync(http, Banner, """{"on":true}""", cancellationToken), cancellationToken);
        _print.Expect("\"\"", change.OldValue.ToString(), $"the old banner to be empty");
        ExpectValue(client, Banner, _chloe, change.NewValue, EvaluationReason.Fallthrough);
        _print.Done($"{Banner}: {change.OldValue} → {FlagTable.Short(change.NewValue.ToString(), BannerLimit)}");
        _print.Done($"from the request to the client's listener: {DemoPrinter.Milliseconds(took)}");
    }

    private async Task OutliveOutageAsync(DevServer server, Client client, CancellationToken cancellationToken)
    {
        _print.Step("Stop the server: the client keeps the last known data");
        var before = FlagReading.All(client, _chloe);
        await server.StopListeningAsync();
        var interrupted = client.DataSourceStatus.WaitForAsync(DataSourceState.Interrupted, Limit, cancellationToken);
        _print.Expect(true, await interrupted, $"the data source to be interrupted");
        var status = client.DataSourceStatus.Current;
        var during = FlagReading.All(client, _chloe);
        _print.Done($"data source: {status.State} by {status.LastError?.Kind}, data from {status.DataUpdatedAt?.ToLocalTime():HH:mm:ss.fff}");
        _print.Expect(before.Count, during.Count(flag => before[flag.Key] == flag.Value), $"all values to stay as they were");
        _print.Done($"{during.Count} of {before.Count} flags still give their last known values, with reasons");

        server.Patch(DataKind.Flag, KillSwitch, """{"on":true}""");
        _print.Say($"Meanwhile somebody turns {KillSwitch} on; the client cannot know yet.");
        _print.Expect(false, client.BoolVariation(KillSwitch, _chloe, false), $"{KillSwitch} to be unknown to the client as yet");

        _print.Step("Start the server again, on the same port");
        var (change, took) = await ChangeAsync(client, KillSwitch, () => server.ResumeListeningAsync(cancellationToken), cancellationToken);
        _print.Expect(true, await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, Limit, cancellationToken), $"the data source to be valid again");
        ExpectValue(client, KillSwitch, _chloe, true, EvaluationReason.Fallthrough);
        _print.Done($"data source: {client.DataSourceStatus.Current.State}; the client came back by itself");
        _print.Done($"{KillSwitch}: {change.OldValue} → {change.NewValue}, {DemoPrinter.Milliseconds(took)} after the server was back");
    }

    /// <summary>Does something and waits until the value that a flag gives Chloe changes.</summary>
    private async Task<(FlagValueChange Change, TimeSpan Took)> ChangeAsync(Client client, string flag, Func<Task> act, CancellationToken cancellationToken)
    {
        var seen = new TaskCompletionSource<(FlagValueChange, long)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var tracking = client.TrackValue(flag, _chloe, change => seen.TrySetResult((change, _time.GetTimestamp())));
        var started = _time.GetTimestamp();
        await act();
        var (change, at) = await _print.ExpectSoonAsync(seen.Task, Limit, $"{flag} to change", cancellationToken);
        return (change, _time.GetElapsedTime(started, at));
    }

    private void ExpectValue(Client client, string flag, Context context, Value value, EvaluationReason reason)
    {
        var detail = client.JsonVariationDetail(flag, context, Value.Null);
        _print.Expect(
            string.Create(CultureInfo.InvariantCulture, $"{value} by {reason}"),
            string.Create(CultureInfo.InvariantCulture, $"{detail.Value} by {detail.Reason}"),
            $"{flag} for {context.FullyQualifiedKey}");
    }

    private static async Task PatchAsync(HttpClient http, string flag, string json, CancellationToken cancellationToken)
    {
        using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await http.PatchAsync(new Uri($"api/flags/{flag}", UriKind.Relative), content, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
