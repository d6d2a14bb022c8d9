using System.Text.Json.Nodes;
using Halyard.Tests.AnalyticsEvents;

namespace Halyard.Tests.Migrations;

public sealed class MigrationTests
{
    private static readonly Context User = Context.New("user-1");

    public static TheoryData<MigrationStage, string, string> Stages => new()
    {
        // The stage, then whom it reads and whom it writes, the one that counts first.
        { MigrationStage.Off, "old", "old" },
        { MigrationStage.DualWrite, "old", "old new" },
        { MigrationStage.Shadow, "old new", "old new" },
        { MigrationStage.Live, "new old", "new old" },
        { MigrationStage.RampDown, "new", "new old" },
        { MigrationStage.Complete, "new", "new" },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Each_stage_calls_its_origins_in_order(MigrationStage stage, string reads, string writes)
    {
        await using var f = await StartAsync(stage.ToText());
        var calls = new List<string>();
        var migration = Make(f.Client, calls);
        var read = await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.Equal(reads.Split(' '), calls);
        Assert.Equal(("read " + calls[0], true), (read.Value, read.IsSuccess));

        calls.Clear();
        var write = await migration.WriteAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.Equal(writes.Split(' '), calls);
        Assert.Equal("write " + calls[0], write.Authoritative.GetValueOrThrow());
        Assert.Equal(calls.Count == 2 ? "write " + calls[1] : null, write.NonAuthoritative?.Value);
        Assert.True(write.IsSuccess);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_failure_of_the_origin_that_counts_is_the_result_and_ends_a_write(MigrationStage stage, string reads, string writes)
    {
        var counting = writes.Split(' ')[0];
        await using var f = await StartAsync(stage.ToText());
        var calls = new List<string>();
        var migration = Make(f.Client, calls, failing: counting);
        var read = await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.Equal(reads.Split(' '), calls);
        Assert.False(read.IsSuccess);
        Assert.Throws<InvalidOperationException>(() => read.GetValueOrThrow());

        calls.Clear();
        var write = await migration.WriteAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.Equal([counting], calls);
        Assert.False(write.IsSuccess);
        Assert.Null(write.NonAuthoritative);

        var events = (await f.FlushAsync()).Where(e => (string)e!["kind"]! == "migration_op").ToArray();
        Assert.Equal(2, events.Length);
        foreach (var e in events)
        {
            EventsFixture.Same($$$"""{"key":"error","values":{"{{{counting}}}":true}}""", Measurement(e!, "error"));
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task A_failure_of_the_other_origin_does_not_reach_the_result(MigrationStage stage, string reads, string writes)
    {
        var other = writes.Split(' ')[0] == "old" ? "new" : "old";
        await using var f = await StartAsync(stage.ToText());
        var migration = Make(f.Client, [], failing: other);
        Assert.True((await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token)).IsSuccess);
        var write = await migration.WriteAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.True(write.IsSuccess);
        Assert.Equal(writes.Contains(other, StringComparison.Ordinal), write.NonAuthoritative is { IsSuccess: false });
        var events = (await f.FlushAsync()).Where(e => (string)e!["kind"]! == "migration_op").ToArray();
        Assert.Equal(reads.Contains(other, StringComparison.Ordinal), Measurement(events[0]!, "error") is not null);
        Assert.Equal(writes.Contains(other, StringComparison.Ordinal), Measurement(events[1]!, "error") is not null);
        Assert.Null(Measurement(events[0]!, "consistent"));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task The_variation_gives_the_stage_and_is_reported_as_an_evaluation(MigrationStage stage, string reads, string writes)
    {
        _ = (reads, writes);
        await using var f = await StartAsync(stage.ToText());
        Assert.Equal(stage, f.Client.MigrationVariation("m", User, MigrationStage.Live).Stage);
        Assert.Equal(stage, (await f.Client.MigrationVariationAsync("m", User, MigrationStage.Live, Clients.Clients.Token)).Stage);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$"""
            {"default":"live","contextKinds":["user"],"counters":[{"variation":0,"version":1,"value":"{{{stage.ToText()}}}","count":2}]}
            """, events[1]!["features"]!["m"]);
    }

    [Theory]
    [InlineData("\"sideways\"", EvaluationErrorKind.WrongType)]
    [InlineData("\"Live\"", EvaluationErrorKind.WrongType)]
    [InlineData("true", EvaluationErrorKind.WrongType)]
    [InlineData(null, EvaluationErrorKind.FlagNotFound)]
    public async Task What_is_no_stage_gives_the_default(string? value, EvaluationErrorKind error)
    {
        await using var f = await EventsFixture.StartAsync();
        if (value is not null)
        {
            f.Data.UpdateFlagJson($$$"""{"key":"m","version":1,"on":true,"fallthrough":{"variation":0},"variations":[{{{value}}}],"salt":""}""");
        }

        var decision = f.Client.MigrationVariation("m", User, MigrationStage.RampDown);
        Assert.Equal((MigrationStage.RampDown, error), (decision.Stage, decision.Reason.ErrorKind));
        Assert.Equal(MigrationStage.Off, f.Client.MigrationVariation(null!, null!, MigrationStage.Off).Stage);
    }

    [Fact]
    public async Task An_operation_is_reported_with_all_that_was_measured()
    {
        await using var f = await StartAsync("live", """ "samplingRatio":1,"migration":{"checkRatio":1}, """);
        var migration = new Migration<string, string, string, string>(f.Client, new()
        {
            ReadOld = (_, _) => Taking(f, 20, "same"),
            ReadNew = (_, _) => Taking(f, 30, "same"),
            WriteOld = (_, _) => throw new NotSupportedException(),
            WriteNew = (_, _) => throw new NotSupportedException(),
            IsConsistent = (a, b) => a == b,
            ReadOrder = MigrationReadOrder.Serial,
        });
        await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "migration_op", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$"""
            {"kind":"migration_op","creationDate":{{{EventsFixture.Now + 50}}},"operation":"read","context":{"kind":"user","key":"user-1"},
             "evaluation":{"key":"m","value":"live","default":"off","variation":0,"version":1,"reason":{"kind":"FALLTHROUGH"}},
             "measurements":[{"key":"invoked","values":{"old":true,"new":true}},{"key":"consistent","value":true,"samplingRatio":1},
               {"key":"latency_ms","values":{"old":20,"new":30}}]}
            """, events[1]);
    }

    [Fact]
    public async Task A_write_reports_latency_and_error_only_if_told_to()
    {
        await using var f = await StartAsync("off");
        var migration = new Migration<string, string, string, string>(f.Client, new()
        {
            ReadOld = (_, _) => new("x"),
            ReadNew = (_, _) => new("x"),
            WriteOld = (_, _) => throw new InvalidOperationException("no"),
            WriteNew = (_, _) => new("x"),
            TrackErrors = false,
            TrackLatency = false,
        });
        await migration.WriteAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        var operation = (await f.FlushAsync())[1]!;
        Assert.Equal("write", (string)operation["operation"]!);
        EventsFixture.Same("""[{"key":"invoked","values":{"old":true}}]""", operation["measurements"]);
    }

    [Theory]
    [InlineData(MigrationStage.Shadow, "a", "a", true)]
    [InlineData(MigrationStage.Shadow, "a", "b", false)]
    [InlineData(MigrationStage.Live, "a", "b", false)]
    [InlineData(MigrationStage.Live, "a", "throw", null)]
    [InlineData(MigrationStage.Off, "a", "a", null)]
    [InlineData(MigrationStage.RampDown, "a", "a", null)]
    public async Task Answers_are_compared_where_there_are_two(MigrationStage stage, string old, string @new, bool? consistent)
    {
        await using var f = await StartAsync(stage.ToText());
        var migration = new Migration<string, string, string, string>(f.Client, new()
        {
            ReadOld = (_, _) => new(old),
            ReadNew = (_, _) => new(@new),
            WriteOld = (_, _) => new("x"),
            WriteNew = (_, _) => new("x"),
            IsConsistent = (a, b) => b == "throw" ? throw new InvalidOperationException() : (a, b) == (old, @new) && a == b,
        });
        Assert.True((await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token)).IsSuccess);
        Assert.Equal(consistent, (bool?)Measurement((await f.FlushAsync())[1]!, "consistent")?["value"]);
    }

    [Theory]
    [InlineData(0L, 0.0, 0)]
    [InlineData(5L, 0.1, 1)]
    [InlineData(5L, 0.3, 0)]
    public async Task The_check_ratio_says_how_many_answers_are_compared(long ratio, double random, int compared)
    {
        await using var f = await StartAsync("live", $$$""" "migration":{"checkRatio":{{{ratio}}}}, """);
        var subject = f.Client.MigrationVariation("m", User, MigrationStage.Off).Tracker.Subject;
        var tracker = new MigrationTracker(subject, new(() => random));
        var times = 0;
        tracker.Consistency(() => ++times > 0);
        Assert.Equal(compared, times);
        tracker.Operation(MigrationOperation.Read);
        tracker.Invoked(MigrationOrigin.Old);
        tracker.Invoked(MigrationOrigin.New);
        f.Client.TrackMigration(tracker);
        var ratioSent = (long?)Measurement((await f.FlushAsync())[1]!, "consistent")?["samplingRatio"];
        Assert.Equal(compared == 0 ? null : ratio, ratioSent);
    }

    [Fact]
    public async Task An_operation_sampled_out_is_not_reported()
    {
        await using var f = await StartAsync("off", """ "samplingRatio":0, """);
        await Make(f.Client, []).ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token);
        Assert.Equal(["index", "summary"], EventsFixture.Kinds(await f.FlushAsync()));
    }

