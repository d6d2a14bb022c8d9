using Halyard.Model;

namespace Halyard;

/// <summary>
/// The flags and segments that a client holds, to be read by tools and tests. Thread-safe; reads take no lock. Each call
/// sees one moment; <see cref="Snapshot"/> is for several reads of the same moment. A deleted item is absent.
/// </summary>
/// <remarks>
/// With Lazy Load a call fetches what is not fresh: the plain methods block, at most for
/// <see cref="LazyLoadOptions.ReadTimeout"/>, and the asynchronous ones await. On every other data system both answer at
/// once from memory. No method throws for a failure of the store: it then gives what was known before, or nothing.
/// Before the client is started everything is absent.
/// </remarks>
public interface IStore
{
    /// <summary>Whether a complete data set has arrived at some time; with Lazy Load, whether the store says so of itself.</summary>
    bool Initialized { get; }

    /// <summary>What is held at this moment, without fetching anything; with Lazy Load, what is cached, fresh or not.</summary>
    DataSnapshot Snapshot();

    /// <summary>The flag; null when there is none.</summary>
    ItemDescriptor<Flag>? GetFlag(string key);

    /// <summary>The segment; null when there is none.</summary>
    ItemDescriptor<Segment>? GetSegment(string key);

    /// <summary>All flags, of one moment, in no particular order. Lazy Load fetches all flags and all segments for it.</summary>
    IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags();

    /// <summary>All segments, of one moment, in no particular order. Lazy Load fetches all flags and all segments for it.</summary>
    IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments();

    /// <inheritdoc cref="GetFlag"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<ItemDescriptor<Flag>?> GetFlagAsync(string key, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="GetSegment"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<ItemDescriptor<Segment>?> GetSegmentAsync(string key, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="AllFlags"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<IReadOnlyCollection<ItemDescriptor<Flag>>> AllFlagsAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="AllSegments"/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<IReadOnlyCollection<ItemDescriptor<Segment>>> AllSegmentsAsync(CancellationToken cancellationToken = default);
}
