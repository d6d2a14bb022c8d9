using System.Text.Json;

namespace Halyard.ContractService;

/// <summary>A store of big segments that asks the harness.</summary>
internal sealed class CallbackBigSegmentStore(Uri callback, Callbacks callbacks) : IBigSegmentStore
{
    private readonly string _base = callback.AbsoluteUri.TrimEnd('/');

    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        using var answer = JsonDocument.Parse(await callbacks.CallAsync(new(_base + "/getMetadata"), null, cancellationToken));
        return answer.RootElement.Number("lastUpToDate") is { } time ? new(DateTimeOffset.FromUnixTimeMilliseconds((long)time)) : null;
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        var question = Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("contextHash", contextHash);
            writer.WriteEndObject();
        });
        using var answer = JsonDocument.Parse(await callbacks.CallAsync(new(_base + "/getMembership"), question, cancellationToken));
        if (answer.RootElement.Object("values") is not { } values)
        {
            return null;
        }

        var all = values.EnumerateObject().ToLookup(p => p.Value.GetBoolean(), p => p.Name);
        return BigSegmentMembership.Of(all[true], all[false]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
