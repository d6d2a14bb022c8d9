using System.Reflection;

namespace Halyard.Tests.Clients;

/// <summary>What code that reads flags depends on: offered as a whole by the interface, passed on as a whole by what is laid around it.</summary>
public sealed class HalyardClientTests
{
    // What those need who have the client itself: its end, and what operates it.
    private static readonly string[] OfTheClientAlone =
    [
        nameof(Client.Dispose), nameof(Client.DisposeAsync), "get_" + nameof(Client.Overrides), "get_" + nameof(Client.LazyLoadStatistics), "get_" + nameof(Client.WriteThroughStatus),
    ];

    private static readonly MethodInfo[] Members = typeof(IHalyardClient).GetMethods();

    public static TheoryData<string> Names => [.. Members.Select(member => member.ToString()!)];

    [Fact]
    public void The_interface_offers_what_the_client_does()
    {
        var ofClient = typeof(Client).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Select(Shape);
        Assert.Equal(
            ofClient.Where(shape => !OfTheClientAlone.Any(name => shape.StartsWith(name + "(", StringComparison.Ordinal))).Order(StringComparer.Ordinal),
            Members.Select(Shape).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_delegating_client_passes_every_call_on_as_it_is(string name)
    {
        var member = Members.Single(member => member.ToString() == name);
        var inner = DispatchProxy.Create<IHalyardClient, Recorder>();
        var arguments = member.GetParameters().Select(Argument).ToArray();

        member.Invoke(new Plain(inner), arguments);

        var (called, received) = Assert.Single(((Recorder)(object)inner).Calls);
        Assert.Equal(member, called);
        Assert.Equal(arguments, received);
    }

    [Fact]
    public async Task A_decorator_changes_one_read_and_leaves_the_others()
    {
        var data = new TestData().Update(TestData.Flag("on").VariationForAll(true));
        await using var client = await Clients.StartAsync(data);
        var decorated = new AlwaysOff(client);

        Assert.False(decorated.BoolVariation("on", Clients.User, true));
        Assert.True(decorated.BoolVariationDetail("on", Clients.User, false).Value);
        Assert.Same(client.Store, decorated.Store);
        Assert.Throws<ArgumentNullException>(() => new AlwaysOff(null!));
    }

    [Fact]
    public async Task A_change_is_heard_through_the_interface()
    {
        var data = new TestData();
        await using var client = await Clients.StartAsync(data);
        IHalyardClient seen = new AlwaysOff(client);
        var heard = new TaskCompletionSource<FlagChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        seen.FlagChanges.Changed += heard.SetResult;
        await using var changes = seen.FlagChanges.GetAsyncEnumerator(Clients.Token);

        data.Update(TestData.Flag("on").VariationForAll(true));

        Assert.Equal(["on"], (await heard.Task.Soon()).Keys);
        Assert.True(await changes.MoveNextAsync().AsTask().Soon());
        Assert.Equal(["on"], changes.Current.Keys);
        Assert.Equal(DataSourceState.Valid, seen.DataSourceStatus.Current.State);
        Assert.True(await seen.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.Zero, Clients.Token));
        Assert.False((await seen.BigSegmentStoreStatus.GetAsync(Clients.Token)).Available);
    }

    [Fact]
    public async Task The_client_behind_decorators_lends_a_migration_its_log_and_a_substitute_needs_none()
    {
        var logs = new Microsoft.Extensions.Logging.Testing.FakeLogCollector();
        await using var client = await Clients.StartAsync(new TestData(), logs);
        var failed = await Orders(new AlwaysOff(new Plain(client))).ReadAsync("move", Clients.User, MigrationStage.Off, 1, Clients.Token);
        Assert.False(failed.IsSuccess);
        Assert.Contains(logs.GetSnapshot(), log => log.Exception?.Message == "no such order");

        var substitute = DispatchProxy.Create<IHalyardClient, Recorder>();
        failed = await Orders(substitute).ReadAsync("move", Clients.User, MigrationStage.Off, 1, Clients.Token);
        Assert.Equal("no such order", failed.Error?.Message);
        Assert.Equal(
            [nameof(IHalyardClient.MigrationVariationAsync), nameof(IHalyardClient.TrackMigration)],
            ((Recorder)(object)substitute).Calls.Select(call => call.Method.Name));
    }

    private static Migration<int, int, int, bool> Orders(IHalyardClient client) => new(client, new()
    {
        ReadOld = (_, _) => throw new InvalidOperationException("no such order"),
        ReadNew = (id, _) => new(id),
        WriteOld = (_, _) => new(true),
        WriteNew = (_, _) => new(true),
    });

    // Properties of a class cannot be narrower than the interface's, so that their types are left out.
    private static string Shape(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType} {parameter.Name} {parameter.RawDefaultValue}"))})";

    private static object? Argument(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => parameter.Name,
        var type when type == typeof(Context) => Clients.User,
        var type when type == typeof(bool) => true,
        var type when type == typeof(int) => 7,
        var type when type == typeof(double) => 7.5,
        var type when type == typeof(double?) => 2.5,
        var type when type == typeof(Value) => Value.Of("given"),
        var type when type == typeof(MigrationStage) => MigrationStage.Live,
        var type when type == typeof(AllFlagsOptions) => AllFlagsOptions.ClientSideOnly,
        var type when type == typeof(CancellationToken) => new CancellationToken(canceled: true),
        var type when type == typeof(Action<FlagValueChange>) => (Action<FlagValueChange>)(_ => { }),
        _ => null,
    };

    private sealed class Plain(IHalyardClient inner) : DelegatingHalyardClient(inner);

    private sealed class AlwaysOff(IHalyardClient inner) : DelegatingHalyardClient(inner)
    {
        public override bool BoolVariation(string key, Context context, bool defaultValue) => false;
    }

    /// <summary>Notes each call and gives what its type is before anything is set.</summary>
#pragma warning disable CA1852 // The proxy is a class derived from it.
    private class Recorder : DispatchProxy
#pragma warning restore CA1852
    {
        public List<(MethodInfo Method, object?[] Arguments)> Calls { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Calls.Add((targetMethod!, args ?? []));
            return targetMethod!.ReturnType is { IsValueType: true } type && type != typeof(void) ? Activator.CreateInstance(type) : null;
        }
    }
}
