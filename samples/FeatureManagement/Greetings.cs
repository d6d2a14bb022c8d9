using Microsoft.FeatureManagement;

namespace FeatureManagementSample;

/// <summary>A service of which the variant of a feature chooses one.</summary>
internal interface IGreeting
{
    string Text { get; }
}

/// <summary>For the variant <c>dark</c>.</summary>
[VariantServiceAlias("dark")]
internal sealed class DarkGreeting : IGreeting
{
    public string Text => "Good evening";
}

/// <summary>For the variant <c>light</c>.</summary>
[VariantServiceAlias("light")]
internal sealed class LightGreeting : IGreeting
{
    public string Text => "Good morning";
}
