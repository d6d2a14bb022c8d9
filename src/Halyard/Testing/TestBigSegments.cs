namespace Halyard;

/// <summary>
/// Big segments from a test's own code; goes with <see cref="TestData"/> and <see cref="TestSegmentBuilder.Big"/>. One
/// instance may serve several clients. Always up to date unless told otherwise. A client sees a change when what it has
/// cached is over (<see cref="BigSegmentsOptions.ContextCacheTime"/>). Thread-safe.
/// </summary>
/// <example><code>
/// var members = new TestBigSegments().Include("beta-users", "ada");
/// data.Update(TestData.Segment("beta-users").Big());
/// options.BigSegments = new(members.Open);
/// </code></example>
public sealed class TestBigSegments
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, bool>> _byContext = new(StringComparer.Ordinal);
    private long _membershipQueries;
    private long _metadataQueries;

    /// <summary>When the store was last complete; null says that it always is. Default: null.</summary>
    public DateTimeOffset? SynchronizedOn
    {
        get
        {
            lock (_gate)
            {
                return field;
            }
        }

        set
        {
            lock (_gate)
            {
                field = value;
            }
        }
    }

    /// <summary>What every request fails with; null for none.</summary>
    public Exception? Error
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>How often a context's membership was asked for.</summary>
    public long MembershipQueries => Interlocked.Read(ref _membershipQueries);

    /// <summary>How often the store was asked how up to date it is.</summary>
    public long MetadataQueries => Interlocked.Read(ref _metadataQueries);

    /// <summary>Takes a context into a segment.</summary>
    public TestBigSegments Include(string segmentKey, string contextKey, long generation = 1) => Set(segmentKey, contextKey, generation, true);

    /// <summary>Leaves a context out of a segment, whatever its rules say.</summary>
    public TestBigSegments Exclude(string segmentKey, string contextKey, long generation = 1) => Set(segmentKey, contextKey, generation, false);

    /// <summary>Lists a context in a segment no longer; the segment's rules decide.</summary>
    public TestBigSegments Remove(string segmentKey, string contextKey, long generation = 1) => Set(segmentKey, contextKey, generation, null);

    /// <summary>Opens the store for a client; for <see cref="BigSegmentsOptions"/>.</summary>
    public IBigSegmentStore Open(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Store(this, context.TimeProvider);
    }

    private TestBigSegments Set(string segmentKey, string contextKey, long generation, bool? isMember)
    {
        var reference = BigSegmentKeys.Reference(segmentKey, generation);
        var hash = BigSegmentKeys.Hash(contextKey);
        lock (_gate)
        {
            if (!_byContext.TryGetValue(hash, out var segments))
            {
                _byContext.Add(hash, segments = new(StringComparer.Ordinal));
            }

            if (isMember is { } value)
            {
                segments[reference] = value;
            }
            else
            {
                segments.Remove(reference);
            }
        }

        return this;
    }

    private sealed class Store(TestBigSegments owner, TimeProvider timeProvider) : IBigSegmentStore
    {
        public ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref owner._metadataQueries);
            return owner.Error is { } error
                ? ValueTask.FromException<BigSegmentStoreMetadata?>(error)
                : new(new BigSegmentStoreMetadata(owner.SynchronizedOn ?? timeProvider.GetUtcNow()));
        }

        public ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref owner._membershipQueries);
            if (owner.Error is { } error)
            {
                return ValueTask.FromException<IBigSegmentMembership?>(error);
            }

            lock (owner._gate)
            {
                return new(owner._byContext.TryGetValue(contextHash, out var segments)
                    ? BigSegmentMembership.Of(
                        segments.Where(static segment => segment.Value).Select(static segment => segment.Key),
                        segments.Where(static segment => !segment.Value).Select(static segment => segment.Key))
                    : null);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
