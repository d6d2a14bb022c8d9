namespace Halyard.Lives.Plan;

/// <summary>All that is decided about a life before it begins; it follows from the life's number.</summary>
internal sealed record LifePlan(ulong Number)
{
    public required LifeKind Kind { get; init; }

    public required EndKind End { get; init; }

    /// <summary>Whether requests go over real sockets; otherwise a handler within the process answers.</summary>
    public required bool HasSockets { get; init; }

    public required bool HasEvents { get; init; }

    public required bool HasDiagnostics { get; init; }

    public required bool HasWriteThrough { get; init; }

    public required bool HasSnapshot { get; init; }

    public required bool HasOverrideFile { get; init; }

    public required bool HasBigSegments { get; init; }

    public required bool HasHook { get; init; }

    public required LogFault Log { get; init; }

    public required ListenerFault Listener { get; init; }

    /// <summary>What the store, the big segments, and the source do at their end.</summary>
    public required PartFault PartEnd { get; init; }

    /// <summary>How many of the answers and calls are right.</summary>
    public required double Health { get; init; }

    /// <summary>Whether a store or a source of the application's cannot be made.</summary>
    public required bool CannotBeMade { get; init; }

    /// <summary>Whether the HTTP handler throws as it is disposed.</summary>
    public required bool HandlerEndThrows { get; init; }

    /// <summary>How many threads of the application use the client.</summary>
    public required int Users { get; init; }

    /// <summary>How many things each does before the end; some do more while it ends.</summary>
    public required int Deeds { get; init; }

    /// <summary>How long the client lives after the deeds, in milliseconds.</summary>
    public required int Rest { get; init; }

    public bool IsPushed => Kind is not (LifeKind.LazyLoad or LifeKind.Offline);

    public static LifePlan Of(ulong number)
    {
        var dice = new Dice(number, 0);
        var values = Enum.GetValues<LifeKind>();
        var kind = values[number % (ulong)values.Length];
        var pushed = kind is not (LifeKind.LazyLoad or LifeKind.Offline);
        var events = dice.Chance(0.6);
        return new(number)
        {
            Kind = kind,
            End = dice.Mostly<EndKind>(0.3),
            HasSockets = dice.Chance(0.4),
            HasEvents = events,
            HasDiagnostics = events && dice.Chance(0.6),
            HasWriteThrough = kind == LifeKind.Record || (pushed && kind != LifeKind.StoreFirst && dice.Chance(0.25)),
            HasSnapshot = pushed && dice.Chance(0.25),
            HasOverrideFile = dice.Chance(0.15),
            HasBigSegments = dice.Chance(0.25),
            HasHook = dice.Chance(0.2),
            Log = dice.Mostly<LogFault>(0.6),
            Listener = dice.Mostly<ListenerFault>(0.4),
            PartEnd = dice.Mostly<PartFault>(0.5),
            Health = dice.Pick(1, 0.9, 0.6, 0.3, 0),
            CannotBeMade = dice.Chance(0.02),
            HandlerEndThrows = dice.Chance(0.1),
            Users = 1 + dice.Below(3),
            Deeds = dice.Below(30),
            Rest = dice.Chance(0.5) ? 0 : dice.Below(60),
        };
    }
}
