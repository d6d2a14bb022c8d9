using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>Something that must hold of one process.</summary>
internal abstract class Checker(SimProcess process)
{
    protected SimProcess Process => process;

    protected SimWorld World => process.World;

    /// <summary>All that must hold of a process of its kind.</summary>
    public static IReadOnlyList<Checker> Of(SimProcess process)
    {
        List<Checker> all = [new GrowthChecker(process)];
        if (process.Plan.Kind is ClientKind.LazyLoad or ClientKind.Record)
        {
            all.Add(new ReadChecker(process));
        }
        else
        {
            var data = new DataChecker(process);
            all.AddRange([data, new ListenerChecker(process, data), new StatusChecker(process, data)]);
        }

        if (process.Plan.UsesStore && process.Plan.Kind != ClientKind.LazyLoad)
        {
            all.Add(new StoreChecker(process));
        }

        return all;
    }

    /// <summary>Looks after each step.</summary>
    public virtual void AfterStep()
    {
    }

    /// <summary>Looks when nothing has been wrong for long enough.</summary>
    public virtual void Settled()
    {
    }

    /// <summary>Has the application read something.</summary>
    public virtual void Read(string key, bool isAll)
    {
    }

    protected void Expect(bool holds, string invariant, string message) => process.Expect(holds, invariant, message);
}
