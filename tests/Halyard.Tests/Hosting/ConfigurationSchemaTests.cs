using System.Text.Json;
using Halyard.Tests.House;

namespace Halyard.Tests.Hosting;

/// <summary>The schema that editors complete <c>appsettings.json</c> by says what the settings are.</summary>
public sealed class ConfigurationSchemaTests
{
    // Objects of the application's own, which no text can be.
    private const string SetInCode =
        "BigSegmentsOptions.OpenStore ClientOptions.Hooks ClientOptions.LoggerFactory ClientOptions.MeterFactory ClientOptions.TimeProvider FileSourceOptions.Formats "
        + "HttpOptions.CustomAuthorities HttpOptions.HandlerFactory LazyLoadOptions.Store SourceChainOptions.ReadFirst SourceChainOptions.WriteTo WriteThroughOptions.Store";

    private static string SchemaPath => Path.Combine(Repository.Root, "src", "Halyard.Extensions.Hosting", "ConfigurationSchema.json");

    [Fact]
    public void The_schema_in_the_package_is_that_of_the_settings()
    {
        var made = SettingsSchema.Make();
        if (Environment.GetEnvironmentVariable("HALYARD_WRITES_SCHEMA") == "1")
        {
            File.WriteAllText(SchemaPath, made);
        }

        Assert.True(File.ReadAllText(SchemaPath) == made, "ConfigurationSchema.json is not of these settings: eng/configuration-schema writes it anew.");
    }

    [Fact]
    public void Every_setting_of_the_schema_is_described()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(SchemaPath));
        var count = 0;
        Look(schema.RootElement.GetProperty("properties"));
        Assert.True(count > 100, $"{count} settings");

        void Look(JsonElement properties)
        {
            foreach (var property in properties.EnumerateObject())
            {
                count++;
                Assert.True(property.Value.GetProperty("description").GetString()!.Length > 15, property.Name);
                if (property.Value.TryGetProperty("properties", out var inner))
                {
                    Look(inner);
                }
            }
        }
    }

    [Fact]
    public void Every_option_is_a_setting_or_is_known_to_be_set_in_code()
    {
        var sections = SettingsSchema.KnownSections.Select(static section => (section.Value, Names: SettingsSchema.Names(section.Key)))
            .Concat(SettingsSchema.KnownSystems.Select(static system => (system.Options, Names: SettingsSchema.Names("DataSystem", ("DataSystem:Kind", system.Kind)))));
        var missing = sections.SelectMany(static section => section.Item1.GetProperties()
            .Where(property => property.GetIndexParameters().Length == 0 && !section.Names.Contains(property.Name))
            .Select(property => $"{section.Item1.Name}.{property.Name}"));
        Assert.Equal(SetInCode, string.Join(' ', missing.Distinct().Order(StringComparer.Ordinal)));
    }
}
