using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>What a seed means: which clients there are and what happens to them.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Clients">The clients.</param>
/// <param name="Steps">What happens, in order.</param>
/// <param name="IsTransactional">Whether the store writes a whole data set in one step.</param>
/// <param name="Padding">How many characters each flag carries that mean nothing.</param>
internal sealed record Plan(ulong Seed, IReadOnlyList<ClientPlan> Clients, IReadOnlyList<PlanStep> Steps, bool IsTransactional, int Padding)
{
    private static readonly StepKind[] Everywhere =
    [
        StepKind.ServiceRestart, StepKind.ServiceForgets, StepKind.ServiceGoesBack, StepKind.ServiceReset,
        StepKind.ServiceFault, StepKind.ServiceFault, StepKind.LinkRefuses, StepKind.LinkSwallows, StepKind.LinkFlaky, StepKind.LinkFlaky,
        StepKind.LinkSlow, StepKind.LinkCut, StepKind.LinkCut, StepKind.Kill, StepKind.Restart, StepKind.Sleep, StepKind.WallJump,
    ];

    private static readonly StepKind[] OfStores = [StepKind.StoreFault, StepKind.StoreFault, StepKind.StoreFault, StepKind.StoreWipe, StepKind.StorePartLost];

    private static readonly StepKind[] OfDisks = [StepKind.DiskFull, StepKind.DiskSlow, StepKind.Kill];

    /// <summary>When the last step may come.</summary>
    public TimeSpan End => Steps.Count == 0 ? TimeSpan.FromSeconds(5) : Steps[^1].At + TimeSpan.FromSeconds(1);

    /// <summary>Whether something outside of the clients fills the store.</summary>
    public bool IsStoreMirrored => !Clients.Any(static client => client.WritesStore || client.Kind is ClientKind.StoreFirst or ClientKind.Record);

    public static Plan Of(ulong seed)
    {
        var random = SimRandom.Of(seed, 1);
        var clients = Enumerable.Range(0, 1 + random.Below(3)).Select(_ => Client(random)).ToList();
        var hasWriter = false;
        for (var i = 0; i < clients.Count; i++)
        {
            // What two writers make of a store is not for one of them to promise.
            if (clients[i].WritesStore || clients[i].Kind is ClientKind.StoreFirst or ClientKind.Record)
            {
                clients[i] = hasWriter ? clients[i] with { WritesStore = false, Kind = ClientKind.Chain } : clients[i];
                hasWriter = true;
            }
        }

        var span = random.Seconds(20, random.Chance(0.5) ? 120 : 1200);
        var kinds = Everywhere.ToList();
        kinds.AddRange(clients.Any(static client => client.UsesStore) ? OfStores : []);
        kinds.AddRange(clients.Any(static client => client.HasSnapshot) ? OfDisks : []);
        var share = 0.2 + (0.5 * random.Share());
        var steps = new List<PlanStep>();
        for (var count = 3 + random.Below(30); count > 0; count--)
        {
            var kind = random.Chance(share) ? kinds[random.Below(kinds.Count)]
                : clients.Any(static client => client.Kind is ClientKind.LazyLoad or ClientKind.StoreFirst or ClientKind.Record) && random.Chance(0.6) ? StepKind.Read
                : StepKind.Publish;
            steps.Add(new(0, span * random.Share(), kind, random.Below(clients.Count), random.Seconds(0.1, random.Chance(0.7) ? 20 : random.Chance(0.8) ? 400 : 4000), random.Next()));
        }

        steps.Sort(static (a, b) => a.At.CompareTo(b.At));
        return new(
            seed,
            clients,
            [.. steps.Select(static (step, number) => step with { Number = number })],
            random.Chance(0.5),
            random.Chance(0.2) ? 40_000 : random.Chance(0.3) ? 2000 : 0);
    }

    private static ClientPlan Client(SimRandom random)
    {
        var kind = (ClientKind)random.Below(9);
        return new(
            kind,
            kind is not (ClientKind.StoreFirst or ClientKind.Record or ClientKind.LazyLoad) && random.Chance(0.25),
            kind is not ClientKind.LazyLoad && random.Chance(0.3),
            random.Pick(TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)));
    }
}
