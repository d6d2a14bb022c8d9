using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.House;

/// <summary>What pages show as JSON is JSON; what they show as settings is read as such, and what they show as flags is served.</summary>
public sealed class JsonSnippetTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All.Where(page => MarkdownPage.At(page).Shown("json").Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_snippet_means_what_it_shows(string page)
    {
        foreach (var text in MarkdownPage.At(page).Shown("json"))
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.TryGetProperty("Halyard", out _))
            {
                Read(text);
            }
            else if (json.RootElement.TryGetProperty("flags", out _) || json.RootElement.TryGetProperty("flagValues", out _))
            {
                await ServeAsync(text);
            }
        }
    }

    [Fact]
    public void A_mistyped_setting_is_seen() =>
        Assert.Throws<OptionsValidationException>(() => Read("""{ "Halyard": { "Snapshott": { "Path": "x" }, "DataSystem": { "Kind": "file", "Paths": [ "flags.json" ] } } }"""));

    // As an application's settings are, which has a store among its services and says the rest itself.
    private static void Read(string text)
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build();
        var services = new ServiceCollection().AddSingleton<IPersistentStore>(new SqliteStore("flags.db"));
        services.AddHalyard(configuration.GetSection("Halyard"), options =>
        {
            options.SdkKey = options.SdkKey is "" or "..." ? "sdk-key" : options.SdkKey;
            if (options.DataSystem is FileSourceOptions files)
            {
                files.UseYaml();
            }

            options.Overrides?.UseYaml();
        });
        using var provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get("");
    }

    private static async Task ServeAsync(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.File(file) }, TestContext.Current.CancellationToken);
            Assert.Equal((DataSourceState.Valid, 0), (client.DataSourceStatus.Current.State, client.DataSourceStatus.Current.QuarantinedCount));
            Assert.All(client.AllFlagsState(Context.New("ines"), AllFlagsOptions.WithReasons).Values.Keys, key =>
                Assert.NotEqual(EvaluationReasonKind.Error, client.JsonVariationDetail(key, Context.New("ines"), Value.Null).Reason.Kind));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
