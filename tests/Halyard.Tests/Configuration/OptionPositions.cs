using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.LazyLoading;
using Halyard.Tests.Support;

namespace Halyard.Tests.Configuration;

/// <summary>Every place in a client's options where options with numbers can stand, each in a client that works.</summary>
internal static class OptionPositions
{
    public static readonly IReadOnlyDictionary<string, Func<OptionsUnderTest>> All = new Dictionary<string, Func<OptionsUnderTest>>
    {
        ["the client"] = () => OfService(new StreamingOptions(), static (client, _) => client),
        ["http of a stream"] = () => OfService(new StreamingOptions(), static (client, _) => client.Http),
        ["http of polls"] = () => OfService(Polling(ProtocolVersion.Fdv1), static (client, _) => client.Http),
        ["http of a chain"] = () => OfService(Chain(), static (client, _) => client.Http),
        ["http of events"] = () => OfData((client, _) => WithEvents(client).Http),
        ["streaming in FDv1"] = () => OfService(new StreamingOptions(), static (_, system) => system),
        ["streaming in FDv2"] = () => OfService(DataSystem.Streaming(ProtocolVersion.Fdv2), static (_, system) => system),
        ["polling in FDv1"] = () => OfService(Polling(ProtocolVersion.Fdv1), static (_, system) => system),
        ["polling in FDv2"] = () => OfService(Polling(ProtocolVersion.Fdv2), static (_, system) => system),
        ["a chain"] = () => OfService(Chain(), static (_, system) => system),
        ["an initializer"] = () => OfService(Chain(), static (_, system) => ((SourceChainOptions)system).Initializers[0]),
        ["files"] = () => OfFile((client, files) => client.DataSystem = files),
        ["overrides"] = () => OfFile((client, files) => (client.Overrides, client.DataSystem) = (files, DataSystem.TestData(new TestData()))),
        ["a snapshot"] = OfSnapshot,
        ["events"] = () => OfData((client, _) => WithEvents(client).Events!),
        ["big segments"] = OfBigSegments,
        ["Lazy Load"] = () => OfStore(static store => DataSystem.LazyLoad(store), static (_, system) => system),
        ["a store that tells of changes"] = () => OfStore(
            static store => DataSystem.LazyLoad(new SignallingStore(store, new FakeSignals())), static (_, system) => system),
        ["a store read first"] = () => OfStore(
            static store => new SourceChainOptions { ReadFirst = new(store), Synchronizers = { DataSystem.TestData(OneFlag()) } },
            static (_, system) => ((SourceChainOptions)system).ReadFirst!),
        ["a chain's store"] = () => OfStore(
            static store => new SourceChainOptions { WriteTo = new(store), Synchronizers = { DataSystem.TestData(OneFlag()) } },
            static (_, system) => ((SourceChainOptions)system).WriteTo!),
        ["write-through"] = () => OfWriting(StoreMode.CopyOfMemory, static writing => writing),
        ["a store of record"] = () => OfWriting(StoreMode.SystemOfRecord, static writing => writing),
        ["its cache"] = () => OfWriting(StoreMode.SystemOfRecord, static writing => writing.Cache = new(writing.Store)),
    };

    private static OptionsUnderTest OfService(DataSystemOptions system, Func<ClientOptions, DataSystemOptions, object> part)
    {
        var service = new SteadyService();
        var client = service.Options(system);
        return new(client, part(client, system), () => service.Requests);
    }

    private static OptionsUnderTest OfData(Func<ClientOptions, TestData, object> part)
    {
        var data = OneFlag();
        var service = new SteadyService();
        var client = service.Options(DataSystem.TestData(data));
        return new(client, part(client, data), () => service.Requests, () => Change(data));
    }

    private static OptionsUnderTest OfFile(Action<ClientOptions, FileSourceOptions> place)
    {
        var path = Path.Combine(Path.GetTempPath(), $"halyard-bounds-{Guid.NewGuid():N}.json");
        var version = 0;
        Change();
        var files = DataSystem.File(path);
        var client = new ClientOptions();
        place(client, files);
        return new(client, files, static () => 0, Change, () => File.Delete(path));

        void Change()
        {
            // As a whole: a file that is read while it is written is an error to be logged.
            File.WriteAllText(path + ".new", $$"""{ "flagValues": { "flag": true, "other": {{++version}} } }""");
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    private static OptionsUnderTest OfSnapshot()
    {
        var folder = Directory.CreateTempSubdirectory("halyard-bounds-").FullName;
        var data = OneFlag();
        var snapshot = new SnapshotOptions(Path.Combine(folder, "flags.snapshot"));
        return new(
            new() { DataSystem = DataSystem.TestData(data), Snapshot = snapshot }, snapshot, static () => 0, () => Change(data),
            () => Directory.Delete(folder, recursive: true));
    }

    private static OptionsUnderTest OfBigSegments()
    {
        var data = new TestData();
        data.Update(TestData.Segment("big").Big());
        data.Update(TestData.Flag("flag").IfInSegment("big").ThenReturn(true).FallthroughVariation(false));
        var members = new TestBigSegments().Include("big", "user-1");
        var segments = new BigSegmentsOptions(members.Open);
        return new(
            new() { DataSystem = DataSystem.TestData(data), BigSegments = segments }, segments,
            () => (int)(members.MembershipQueries + members.MetadataQueries));
    }

    private static OptionsUnderTest OfStore(Func<HeldStore, DataSystemOptions> make, Func<ClientOptions, DataSystemOptions, object> part)
    {
        var store = new HeldStore();
        store.Put(ItemDescriptor<Flag>.Of("flag", 1, TestData.Flag("flag").Build()));
        var client = new ClientOptions { DataSystem = make(store) };
        return new(client, part(client, client.DataSystem), () => store.Reads);
    }

    private static OptionsUnderTest OfWriting(StoreMode mode, Func<WriteThroughOptions, object> part)
    {
        var data = OneFlag();
        var store = new HeldStore();
        var writing = new WriteThroughOptions(store) { Mode = mode };
        var client = new ClientOptions { DataSystem = DataSystem.TestData(data), WriteThrough = writing };
        return new(client, part(writing), () => store.Reads, () => Change(data));
    }

    private static TestData OneFlag() => new TestData().Update(TestData.Flag("flag"));

    private static void Change(TestData data) => data.Update(TestData.Flag("other"));

    private static ClientOptions WithEvents(ClientOptions client)
    {
        client.Events = new() { Diagnostics = true };
        return client;
    }

    private static PollingOptions Polling(ProtocolVersion protocol) => new() { Protocol = protocol, AllowShortIntervals = true };

    private static SourceChainOptions Chain() => DataSystem.Chain()
        .AddInitializers(Polling(ProtocolVersion.Fdv2))
        .AddSynchronizers(DataSystem.Streaming(ProtocolVersion.Fdv2), Polling(ProtocolVersion.Fdv2));
}
