namespace Halyard;

/// <summary>How a migrating system is read and written.</summary>
/// <remarks>
/// An origin fails by throwing. What it throws becomes part of the result and never leaves the operation, a
/// cancellation included: a write of which the first half is done must not look undone.
/// </remarks>
/// <typeparam name="TReadInput">What a read is given.</typeparam>
/// <typeparam name="TRead">What a read gives.</typeparam>
/// <typeparam name="TWriteInput">What a write is given.</typeparam>
/// <typeparam name="TWrite">What a write gives.</typeparam>
public sealed class MigrationOptions<TReadInput, TRead, TWriteInput, TWrite>
{
    /// <summary>Reads the old system.</summary>
    public required Func<TReadInput, CancellationToken, ValueTask<TRead>> ReadOld { get; init; }

    /// <summary>Reads the new system.</summary>
    public required Func<TReadInput, CancellationToken, ValueTask<TRead>> ReadNew { get; init; }

    /// <summary>Writes the old system.</summary>
    public required Func<TWriteInput, CancellationToken, ValueTask<TWrite>> WriteOld { get; init; }

    /// <summary>Writes the new system.</summary>
    public required Func<TWriteInput, CancellationToken, ValueTask<TWrite>> WriteNew { get; init; }

    /// <summary>Whether the old (first) and the new (second) answer mean the same; null makes no comparison. As many reads are compared as the flag's check ratio says.</summary>
    public Func<TRead, TRead, bool>? IsConsistent { get; init; }

    /// <summary>In which order both are read where both are. Default: at once.</summary>
    public MigrationReadOrder ReadOrder { get; init; } = MigrationReadOrder.Concurrent;

    /// <summary>Whether the time each origin takes is reported. Default: true.</summary>
    public bool TrackLatency { get; init; } = true;

    /// <summary>Whether failures are reported. Default: true.</summary>
    public bool TrackErrors { get; init; } = true;
}
