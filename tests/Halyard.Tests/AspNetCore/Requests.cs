using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.Tests.AspNetCore;

/// <summary>Requests without a server.</summary>
internal static class Requests
{
    public static DefaultHttpContext Of(IServiceCollection services) =>
        new() { RequestServices = services.AddLogging().BuildServiceProvider() };

    public static ClaimsPrincipal SignedIn(params (string Type, string Value)[] claims) =>
        new(new ClaimsIdentity(claims.Select(claim => new Claim(claim.Type, claim.Value)), "test"));
}
