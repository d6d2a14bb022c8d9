using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Halyard.IntegrationTests.AspNetCore;

/// <summary>A controller behind a gate, with further gates on its actions.</summary>
[ApiController]
[Route("gated")]
[RequireFlag("gate")]
public sealed class GatedController(RequestFlags flags) : ControllerBase
{
    [HttpGet("plain")]
    public string Plain() => flags.Context.Key;

    [HttpGet("needs-number")]
    public string NeedsNumber([FromQuery] int number) => $"{number}";

    [HttpGet("second")]
    [RequireFlag("second", StatusCode = 403)]
    public string Second() => "second";

    [HttpGet("redirected")]
    [RedirectUnless("second")]
    public string Redirected() => "here";
}

/// <summary>A controller without a gate of its own.</summary>
[ApiController]
[Route("open")]
public sealed class OpenController : ControllerBase
{
    [HttpGet]
    public string Get() => "open";
}

/// <summary>A gate with an answer of its own.</summary>
public sealed class RedirectUnlessAttribute(string key) : RequireFlagAttribute(key)
{
    protected override IActionResult Otherwise(ResourceExecutingContext context) => new RedirectResult("/elsewhere");
}
