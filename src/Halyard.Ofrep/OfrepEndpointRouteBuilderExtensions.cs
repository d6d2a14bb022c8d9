using Halyard;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the OpenFeature Remote Evaluation Protocol, by which OpenFeature's SDKs in any language evaluate this application's flags.</summary>
public static class OfrepEndpointRouteBuilderExtensions
{
    private const string Flags = "/ofrep/v1/evaluate/flags";

    /// <summary>
    /// Maps <c>POST /ofrep/v1/evaluate/flags/{key}</c> and <c>POST /ofrep/v1/evaluate/flags</c>. Anybody who reaches them can
    /// evaluate: call <c>RequireAuthorization</c>, and <c>RequireCors</c> for browsers of other sites, on what this gives. A browser's
    /// provider sees the tag of an answer only if the policy exposes the header <c>ETag</c>.
    /// </summary>
    /// <param name="endpoints">The application, or a group of routes.</param>
    /// <param name="options">How to answer; null for the defaults.</param>
    /// <returns>What both endpoints can be configured by.</returns>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    /// <example><code>
    /// builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
    /// app.MapOfrep().RequireAuthorization();
    /// </code></example>
    public static IEndpointConventionBuilder MapOfrep(this IEndpointRouteBuilder endpoints, OfrepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        options ??= new();
        options.Validate();
        var evaluation = new OfrepEvaluation(options);
        var group = endpoints.MapGroup("");
        group.MapPost(Flags, (RequestDelegate)evaluation.EvaluateAllAsync);
        group.MapPost(Flags + "/{**key}", (RequestDelegate)evaluation.EvaluateAsync);
        return group;
    }
}
