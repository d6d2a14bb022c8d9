using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Halyard.Benchmarks.Peers;

/// <summary><c>Microsoft.FeatureManagement</c> over flags from memory, set up as its documentation does.</summary>
internal sealed class FeatureManagementPeer : IDisposable
{
    public const string Name = "Microsoft.FeatureManagement";

    private readonly ServiceProvider _services;

    private FeatureManagementPeer(string json)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging();
        services.AddFeatureManagement();
        _services = services.BuildServiceProvider();
        Manager = _services.GetRequiredService<IVariantFeatureManager>();
    }

    public IVariantFeatureManager Manager { get; }

    public static FeatureManagementPeer Of(string json) => new(json);

    public static TargetingContext User(string id) => new() { UserId = id };

    public bool IsOn(string flag) => Manager.IsEnabledAsync(flag).AsTask().GetAwaiter().GetResult();

    public bool IsOn(string flag, TargetingContext user) => Manager.IsEnabledAsync(flag, user).AsTask().GetAwaiter().GetResult();

    public string? Variant(string flag, TargetingContext user) => Manager.GetVariantAsync(flag, user).AsTask().GetAwaiter().GetResult()?.Name;

    public int Count()
    {
        var count = 0;
        foreach (var _ in Manager.GetFeatureNamesAsync().ToBlockingEnumerable())
        {
            count++;
        }

        return count;
    }

    public void Dispose() => _services.Dispose();
}
