using Microsoft.CodeAnalysis;

namespace Halyard.Tests.Generating;

public sealed class FlagsGeneratorTests
{
    private const string Small = """
        { "flags": {
            "new-checkout": { "on": true, "variations": [true, false], "offVariation": 1, "clientSideAvailability": { "usingEnvironmentId": true } },
            "theme": { "variations": ["light", "dark \"x\" </summary>\n"], "offVariation": 1 },
            "retries": { "variations": [1, 2], "offVariation": 0 },
            "user-id": { "variations": [9007199254740993, 1] , "offVariation": 0},
            "rate": { "variations": [1, 0.5], "offVariation": 1 },
            "limits": { "variations": [{ "a": 1 }, [2]] } },
          "flagValues": { "title": "Hello" } }
        """;

    [Fact]
    public async Task Each_flag_is_a_typed_member_that_reads_it()
    {
        var compiling = new Compiling().With(Small);
        var compiled = compiling.Generate();
        Assert.Empty(compiling.Diagnostics);
        var flag = Compiling.Property<TypedFlag<bool>>(compiled, "App.Flags", "NewCheckout");
        Assert.Equal(("new-checkout", false), (flag.Key, flag.DefaultValue));
        Assert.Equal("dark \"x\" </summary>\n", Compiling.Property<TypedFlag<string>>(compiled, "App.Flags", "Theme").DefaultValue);
        Assert.Equal(1, Compiling.Property<TypedFlag<int>>(compiled, "App.Flags", "Retries").DefaultValue);
        Assert.Equal(9007199254740993, Compiling.Property<TypedFlag<long>>(compiled, "App.Flags", "UserId").DefaultValue);
        Assert.Equal(0.5, Compiling.Property<TypedFlag<double>>(compiled, "App.Flags", "Rate").DefaultValue);
        Assert.Equal("limits", Compiling.Property<TypedFlag<Value>>(compiled, "App.Flags", "Limits").Key);
        Assert.Equal("Hello", Compiling.Property<TypedFlag<string>>(compiled, "App.Flags", "Title").DefaultValue);

        await using var client = await Clients.Clients.StartAsync(new TestData().Update(TestData.Flag("new-checkout").VariationForAll(true)));
        Assert.True(client.Variation(flag, Clients.Clients.User));
    }

