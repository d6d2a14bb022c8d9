namespace Halyard.Lives.Foreign;

/// <summary>A store of big segments that fails.</summary>
internal sealed class FaultySegments : IBigSegmentStore, IBigSegmentMembership
{
    private readonly Part _part;

    public FaultySegments(Part part)
    {
        part.Opened("segments");
        _part = part;
    }

    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        await _part.CallAsync("the segments' time", cancellationToken);
        return new(DateTimeOffset.UtcNow);
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        await _part.CallAsync("the membership", cancellationToken);
        return this;
    }

    public bool? Contains(string segmentReference) => true;

    public ValueTask DisposeAsync() => _part.EndAsync("segments");
}
