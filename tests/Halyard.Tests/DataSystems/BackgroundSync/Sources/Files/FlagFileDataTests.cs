using System.Text;
using Halyard.DataSystems.Sources.Files;
using Halyard.Model;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Sources;

public sealed class FlagFileDataTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Flags_values_and_segments_are_loaded()
    {
        var load = await LoadAsync(NewData(), """
            {
              // comments and trailing commas are let pass
              "$schema": "flags.schema.json",
              "flags": { "a": { "on": true, "variations": [1, 2], "fallthrough": { "variation": 1 }, } },
              "flagValues": { "b": { "deep": [1.5, 9007199254740993, "é\n"] }, "c": null },
              "segments": { "s": { "included": ["u"] } }
            }
            """);

        Assert.Empty(load.Errors);
        Assert.Empty(load.Warnings);
        var flags = load.DataSet!.Flags.ToDictionary(item => item.Key);
        Assert.Equal(["a", "b", "c"], flags.Keys);
        Assert.Equal("a", flags["a"].Item!.Key);
        var value = flags["b"].Item!;
        Assert.True(value.On);
        Assert.Equal(new VariationOrRollout(0, null), value.Fallthrough);
        Assert.Equal("""{"deep":[1.5,9007199254740993,"é\n"]}""", Assert.Single(value.Variations).ToString());
        Assert.True(Assert.Single(flags["c"].Item!.Variations).IsNull);
        Assert.True(Assert.Single(load.DataSet.Segments).Item!.Included.Contains("u"));
        Assert.Single(load.DataSet.Flags.Select(item => item.Version).Concat(load.DataSet.Segments.Select(item => item.Version)).Distinct());
    }

    [Fact]
    public async Task Only_changed_items_get_a_new_version()
    {
        var data = NewData();
        var first = await LoadAsync(data, """{"flagValues":{"a":1,"b":2},"segments":{"s":{}}}""");
        first.Commit!();
        var before = first.DataSet!.Flags.First().Version;

        var second = await LoadAsync(data, """{"segments":{"s":{}}, "flagValues":{ "a" : 1, "b" : 3, "c" : 4 }}""");
        second.Commit!();

        var versions = second.DataSet!.Flags.ToDictionary(item => item.Key, item => item.Version);
        Assert.Equal(2, second.Changed);
        Assert.Equal(before, versions["a"]);
        Assert.Equal(before + 1, versions["b"]);
        Assert.Equal(before + 1, versions["c"]);
        Assert.Equal(before, second.DataSet.Segments.Single().Version);
        Assert.All(second.DataSet.Flags, item => Assert.Equal(item.Version, item.Item!.Version));
    }

    [Fact]
    public async Task A_version_written_in_the_file_does_not_count()
    {
        var data = NewData();
        (await LoadAsync(data, """{"flags":{"a":{"version":7,"key":"a"}}}""")).Commit!();

        var again = await LoadAsync(data, """{"flags":{"a":{"version":8,"key":"a"}}}""");

        Assert.Empty(again.Errors);
        Assert.Null(again.DataSet);
    }

    [Fact]
    public async Task Reformatting_changes_nothing_and_removal_changes_something()
    {
        var data = NewData();
        (await LoadAsync(data, """{"flagValues":{"a":1,"b":2}}""")).Commit!();

        Assert.Null((await LoadAsync(data, "{\n  \"flagValues\": { \"b\": 2, \"a\": 1 } }")).DataSet);
        Assert.Single((await LoadAsync(data, """{"flagValues":{"a":1}}""")).DataSet!.Flags);
    }

    [Fact]
    public async Task Versions_rise_from_one_process_to_the_next()
    {
        var first = await LoadAsync(NewData(), """{"flagValues":{"a":1}}""");
        _time.Advance(TimeSpan.FromSeconds(5));
        var next = await LoadAsync(NewData(), """{"flagValues":{"a":1}}""");

        Assert.True(next.DataSet!.Flags.Single().Version > first.DataSet!.Flags.Single().Version);
        Assert.InRange(next.DataSet.Flags.Single().Version, 1, int.MaxValue);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" \n", "is empty")]
    [InlineData("{\n  \"flags\": {\n    \"a\": {,}\n  }\n}", "line 3, column 11: not valid JSON")]
    [InlineData("{\"flags\":{}", "line 1, column 12: not valid JSON")]
    [InlineData("{\"flags\":{}} x", "not valid JSON")]
    [InlineData("[]", "the file: expected an object, found an array")]
    [InlineData("{\"flags\":[]}", "flags: expected an object, found an array")]
    [InlineData("{\"flagValues\":{\"a\":1,\n\"a\":2}}", "line 2: the flag \"a\" is defined a second time; the first is in")]
    [InlineData("{\"flags\":{\"a\":{}},\"flagValues\":{\"a\":2}}", "the flag \"a\" is defined a second time")]
    [InlineData("{\"flag\":{\"a\":{}}}", "a section \"flag\" and none that is known; known are flags, flagValues and segments")]
    [InlineData("{\"message\":\"no upstream\"}", "a section \"message\" and none that is known")]
    public async Task A_fault_is_one_error_that_names_file_and_place(string text, string expected)
    {
        var load = await LoadAsync(NewData(), text);

        Assert.Null(load.DataSet);
        var error = Assert.Single(load.Errors);
        Assert.StartsWith(_directory["flags0.json"], error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"flags\":{\"a\":3}}", "line 1: flags.a: expected an object, found a number")]
    [InlineData("{\"flags\":{\n\"a.b\":3}}", "line 2: flags['a.b']: expected an object, found a number")]
    [InlineData("{\"flags\":{\n\n\"a\":{\"rules\":[{},{\"clauses\":[{\"op\":7}]}]}}}", "line 3: At flags.a.rules[1].clauses[0].op: expected a string")]
    [InlineData("{\"segments\":{\"s\":{\"included\":{}}}}", "line 1: At segments.s.included: expected")]
    [InlineData("{\"flags\":{\"a\":{\"key\":\"b\"}}}", "flags.a.key: the item's own key differs")]
    public async Task A_malformed_item_is_put_aside_with_file_and_place_and_the_others_are_loaded(string text, string expected)
    {
        var data = NewData();
        var load = await LoadAsync(data, text, """{"flagValues":{"other":1}}""");

        Assert.Empty(load.Errors);
        Assert.Equal(["other"], load.DataSet!.Flags.Select(flag => flag.Key));
        var item = Assert.Single(load.DataSet.Quarantined);
        Assert.StartsWith(_directory["flags0.json"], item.Problem, StringComparison.Ordinal);
        Assert.Contains(expected, item.Problem, StringComparison.Ordinal);
        load.Commit!();
        Assert.Null((await LoadAsync(data, text, """{"flagValues":{"other":1}}""")).DataSet);
        Assert.Empty((await LoadAsync(data, "{}", """{"flagValues":{"other":1}}""")).DataSet!.Quarantined);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"$schema\":\"x\"}")]
    [InlineData("{\"flags\":null}")]
    [InlineData("{\"flags\":{},\"comment\":1}")]
    public async Task A_file_may_be_empty_and_hold_more_than_is_known(string text) =>
        Assert.Empty((await LoadAsync(NewData(), text)).DataSet!.Flags);

    [Fact]
    public async Task Odd_values_are_read_as_from_a_service_and_an_empty_key_is_left_out()
    {
        var deep = new string('[', 1000) + new string(']', 1000);
        var load = await LoadAsync(
            NewData(),
            $$$$"""{"flags":{"":{"on":true},"a":{"on":true,"clientSide":7,"salt":"\ud800","\udc00":1}},"flagValues":{"":1,"b\ud800":"\udc00x","deep":{{{{deep}}}}}}""".Replace("\\\\", "\\", StringComparison.Ordinal));
        Assert.Empty(load.Errors);
        Assert.Equal(["a", "b\uFFFD", "deep"], load.DataSet!.Flags.Select(flag => flag.Key).Order(StringComparer.Ordinal));
        Assert.Equal("\uFFFD", load.DataSet.Flags.Single(flag => flag.Key == "a").Item!.Salt);
        Assert.Equal((Value)"\uFFFDx", load.DataSet.Flags.Single(flag => flag.Key == "b\uFFFD").Item!.Variations[0]);
        Assert.Equal(2, load.Warnings.Count(warning => warning.Contains("empty key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_is_an_error_with_its_line()
    {
        var path = _directory["latin.json"];
        await System.IO.File.WriteAllBytesAsync(path, [.. "{\n"u8, 0xE9, .. "}"u8], TestContext.Current.CancellationToken);
        using var latin = await FlagFileText.ReadAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal($"{path}, line 2: the text is not UTF-8.", latin.Error);

        await System.IO.File.WriteAllTextAsync(path, "{}", Encoding.Unicode, TestContext.Current.CancellationToken);
        using var wide = await FlagFileText.ReadAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal($"{path} is UTF-16 text; save it as UTF-8.", wide.Error);

        await System.IO.File.WriteAllTextAsync(path, "{}", Encoding.UTF8, TestContext.Current.CancellationToken);
        using var marked = await FlagFileText.ReadAsync(path, TestContext.Current.CancellationToken);
        Assert.Null(marked.Error);
        Assert.Equal("{}"u8, marked.Bytes.Span);
    }

    [Fact]
    public async Task A_large_file_is_read_whole()
    {
        var text = "{\"flagValues\":{\"a\":\"" + new string('x', 300_000) + "\"}}";

        var load = await LoadAsync(NewData(), text);

        Assert.Equal(300_000, load.DataSet!.Flags.Single().Item!.Variations[0].AsString!.Length);
    }

    [Fact]
    public async Task An_error_in_one_file_loads_nothing_from_any()
    {
        var load = await LoadAsync(NewData(), """{"flagValues":{"a":1}}""", "{", "[]");

        Assert.Null(load.DataSet);
        Assert.Equal(2, load.Errors.Count);
    }

    [Fact]
    public async Task A_repeated_key_fails_or_the_first_wins()
    {
        var strict = await LoadAsync(NewData(), """{"flagValues":{"a":1}}""", """{"flagValues":{"a":2,"b":3}}""");
        var error = Assert.Single(strict.Errors);
        Assert.Contains("flags0.json, line 1", error, StringComparison.Ordinal);
        Assert.Contains("flags1.json, line 1", error, StringComparison.Ordinal);

        var lenient = await LoadAsync(NewData(DuplicateKeys.FirstWins), """{"flagValues":{"a":1}}""", """{"flagValues":{"a":2,"b":3}}""");
        Assert.Equal([1.0, 3.0], lenient.DataSet!.Flags.Select(item => item.Item!.Variations[0].AsDouble));
    }

    [Fact]
    public async Task Slips_of_the_pen_are_warnings()
    {
        var load = await LoadAsync(NewData(), """
            {"segmets":{}, "flags":{"a":{"on":true,"variations":[true],"fallthrough":{"variation":3}}}}
            """);

        Assert.NotNull(load.DataSet);
        Assert.Equal(2, load.Warnings.Count);
        Assert.Contains("\"segmets\" is not known", load.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("flags.a: fallthrough: there is no variation 3", load.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_or_a_missing_file_is_an_error_that_names_it()
    {
        using var directory = await FlagFileText.ReadAsync(_directory.Path, TestContext.Current.CancellationToken);
        using var missing = await FlagFileText.ReadAsync(_directory["none.json"], TestContext.Current.CancellationToken);

        Assert.Equal($"{_directory.Path} is a directory; name the flag files in it.", directory.Error);
        Assert.Equal($"{_directory["none.json"]} does not exist.", missing.Error);
    }

    private FlagFileData NewData(DuplicateKeys duplicateKeys = DuplicateKeys.Fail) => new([], duplicateKeys, _time);

    private async Task<FlagFileLoad> LoadAsync(FlagFileData data, params string[] texts)
    {
        var files = new List<FlagFileText>();
        for (var i = 0; i < texts.Length; i++)
        {
            files.Add(await FlagFileText.ReadAsync(_directory.Write($"flags{i}.json", texts[i]), TestContext.Current.CancellationToken));
        }

        try
        {
            return data.Load(files);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }
}
