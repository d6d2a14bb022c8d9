namespace Halyard.Http;

/// <summary>What the service says of the environment that a client's key belongs to. Thread-safe.</summary>
internal sealed class ServiceEnvironment
{
    private volatile string? _id;

    /// <summary>The environment's id, as the service told it last; null when it has told none.</summary>
    public string? Id => _id;

    /// <summary>Notes what the headers of a response tell (<c>X-LD-EnvID</c>).</summary>
    public void Note(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues("X-LD-EnvID", out var values) && values.FirstOrDefault() is { Length: > 0 } id)
        {
            _id = id;
        }
    }
}
