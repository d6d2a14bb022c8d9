using Microsoft.CodeAnalysis;

namespace Halyard.Tests.Generating;

public sealed class FlagKeyAnalyzerTests
{
    private const string Flags = """
        { "flags": { "new-checkout": { "variations": [true, false] }, "theme": { "variations": ["a"] }, "retries": { "variations": [1] },
          "rate": { "variations": [0.5] }, "limits": { "variations": [{}] } } }
        """;

    [Theory]
    [InlineData("""client.BoolVariation("new-chekout", user, false)""", "HLY0010", "No flag file has the flag 'new-chekout'; did you mean 'new-checkout'?")]
    [InlineData("""client.BoolVariationAsync("something-else", user, false)""", "HLY0010", "No flag file has the flag 'something-else'")]
    [InlineData("""client.BoolVariation("theme", user, false)""", "HLY0011", "The flag 'theme' is of texts, which BoolVariation does not read: it gives its default")]
    [InlineData("""client.StringVariationDetail("new-checkout", user, "")""", "HLY0011", "The flag 'new-checkout' is boolean, which StringVariationDetail does not read: it gives its default")]
    [InlineData("""client.IntVariationDetailAsync("limits", user, 1)""", "HLY0011", "The flag 'limits' is of JSON, which IntVariationDetailAsync does not read: it gives its default")]
    [InlineData("""client.EnumVariation("rate", user, DayOfWeek.Monday)""", "HLY0011", "The flag 'rate' is of numbers, which EnumVariation does not read: it gives its default")]
    [InlineData("""concrete.BoolVariation(key: "x" + "y", context: user, defaultValue: false)""", "HLY0010", "No flag file has the flag 'xy'")]
    [InlineData("""client.TrackValue("x", user, change => { })""", "HLY0010", "No flag file has the flag 'x'")]
    [InlineData("""request.BoolVariation("theme", false)""", "HLY0011", "The flag 'theme' is of texts, which BoolVariation does not read: it gives its default")]
    [InlineData("""endpoint.RequireFlag("theme")""", "HLY0011", "The flag 'theme' is of texts, which RequireFlag does not read: it gives its default")]
    [InlineData("""new Closed()""", "HLY0011", "The flag 'theme' is of texts, which RequireFlag does not read: it gives its default")]
    public async Task A_key_that_is_unknown_or_read_as_another_type_is_told(string expression, string id, string message)
    {
        var attribute = expression.StartsWith("new Closed", StringComparison.Ordinal) ? "[RequireFlag(\"theme\")]" : "";
        var found = Assert.Single(await new Compiling().With(Flags).AnalyzeAsync(Code(expression, attribute)));
        Assert.Equal((id, message, DiagnosticSeverity.Warning), (found.Id, found.GetMessage(null), found.Severity));
    }

    [Theory]
    [InlineData("""client.BoolVariation("new-checkout", user, false)""")]
    [InlineData("""client.StringVariation("theme", user, "")""")]
    [InlineData("""client.EnumVariation("theme", user, DayOfWeek.Monday)""")]
    [InlineData("""client.IntVariation("rate", user, 1)""")]
    [InlineData("""client.DoubleVariation("retries", user, 1)""")]
    [InlineData("""client.LongVariation("retries", user, 1)""")]
    [InlineData("""client.JsonVariation("new-checkout", user, Value.Null)""")]
    [InlineData("""client.BoolVariation(user.Key, user, false)""")]
    [InlineData("""client.Track("x", user)""")]
    [InlineData("""Other.BoolVariation("x")""")]
    [InlineData("""client.Variation(Flags.NewCheckout, user)""")]
    public async Task What_is_right_or_cannot_be_known_is_left_alone(string expression) =>
        Assert.Empty(await new Compiling().With(Flags).AnalyzeAsync(Code(expression)));

    [Fact]
    public async Task Without_flag_files_or_with_one_that_cannot_be_read_no_key_is_unknown()
    {
        var code = """
            using Halyard;
            static class Reads { public static object Read(IHalyardClient client, Context user) => client.BoolVariation("x", user, false); }
            """;
        Assert.Empty(await new Compiling().AnalyzeAsync(code));
        Assert.Empty(await new Compiling().With("""{"flagValues":{"a":1}}""").With("{", "broken.json").AnalyzeAsync(code));
    }

    private static string Code(string expression, string attribute = "") => $$"""
        using System;
        using Halyard;
        using Microsoft.AspNetCore.Builder;
        namespace App;
        {{attribute}}
        class Closed;
        static class Other { public static bool BoolVariation(string key) => key.Length == 0; }
        static class Reads
        {
            public static void Read(IHalyardClient client, Client concrete, RequestFlags request, IEndpointConventionBuilder endpoint, Context user)
            {
                {{expression}};
            }
        }
        """;
}