    [Fact]
    public async Task A_tracker_that_says_too_little_or_contradicts_itself_is_a_warning_and_no_event()
    {
        await using var f = await StartAsync("live");
        Action<MigrationTracker>[] wrong =
        [
            _ => { },
            t => t.Operation(MigrationOperation.Read),
            t => t.Invoked(MigrationOrigin.Old),
            t => { t.Operation(MigrationOperation.Read); t.Invoked(MigrationOrigin.Old); t.Failed(MigrationOrigin.New); },
            t => { t.Operation(MigrationOperation.Read); t.Invoked(MigrationOrigin.New); t.Latency(MigrationOrigin.Old, TimeSpan.Zero); },
            t => { t.Operation(MigrationOperation.Read); t.Invoked(MigrationOrigin.New); t.Consistency(() => true); },
        ];
        foreach (var note in wrong)
        {
            var tracker = f.Client.MigrationVariation("m", User, MigrationStage.Off).Tracker;
            note(tracker);
            f.Client.TrackMigration(tracker);
        }

        Assert.DoesNotContain("migration_op", EventsFixture.Kinds(await f.FlushAsync()));
        Assert.Equal(wrong.Length, f.LogsWith("sends no event").Count());
    }

    [Fact]
    public async Task Both_origins_are_read_at_once_even_if_one_works_before_its_first_wait()
    {
        await using var f = await StartAsync("shadow");
        using var both = new Barrier(2);
        var migration = new Migration<string, string, string, string>(f.Client, new()
        {
            ReadOld = (_, ct) => new(Meet(ct)),
            ReadNew = (_, ct) => new(Meet(ct)),
            WriteOld = (_, _) => new("x"),
            WriteNew = (_, _) => new("x"),
        });
        Assert.Equal("met", (await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token)).Value);

