using System.Globalization;
using System.Text;
using Halyard;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

// What the integration tests start, and kill at any moment:
//   PATH KEY NUMBER      counts in a flag from the number and keeps it in a snapshot, one save after the other; prints a
//                        line when the first save is done
//   PATH KEY follow URL  takes flags a and b from a service by FDv2 and keeps them in a snapshot; prints
//                        "a b" at the start and whenever they have changed
//   PATH KEY sqlite NUMBER  writes sets of 200 flags and a segment to an SQLite file, all of the same version, counting
//                        from the number, and the segment once more by itself; prints the number of each set when its
//                        write is confirmed
//   _ _ bomb SOURCE URL LIMIT  takes flags from a service that misbehaves from its second answer on; prints what the
//                        process grew by until it noticed, in bytes, and how it called it
return args is [_, _, "bomb", var source, var service, var limit] ? await BombAsync(source, new(service), long.Parse(limit, CultureInfo.InvariantCulture))
    : args is [var path, var sdkKey, "follow", var url] ? await FollowAsync(path, sdkKey, new(url))
    : args is [var file, _, "sqlite", var first] ? await FillAsync(file, long.Parse(first, CultureInfo.InvariantCulture))
    : await CountAsync(args[0], args[1], long.Parse(args[2], CultureInfo.InvariantCulture));

static async Task<int> BombAsync(string source, Uri service, long limit)
{
    var protocol = source.StartsWith("fdv2", StringComparison.Ordinal) ? ProtocolVersion.Fdv2 : ProtocolVersion.Fdv1;
    var options = new ClientOptions
    {
        SdkKey = "sdk-bomb",
        Endpoints = ServiceEndpoints.At(service),
        DataSystem = source.EndsWith("polling", StringComparison.Ordinal)
            ? new PollingOptions { Protocol = protocol, Interval = TimeSpan.FromMilliseconds(20), AllowShortIntervals = true, MaxBodyBytes = limit }
            : new StreamingOptions { Protocol = protocol, InitialReconnectDelay = TimeSpan.FromMilliseconds(20), MaxEventBytes = limit },
        StartTimeout = TimeSpan.FromSeconds(30),
    };
    options.Http.ResponseTimeout = TimeSpan.FromSeconds(5);
    await using var client = await Client.StartAsync(options);
    var before = Peak();
    await client.DataSourceStatus.WaitForAsync(DataSourceState.Interrupted, TimeSpan.FromSeconds(100));
    Console.WriteLine($"{Peak() - before} {client.DataSourceStatus.Current.LastError?.Kind}");
    return 0;

    // The most memory that was ever resident.
    static long Peak() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024)
        .Single();
}

static async Task<int> CountAsync(string path, string sdkKey, long number)
{
    var before = File.GetLastWriteTimeUtc(path);
    var said = false;
    var data = new TestData();
    Count(data, number);
    await using var client = await Client.StartAsync(new()
    {
        SdkKey = sdkKey,
        DataSystem = DataSystem.TestData(data),
        Snapshot = new(path) { Interval = TimeSpan.Zero },
    });
    using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
    do
    {
        if (!said && File.GetLastWriteTimeUtc(path) != before)
        {
            said = true;
            Console.WriteLine("writing");
        }

        Count(data, ++number);
    }
    while (await beat.WaitForNextTickAsync());
    return 0;
}

static async Task<int> FollowAsync(string path, string sdkKey, Uri service)
{
    await using var client = await Client.StartAsync(new()
    {
        SdkKey = sdkKey,
        Endpoints = ServiceEndpoints.At(service),
        DataSystem = new StreamingOptions { Protocol = ProtocolVersion.Fdv2, InitialReconnectDelay = TimeSpan.FromMilliseconds(20) },
        Snapshot = new(path) { Interval = TimeSpan.Zero },
        StartTimeout = Timeout.InfiniteTimeSpan,
    });
    var context = Context.New("user-1");

    // From here on no change is missed.
    await using var changes = client.FlagChanges.GetAsyncEnumerator();
    var last = "";
    do
    {
        // One state is one snapshot of the data: of both flags at one moment.
        var all = client.AllFlagsState(context).Values;
        var now = $"{all["a"]} {all["b"]}";
        if (now != last)
        {
            Console.WriteLine(now);
            last = now;
        }
    }
    while (await changes.MoveNextAsync());
    return 0;
}

static async Task<int> FillAsync(string path, long number)
{
    await using var writer = new SqliteStore(path).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
    while (true)
    {
        await writer.InitAsync(
            [Item(DataKind.Segment, "s", number), .. Enumerable.Range(0, 200).Select(i => Item(DataKind.Flag, "f" + i, number))], default);
        Console.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        await writer.UpsertAsync(Item(DataKind.Segment, "s", number + 1), default);
        number += 2;
    }
}

static SerializedItem Item(DataKind kind, string key, long version) =>
    new(kind, key, new(version, false, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}}}""")));

static void Count(TestData data, long number) => data.UpdateFlagJson(string.Create(
    CultureInfo.InvariantCulture,
    $$"""{"key":"number","version":{{number}},"on":true,"fallthrough":{"variation":0},"variations":[{{number}}]}"""));
