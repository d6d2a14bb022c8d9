using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>A factory that is one function.</summary>
internal sealed class DelegateContextFactory(Func<HttpContext, Context> create) : IFlagContextFactory
{
    public Context Create(HttpContext httpContext) => create(httpContext);
}
