using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>Makes the options of a process's client: the product as anybody configures it, on simulated seams.</summary>
internal static class ProcessOptions
{
    public static ClientOptions Of(SimProcess process, SimDisk? disk, SimRandom random)
    {
        var plan = process.Plan;
        return new()
        {
            SdkKey = "sdk-sim",
            TimeProvider = process.Time,
            Random = random.Share,
            Endpoints = ServiceEndpoints.At(new("http://sim")),
            Http = { HandlerFactory = () => process.Handler },
            DataSystem = SystemOf(process),
            WriteThrough = plan.Kind == ClientKind.Record ? new(process.Access) { Mode = StoreMode.SystemOfRecord, Cache = Lazy(process) }
                : plan.WritesStore ? new(process.Access) : null,
            Snapshot = disk is null ? null : new(disk.Path) { Interval = TimeSpan.FromSeconds(1) },
            DiskScheduler = disk,
        };
    }

    private static DataSystemOptions SystemOf(SimProcess process) => process.Plan.Kind switch
    {
        ClientKind.Streaming1 or ClientKind.Record => DataSystem.Streaming(),
        ClientKind.Polling1 => DataSystem.Polling(),
        ClientKind.Streaming2 => DataSystem.Streaming(ProtocolVersion.Fdv2),
        ClientKind.Polling2 => DataSystem.Polling(ProtocolVersion.Fdv2),
        ClientKind.Chain => DataSystem.Default(),
        ClientKind.Chain1 => DataSystem.Chain().AddInitializers(DataSystem.Polling()).AddSynchronizers(DataSystem.Streaming(), DataSystem.Polling()),
        ClientKind.StoreFirst => StoreFirst(process),
        _ => Lazy(process),
    };

    private static SourceChainOptions StoreFirst(SimProcess process)
    {
        var options = DataSystem.Default();
        options.ReadFirst = Lazy(process);
        options.WriteTo = new(process.Access);
        return options;
    }

    private static LazyLoadOptions Lazy(SimProcess process) => new(process.Access) { Ttl = process.Plan.Ttl };
}
