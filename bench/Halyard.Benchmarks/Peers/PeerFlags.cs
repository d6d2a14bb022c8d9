using System.Globalization;
using System.Text;

namespace Halyard.Benchmarks.Peers;

/// <summary>The same flags in the form of Halyard and in that of <c>Microsoft.FeatureManagement</c>.</summary>
internal static class PeerFlags
{
    public const string On = "on";
    public const string Off = "off";
    public const string Target = "target";
    public const string Percentage = "percentage";
    public const string Variant = "variant";

    /// <summary>Who is a target by name.</summary>
    public const string Named = "user-042";

    /// <summary>Who is in the percentages.</summary>
    public const string Other = "user-0777";

    /// <summary>The five flags, and so many more that are on.</summary>
    public static string Halyard(int more) =>
        $$$$"""
        {"flags":{
        "on":{{{{Plain(On, isOn: true)}}}},
        "off":{{{{Plain(Off, isOn: false)}}}},
        "target":{"key":"target","version":1,"on":true,"offVariation":0,"fallthrough":{"variation":0},"variations":[false,true],"salt":"s","targets":[{"variation":1,"values":[{{{{Names}}}}]}]},
        "percentage":{"key":"percentage","version":1,"on":true,"offVariation":0,"fallthrough":{"rollout":{"variations":[{"variation":1,"weight":50000},{"variation":0,"weight":50000}]}},"variations":[false,true],"salt":"s"},
        "variant":{"key":"variant","version":1,"on":true,"offVariation":0,"fallthrough":{"rollout":{"variations":[{"variation":0,"weight":50000},{"variation":1,"weight":50000}]}},"variations":["small","big"],"salt":"s"}
        {{{{Many(more, static key => $",\"{key}\":{Plain(key, isOn: true)}\n")}}}}
        },"segments":{}}
        """;

    /// <summary>The five flags, and so many more that are on.</summary>
    public static string FeatureManagement(int more) =>
        $$$$"""
        {"feature_management":{"feature_flags":[
        {"id":"on","enabled":true},
        {"id":"off","enabled":false},
        {"id":"target","enabled":true,"conditions":{"client_filters":[{"name":"Microsoft.Targeting","parameters":{"Audience":{"Users":[{{{{Names}}}}],"DefaultRolloutPercentage":0}}}]}},
        {"id":"percentage","enabled":true,"conditions":{"client_filters":[{"name":"Microsoft.Targeting","parameters":{"Audience":{"DefaultRolloutPercentage":50}}}]}},
        {"id":"variant","enabled":true,"variants":[{"name":"small","configuration_value":"small"},{"name":"big","configuration_value":"big"}],"allocation":{"percentile":[{"variant":"small","from":0,"to":50},{"variant":"big","from":50,"to":100}]}}
        {{{{Many(more, static key => $",{{\"id\":\"{key}\",\"enabled\":true}}\n")}}}}
        ]}}
        """;

    private static string Names => string.Join(',', Enumerable.Range(0, 100).Select(static i => string.Create(CultureInfo.InvariantCulture, $"\"user-{i:000}\"")));

    private static string Plain(string key, bool isOn) =>
        $$$$"""{"key":"{{{{key}}}}","version":1,"on":{{{{(isOn ? "true" : "false")}}}},"offVariation":0,"fallthrough":{"variation":1},"variations":[false,true],"salt":"s"}""";

    private static string Many(int count, Func<string, string> text)
    {
        var all = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            all.Append(text(string.Create(CultureInfo.InvariantCulture, $"flag-{i:00000}")));
        }

        return all.ToString();
    }
}
