using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard;

/// <summary>Lets a request through while a flag is on for it. Thread-safe.</summary>
/// <param name="key">The flag's key.</param>
/// <param name="defaultValue">Whether it is open where the flag has no answer.</param>
/// <param name="client">The key of the client's service; null for the client that has none.</param>
internal sealed class FlagGate(string key, bool defaultValue, object? client)
{
    public ValueTask<bool> IsOpenAsync(HttpContext http)
    {
        var flags = RequestFlags.Of(http);
        var reader = client is null ? flags.Client : http.RequestServices.GetRequiredKeyedService<IHalyardClient>(client);
        return reader.BoolVariationAsync(key, flags.Context, defaultValue, http.RequestAborted);
    }

    /// <summary>A handler of requests with the gate before it.</summary>
    public RequestDelegate Before(RequestDelegate next, RequestDelegate otherwise) =>
        async http => await ((await IsOpenAsync(http).ConfigureAwait(false)) ? next(http) : otherwise(http)).ConfigureAwait(false);
}