    [Fact]
    public void A_member_is_documented()
    {
        var compiling = new Compiling().With(Small);
        compiling.Generate();
        Assert.Contains("/// <summary>The flag <c>new-checkout</c>: true or false. Off: false. Front ends may see it.</summary>", compiling.Code, StringComparison.Ordinal);
        Assert.Contains("""/// <summary>The flag <c>retries</c>: 1, 2. Off: 1.</summary>""", compiling.Code, StringComparison.Ordinal);
        Assert.Contains("&lt;/summary&gt;", compiling.Code, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new-checkout.v2", "NewCheckoutV2")]
    [InlineData("alreadyCamel", "AlreadyCamel")]
    [InlineData("snake_case", "SnakeCase")]
    [InlineData("2fa", "_2fa")]
    [InlineData("größe", "Größe")]
    [InlineData("class", "Class")]
    [InlineData("equals", "Equals")]
    [InlineData("get-hash-code", "GetHashCode")]
    [InlineData("a\\\"b\\\\c", "ABC")]
    public void Any_key_becomes_a_name(string key, string name)
    {
        var compiling = new Compiling().With($$"""{"flags":{"{{key}}":{"variations":[true]} } }""");
        compiling.Generate();
        Assert.Contains($"> {name} {{ get; }}", compiling.Code, StringComparison.Ordinal);
    }

    [Fact]
    public void The_class_and_the_namespace_are_what_the_file_says()
    {
        var compiling = new Compiling().With("""{"flagValues":{"a":1}}""", className: "Features", @namespace: "My.App");
        Assert.Equal("a", Compiling.Property<TypedFlag<int>>(compiling.Generate(), "My.App.Features", "A").Key);
        compiling = new Compiling { RootNamespace = null }.With("""{"flagValues":{"a":1}}""");
        Assert.Equal("a", Compiling.Property<TypedFlag<int>>(compiling.Generate(), "Flags", "A").Key);
    }

    [Fact]
    public void Several_files_fill_one_class_and_the_first_counts()
    {
        var compiling = new Compiling().With("""{"flagValues":{"a":1}}""").With("""{"flagValues":{"a":2,"b":true}}""", "more.json");
        var compiled = compiling.Generate();
        Assert.Equal(1, Compiling.Property<TypedFlag<int>>(compiled, "App.Flags", "A").DefaultValue);
        Assert.True(Compiling.Property<TypedFlag<bool>>(compiled, "App.Flags", "B").DefaultValue);
        Assert.Empty(compiling.Diagnostics);
    }

    [Fact]
    public void A_file_that_is_not_said_to_hold_flags_is_left_alone()
    {
        var compiling = new Compiling().With("no json", isFlags: "").With("no json", isFlags: "false");
        compiling.Generate();
        Assert.Empty(compiling.Diagnostics);
        Assert.Equal("", compiling.Code);
    }

    [Theory]
    [InlineData("", "A value is expected", 0, 0)]
    [InlineData("{\n \"flags\": {,} }", "A name in quotation marks is expected", 1, 11)]
    [InlineData("{\"flags\":{}} x", "There is more behind the value", 0, 13)]
    [InlineData("{\"flags\":{\"a", "The text has no end", 0, 12)]
    [InlineData("{\"flags\":{\"\\q\":1}}", "The escape is not known", 0, 12)]
    [InlineData("{\"flags\":{\"a\":01}}", "',' or '}' is expected", 0, 15)]
    [InlineData("[]", "it has neither \"flags\" nor \"flagValues\"", 0, 0)]
    [InlineData("{\"flags\":[]}", "it has neither \"flags\" nor \"flagValues\"", 0, 0)]
    public void A_file_that_cannot_be_read_is_an_error_at_its_place(string json, string message, int line, int column)
    {
        var compiling = new Compiling().With(json, "folder/flags.json");
        compiling.Generate();
        var found = Assert.Single(compiling.Diagnostics);
        Assert.Equal(("HLY0001", DiagnosticSeverity.Error), (found.Id, found.Severity));
        Assert.Contains(message, found.GetMessage(null), StringComparison.Ordinal);
        var place = found.Location.GetLineSpan();
        Assert.Equal(("folder/flags.json", line, column), (place.Path, place.StartLinePosition.Line, place.StartLinePosition.Character));
    }

    [Fact]
    public void Too_many_levels_are_an_error_and_do_not_end_the_compiler()
    {
        var compiling = new Compiling().With(new string('[', 1_000_000));
        compiling.Generate();
        Assert.Contains("more than 1000 levels", Assert.Single(compiling.Diagnostics).GetMessage(null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"flags":{"a-b":{"variations":[1]},"a_b":{"variations":[1]}}}""", "HLY0002", "AB is the member of 'a-b'")]
    [InlineData("""{"flags":{"flags":{"variations":[1]}}}""", "HLY0002", "the name of the class")]
    [InlineData("""{"flags":{"---":{"variations":[1]}}}""", "HLY0002", "no character of its key")]
    [InlineData("""{"flags":{"a":{"on":true}}}""", "HLY0002", "no variations")]
    [InlineData("""{"flags":{"a":{"variations":[1,"x"]}}}""", "HLY0003", "several types")]
    [InlineData("""{"flags":{"a":7}}""", "HLY0002", "no variations")]
    public void A_flag_that_has_no_member_or_no_one_type_is_told(string json, string id, string message)
    {
        var compiling = new Compiling().With(json);
        compiling.Generate();
        var found = Assert.Single(compiling.Diagnostics);
        Assert.Equal(id, found.Id);
        Assert.Contains(message, found.GetMessage(null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1x", null)]
    [InlineData(null, "A..B")]
    [InlineData("Flags {", null)]
    [InlineData("event", null)]
    [InlineData(null, "App.new")]
    public void A_class_that_none_can_be_called_is_an_error(string? className, string? @namespace)
    {
        var compiling = new Compiling().With("""{"flagValues":{"a":1}}""", className: className, @namespace: @namespace);
        compiling.Generate();
        Assert.Equal("HLY0001", Assert.Single(compiling.Diagnostics).Id);
    }

    [Fact]
    public void A_file_may_have_comments_and_a_value_may_hold_what_looks_like_a_deletion()
    {
        var compiled = new Compiling().With("""
            // A developer's switches.
            {"flagValues":{"policy":{"deleted":true},}}
            """).Generate();
        Assert.Equal("policy", Compiling.Property<TypedFlag<Value>>(compiled, "App.Flags", "Policy").Key);
    }

    [Fact]
    public void Deleted_flags_are_none_and_odd_numbers_are_numbers()
    {
        var compiling = new Compiling().With("""
            {"flags":{"gone":{"deleted":true},"least":{"variations":[-9223372036854775808],"offVariation":0},"huge":{"variations":[1e999],"offVariation":0},
             "wrong-off":{"variations":["x"],"offVariation":7},"odd-off":{"variations":[true],"offVariation":"0"}}}
            """);
        var compiled = compiling.Generate();
        Assert.Empty(compiling.Diagnostics);
        Assert.Equal(long.MinValue, Compiling.Property<TypedFlag<long>>(compiled, "App.Flags", "Least").DefaultValue);
        Assert.Equal(double.MaxValue, Compiling.Property<TypedFlag<double>>(compiled, "App.Flags", "Huge").DefaultValue);
        Assert.Equal("", Compiling.Property<TypedFlag<string>>(compiled, "App.Flags", "WrongOff").DefaultValue);
        Assert.DoesNotContain("Gone", compiling.Code, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_not_read_again_when_code_changes()
    {
        var compiling = new Compiling().With(Small);
        compiling.Generate("class A;");
        compiling.Generate("class B;");
        var steps = compiling.Driver!.GetRunResult().Results.Single().TrackedSteps["FlagFiles"];
        Assert.All(steps.SelectMany(step => step.Outputs), output => Assert.Contains(output.Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
        Assert.All(
            compiling.Driver.GetRunResult().Results.Single().TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs),
            output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }
}
