using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Halyard.Cli;

/// <summary>The environment that a request is about: what the gate found, and endpoints read.</summary>
internal static class RequestEnvironment
{
    public static void SetServed(this HttpContext http, ServedEnvironment environment) => http.Features.Set(environment);

    public static ServedEnvironment Served(this HttpContext http) => http.Features.GetRequiredFeature<ServedEnvironment>();
}
