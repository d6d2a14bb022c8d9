using Halyard.DataSystems.Sources.Fdv2;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Changes in the words of the newer protocol, applied event by event as its stream applies them.</summary>
internal sealed class ChangeSets
{
    private static readonly byte[] Intent = """{"payloads":[{"id":"bench","target":1,"intentCode":"none","reason":"up-to-date"}]}"""u8.ToArray();

    private readonly PayloadMachine _machine = new();
    private readonly VersionedText _transferred = Updates.PayloadTransferred();
    private readonly IDataDestination _destination;

    public ChangeSets(IDataDestination destination)
    {
        _destination = destination;
        _machine.Accept(PayloadEventReader.Parse("server-intent"u8, Intent));
    }

    /// <summary>A change set of one item.</summary>
    public void Put(VersionedText put, long version) => Apply("put-object"u8, put, version);

    /// <summary>A change set of one tombstone.</summary>
    public void Delete(VersionedText deletion, long version) => Apply("delete-object"u8, deletion, version);

    private void Apply(ReadOnlySpan<byte> name, VersionedText item, long version)
    {
        _machine.Accept(PayloadEventReader.Parse(name, item.At(version)));
        _destination.Apply(_machine.Accept(PayloadEventReader.Parse("payload-transferred"u8, _transferred.At(version))).Changes!);
    }
}
