using Microsoft.Extensions.Configuration;

namespace Halyard.Tests.Hosting;

/// <summary>Settings that a test changes while they are in use.</summary>
internal sealed class ChangedSettings(params (string Name, string Value)[] settings) : ConfigurationProvider, IConfigurationSource
{
    public override void Load() => Take(settings);

    /// <summary>Puts others in their place, and tells of it.</summary>
    public void Change(params (string Name, string Value)[] changed)
    {
        Take(changed);
        OnReload();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    private void Take((string Name, string Value)[] now) =>
        Data = now.ToDictionary(static setting => setting.Name, static setting => (string?)setting.Value, StringComparer.OrdinalIgnoreCase);
}
