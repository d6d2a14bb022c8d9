using Microsoft.AspNetCore.Http;

namespace Halyard;

/// <summary>The context of the request that is being answered.</summary>
internal sealed class RequestFlagContext(IHttpContextAccessor accessor) : ICurrentFlagContext
{
    public Context? Current => accessor.HttpContext?.FlagContext();
}
