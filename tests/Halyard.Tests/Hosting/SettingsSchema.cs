using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.Hosting;

/// <summary>
/// Makes the schema of the settings, for the editors of <c>appsettings.json</c>: what settings there are, and of which kind, is asked of what reads
/// them, by settings that are wrong; what they mean is taken from the documentation of the options.
/// </summary>
internal static class SettingsSchema
{
    private const string Nonsense = "zzzzzzzzzzzz";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What has no option of its name.
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["Base"] = "The base address of all services: a relay, or halyard serve. The others here come before it.",
        ["Enabled"] = "Whether what this section is about is wanted. Default: true, where the section is there.",
        ["Kind"] = "What this is a source of.",
        ["DataSystem:Kind"] = "Where flag data comes from: FDv2 as recommended (default), sources of one's own choice (custom), a persistent store that something else fills (daemon), FDv2 with a persistent store beside it (persistentStore), or a single source.",
        ["ReadLaunchDarklyVariables"] = "Whether to take what is not set here from the environment variables LAUNCHDARKLY_SDK_KEY or LD_SDK_KEY, LD_BASE_URI, LD_STREAM_URI and LD_EVENTS_URI. Default: false.",
        ["TracingHook"] = "Records evaluations in traces. Default: nothing is recorded.",
    };

    private static readonly Dictionary<string, Type> Sections = new()
    {
        [""] = typeof(ClientOptions),
        ["Endpoints"] = typeof(ServiceEndpoints),
        ["Http"] = typeof(HttpOptions),
        ["Snapshot"] = typeof(SnapshotOptions),
        ["WriteThrough"] = typeof(WriteThroughOptions),
        ["WriteThrough:Cache"] = typeof(LazyLoadOptions),
        ["BigSegments"] = typeof(BigSegmentsOptions),
        ["Events"] = typeof(EventOptions),
        ["TracingHook"] = typeof(TracingHookOptions),
        ["Overrides"] = typeof(FileSourceOptions),
    };

    private static readonly (string Kind, Type Options)[] Systems =
    [
        ("default", typeof(SourceChainOptions)), ("custom", typeof(SourceChainOptions)), ("daemon", typeof(LazyLoadOptions)),
        ("persistentStore", typeof(SourceChainOptions)), .. Sources,
    ];

    private static (string Kind, Type Options)[] Sources =>
        [("streaming", typeof(StreamingOptions)), ("polling", typeof(PollingOptions)), ("file", typeof(FileSourceOptions))];

    public static string Make()
    {
        var client = Section("");
        ((JsonObject)client["properties"]!)["DataSystem"] = Choice("DataSystem", "DataSystem", Systems, typeof(ClientOptions));
        client["description"] = "Settings of Halyard's client; with several clients, a section of settings for each by its name.";
        client["additionalProperties"] = new JsonObject { ["$ref"] = "#/properties/Halyard" };
        var schema = new JsonObject
        {
            ["definitions"] = new JsonObject
            {
                ["logLevel"] = new JsonObject { ["properties"] = new JsonObject { ["Halyard"] = new JsonObject { ["$ref"] = "#/definitions/logLevelThreshold" } } },
            },
            ["type"] = "object",
            ["properties"] = new JsonObject { ["Halyard"] = client },
        };
        return schema.ToJsonString(Format) + "\n";
    }

    /// <summary>The names of the settings of a section.</summary>
    public static string[] Names(string path, params (string Name, string Value)[] beside)
    {
        var failure = Failures([(Join(path, Nonsense), "1"), .. beside]).Single(failure => failure.Contains(Nonsense, StringComparison.Ordinal));
        return failure[(failure.IndexOf("there are ", StringComparison.Ordinal) + "there are ".Length)..^1].Split(", ");
    }

    /// <summary>The sections with a type of options each, the data system apart.</summary>
    public static IReadOnlyDictionary<string, Type> KnownSections => Sections;

    /// <summary>The kinds of data systems.</summary>
    public static IReadOnlyList<(string Kind, Type Options)> KnownSystems => Systems;

    private static JsonObject Section(string path)
    {
        var properties = new JsonObject();
        foreach (var name in Names(path))
        {
            var inner = Join(path, name);
            properties[name] = Sections.ContainsKey(inner)
                ? With(Section(inner), Meaning(Sections[path], name, inner))
                : inner == "DataSystem" ? null : Setting(path, name, Sections[path]);
        }

        return Closed(properties);
    }

    // One object for all kinds: editors offer what any of them has.
    private static JsonObject Choice(
        string path, string meaning, (string Kind, Type Options)[] kinds, Type owner, params (string Name, string Value)[] outside)
    {
        var properties = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var (kind, options) in kinds)
        {
            foreach (var name in Names(path, [(Join(path, "Kind"), kind), .. outside]))
            {
                if (!properties.ContainsKey(name))
                {
                    properties[name] = OfChoice(path, options, name, kinds, [(Join(path, "Kind"), kind), .. outside]);
                }
            }
        }

        return With(Closed(new(properties.Select(static property => new KeyValuePair<string, JsonNode?>(property.Key, property.Value)))), Meaning(owner, meaning, meaning));
    }

    private static JsonObject OfChoice(
        string path, Type options, string name, (string Kind, Type Options)[] kinds, (string Name, string Value)[] beside) => name switch
        {
            "Kind" => With(
                new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. kinds.Select(static known => JsonValue.Create(known.Kind))]) },
                Meanings[path == "DataSystem" ? "DataSystem:Kind" : "Kind"]),
            "Initializers" or "Synchronizers" => With(
                new JsonObject { ["type"] = "array", ["items"] = Choice($"{path}:{name}:0", name, Sources, options, beside) }, Documentation.Of(options, name)),
            "Fdv1Fallback" => Choice(Join(path, name), name, Sources, options, beside),
            _ => Setting(path, name, options, beside),
        };

    private static JsonObject Setting(string path, string name, Type options, params (string Name, string Value)[] beside)
    {
        var setting = Join(path, name);
        var failures = Failures([(setting, Nonsense), .. beside]).Where(failure => failure.StartsWith($"Halyard:{setting} ", StringComparison.Ordinal)).ToList();
        var expected = failures is [var only] ? only[(only.IndexOf("must be ", StringComparison.Ordinal) + "must be ".Length)..].TrimEnd('.') : "";
        var kind = expected switch
        {
            "true or false" => new JsonObject { ["type"] = "boolean" },
            "a whole number" => new JsonObject { ["type"] = "integer" },
            _ when expected.StartsWith("a number", StringComparison.Ordinal) => new JsonObject { ["type"] = "number" },
            _ when expected.StartsWith("a time", StringComparison.Ordinal) => new JsonObject { ["type"] = "string", ["pattern"] = "^(-1|infinite|[^:]+:.+)$" },
            _ when expected.StartsWith("an absolute address", StringComparison.Ordinal) => new JsonObject { ["type"] = "string", ["format"] = "uri" },
            _ when expected.StartsWith("one of ", StringComparison.Ordinal) =>
                new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. expected["one of ".Length..].Split(", ").Select(static word => JsonValue.Create(word))]) },
            "" => OfText(setting, beside),
            _ => throw new InvalidOperationException($"{setting} must be {expected}, which the schema knows nothing of."),
        };
        return With(kind, Meaning(options, name, name));
    }

    // A text, a list and a map take any text; they differ by what they say of a section in their place.
    private static JsonObject OfText(string setting, (string Name, string Value)[] beside) =>
        Failures([(Join(setting, "0"), ""), .. beside]) switch
        {
            [var text] when text.EndsWith("is a section; it must be a text.", StringComparison.Ordinal) => new() { ["type"] = "string" },
            [var list] when list.EndsWith(":0 is empty.", StringComparison.Ordinal) =>
                new() { ["type"] = new JsonArray("array", "string"), ["items"] = new JsonObject { ["type"] = "string" } },
            [] => new() { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } },
            var others => throw new InvalidOperationException($"{setting}: {string.Join(' ', others)}"),
        };

    private static string Meaning(Type options, string name, string path) => Meanings.GetValueOrDefault(path) ?? Documentation.Of(options, name);

    private static List<string> Failures(IEnumerable<(string Name, string Value)> settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>("Halyard:" + setting.Name, setting.Value)))
            .Build();
        var store = new SqliteStore("nothing-opens-this.db");
        try
        {
            ClientSettings.Apply(configuration.GetSection("Halyard"), new(), new(store, store));
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";

    private static JsonObject Closed(JsonObject properties) => new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };

    private static JsonObject With(JsonObject schema, string description)
    {
        schema["description"] = description;
        return schema;
    }
}
