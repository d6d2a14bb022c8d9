using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Halyard;

/// <summary>
/// Lets requests through to a controller, an action or a Razor page while a boolean flag is true for their context. Looks
/// after authorization and before model binding. Of several gates all must be open. Elsewhere it does nothing, and ends the start of an application
/// that called <c>AddHalyardContext</c>: on what <c>MapGet</c> and its like return, call <c>RequireFlag</c>.
/// </summary>
/// <example><code>
/// [RequireFlag("new-reports")]
/// public sealed class ReportsController : ControllerBase
/// </code></example>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public class RequireFlagAttribute : Attribute, IAsyncResourceFilter, IOrderedFilter
{
    /// <summary>Makes a gate.</summary>
    /// <param name="key">The flag's key.</param>
    public RequireFlagAttribute(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Key = key;
    }

    /// <summary>The flag's key.</summary>
    public string Key { get; }

    /// <summary>The status of the answer while the gate is closed.</summary>
    public int StatusCode { get; set; } = StatusCodes.Status404NotFound;

    /// <summary>Whether the gate is open where the flag has no answer: it is not there, or no data has arrived.</summary>
    public bool DefaultValue { get; set; }

    /// <summary>The key of the client's service; null for the client that has none.</summary>
    public string? Client { get; set; }

    /// <inheritdoc/>
    public int Order { get; set; }

    /// <inheritdoc/>
    public async Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (await new FlagGate(Key, DefaultValue, Client).IsOpenAsync(context.HttpContext).ConfigureAwait(false))
        {
            await next().ConfigureAwait(false);
            return;
        }

        context.Result = Otherwise(context);
    }

    /// <summary>What answers while the gate is closed; override it for more than a status.</summary>
    /// <param name="context">The request.</param>
    protected virtual IActionResult Otherwise(ResourceExecutingContext context) => new StatusCodeResult(StatusCode);
}