        string Meet(CancellationToken ct) => both.SignalAndWait(TimeSpan.FromSeconds(30), ct) ? "met" : "alone";
    }

    [Theory]
    [InlineData(0.1, "new old")]
    [InlineData(0.9, "old new")]
    public async Task A_random_order_is_drawn_and_the_same_origin_counts(double random, string order)
    {
        await using var f = await StartAsync("shadow");
        var calls = new List<string>();
        var migration = Make(f.Client, calls, order: MigrationReadOrder.Random, random: () => random);
        Assert.Equal("read old", (await migration.ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token)).Value);
        Assert.Equal(order.Split(' '), calls);
    }

    [Fact]
    public async Task A_cancelled_second_write_does_not_make_the_first_look_undone()
    {
        await using var f = await StartAsync("dualwrite");
        using var stop = new CancellationTokenSource();
        var migration = new Migration<string, string, string, string>(f.Client, new()
        {
            ReadOld = (_, _) => new("x"),
            ReadNew = (_, _) => new("x"),
            WriteOld = async (_, _) =>
            {
                await stop.CancelAsync();
                return "done";
            },
            WriteNew = (_, ct) => ValueTask.FromCanceled<string>(ct),
        });
        var result = await migration.WriteAsync("m", User, MigrationStage.Off, "in", stop.Token);
        Assert.Equal("done", result.Authoritative.Value);
        Assert.IsAssignableFrom<OperationCanceledException>(result.NonAuthoritative?.Error);
    }

    [Fact]
    public async Task Migrations_work_without_events()
    {
        await using var client = await Clients.Clients.StartAsync(new TestData().UpdateFlagJson(Flag("live", "")));
        Assert.Equal("read new", (await Make(client, []).ReadAsync("m", User, MigrationStage.Off, "in", Clients.Clients.Token)).Value);
    }

    private static JsonNode? Measurement(JsonNode operation, string key) =>
        operation["measurements"]!.AsArray().SingleOrDefault(m => (string)m!["key"]! == key);

    private static ValueTask<string> Taking(EventsFixture f, int milliseconds, string answer)
    {
        f.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return new(answer);
    }

    private static string Flag(string stage, string more) =>
        $$$"""{"key":"m","version":1,"on":true,{{{more}}}"fallthrough":{"variation":0},"variations":["{{{stage}}}"],"salt":""}""";

    private static Task<EventsFixture> StartAsync(string stage, string more = "") => EventsFixture.StartAsync(f =>
    {
        f.Events.FlushInterval = TimeSpan.FromDays(1);
        f.Data.UpdateFlagJson(Flag(stage, more));
    });

    private static Migration<string, string, string, string> Make(
        Client client, List<string> calls, string? failing = null, MigrationReadOrder order = MigrationReadOrder.Serial, Func<double>? random = null)
    {
        return new(client, new()
        {
            ReadOld = (_, _) => Call("read", "old"),
            ReadNew = (_, _) => Call("read", "new"),
            WriteOld = (_, _) => Call("write", "old"),
            WriteNew = (_, _) => Call("write", "new"),
            ReadOrder = order,
        }, random);

        ValueTask<string> Call(string what, string origin)
        {
            calls.Add(origin);
            return origin == failing ? throw new InvalidOperationException("no") : new($"{what} {origin}");
        }
    }
}
