using Microsoft.AspNetCore.Mvc;
using Microsoft.FeatureManagement.Mvc;

namespace FeatureManagementSample;

/// <summary>A page that shows a part of itself to some, and an action that is there for them alone.</summary>
public sealed class HomeController : Controller
{
    public IActionResult Index() => View();

    [FeatureGate("beta")]
    public IActionResult Lab() => Content("lab");
}
