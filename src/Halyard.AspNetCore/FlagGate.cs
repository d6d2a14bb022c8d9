using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>Lets a request through while a flag is on for it. Thread-safe.</summary>
/// <param name="key">The flag's key.</param>
/// <param name="defaultValue">Whether it is open where the flag has no answer.</param>
/// <param name="client">The key of the client's service; null for the client that has none.</param>
internal sealed class FlagGate(string key, bool defaultValue, object? client)
{
    public ValueTask<bool> IsOpenAsync(HttpContext http)
    {
        var flags = RequestFlags.Of(http, client);
        return flags.BoolVariationAsync(key, defaultValue);
    }

    /// <summary>A handler of requests with the gate before it.</summary>
    public RequestDelegate Before(RequestDelegate next, RequestDelegate otherwise) =>
        async http => await ((await IsOpenAsync(http).ConfigureAwait(false)) ? next(http) : otherwise(http)).ConfigureAwait(false);
}
