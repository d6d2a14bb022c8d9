using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.Yaml;

/// <summary>Flag files in YAML that settings alone name.</summary>
public sealed class YamlSettingsTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-yaml-settings-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_bootstraps_and_overrides_are_read_for_every_client(bool before)
    {
        var flags = Write("flags.yaml", "flagValues:\n  colour: red\n  size: 1\n");
        var overrides = Write("mine.yml", "flagValues:\n  size: 2\n");
        var builder = Builder(
            ("Halyard:default:DataSystem:Kind", "file"), ("Halyard:default:DataSystem:Paths", flags), ("Halyard:default:Overrides:Paths:0", overrides),
            ("Halyard:eu:DataSystem:Kind", "custom"), ("Halyard:eu:DataSystem:Initializers:0:Kind", "file"), ("Halyard:eu:DataSystem:Initializers:0:Paths", flags));
        if (before)
        {
            builder.Services.AddHalyardYaml().AddHalyardYaml();
        }

        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard:default"));
        builder.Services.AddHalyard("eu", builder.Configuration.GetSection("Halyard:eu"));
        if (!before)
        {
            builder.Services.AddHalyardYaml();
        }

        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        var (first, eu) = (host.Services.GetRequiredService<IHalyardClient>(), host.Services.GetRequiredKeyedService<IHalyardClient>("eu"));
        Assert.Equal(("red", 2), (first.StringVariation("colour", Clients.Clients.User, ""), first.IntVariation("size", Clients.Clients.User, 0)));
        Assert.Equal("red", eu.StringVariation("colour", Clients.Clients.User, ""));
        Assert.Single(Assert.IsType<FileSourceOptions>(host.Services.GetRequiredService<IOptions<ClientOptions>>().Value.DataSystem).Formats);
    }

    [Fact]
    public async Task Without_the_package_the_start_says_what_is_missing()
    {
        var builder = Builder(("Halyard:DataSystem:Kind", "file"), ("Halyard:DataSystem:Paths", Write("flags.yaml", "flagValues: {}\n")));
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Contains("add the package Halyard.Yaml and call UseYaml() on the file source's options, or AddHalyardYaml() on the services", error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static HostApplicationBuilder Builder(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)));
        return builder;
    }
}
