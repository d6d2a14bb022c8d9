using System.Text.Json;
using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests.Cli;

public sealed class ServedFileTests : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-serve-");
    private readonly FakeLogCollector _log = new();
    private DevServer? _server;
    private HttpClient? _http;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task An_edit_of_the_file_is_pushed_and_nothing_else()
    {
        var path = Write("flags.json", """{"flags":{"a":{"on":true,"variations":[1,2]},"b":{"variations":[1]}},"segments":{"s":{"included":["u"]}}}""");
        await using var events = await ServeAsync(path);

        Write("flags.json", """{"flags":{"a":{"on":false,"variations":[1,2]},"b":{"variations":[1]}},"segments":{"s":{"included":["u"]}}}""");
        var (name, data) = await events.NextAsync();
        Assert.Equal("patch", name);
        Assert.Contains("\"/flags/a\"", data, StringComparison.Ordinal);

        Write("flags.json", """{"flags":{"a":{"on":false,"variations":[1,2]},"b":{"variations":[1]}}}""");
        (name, data) = await events.NextAsync();
        Assert.Equal("delete", name);
        Assert.Contains("\"/segments/s\"", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_edit_changes_nothing_and_is_reported_until_it_is_mended()
    {
        var path = Write("flags.json", """{"flags":{"a":{"variations":[1]}}}""");
        await using var events = await ServeAsync(path);

        Write("flags.json", """{"flags":{"a":{"variations":[1]},"b":{"variations":{}}}}""");
        await Conditions.UntilAsync(() => _log.GetSnapshot().Any(static entry => entry.Message.Contains("flags.b.variations", StringComparison.Ordinal)));
        Assert.Contains("flags.b.variations", await _http!.GetStringAsync(new Uri("status", UriKind.Relative), Token), StringComparison.Ordinal);
        Assert.Equal(1, _server!.Repository.Current.CountLive(DataKind.Flag));

        Write("flags.json", """{"flags":{"a":{"variations":[1]},"b":{"variations":[]}}}""");
        var (_, data) = await events.NextAsync();
        Assert.Contains("\"/flags/b\"", data, StringComparison.Ordinal);
        await Conditions.UntilAsync(() => _log.GetSnapshot().Any(static entry => entry.Message == "the files are good again"));
    }

    [Fact]
    public async Task A_change_over_the_api_outlives_an_edit_of_something_else()
    {
        var path = Write("flags.json", """{"flags":{"a":{"on":true,"variations":[1]},"b":{"variations":[1]}}}""");

        // Not written back: of what stands in the file, a file that is written over says that it was edited.
        await using var events = await ServeAsync(writesBack: false, path);
        _server!.Patch(DataKind.Flag, "a", """{"on":false}""");
        await events.NextAsync();

        Write("flags.json", """{"flags":{"a":{"on":true,"variations":[1]},"b":{"variations":[1,2]}}}""");
        var (_, data) = await events.NextAsync();
        Assert.Contains("\"/flags/b\"", data, StringComparison.Ordinal);
        Assert.Contains("\"on\":false", ItemText("a"), StringComparison.Ordinal);

        Write("flags.json", """{"flags":{"a":{"on":true,"variations":[1,3]},"b":{"variations":[1,2]}}}""");
        await events.NextAsync();
        Assert.Contains("\"on\":true", ItemText("a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_back_changes_in_the_file_what_changed_and_no_more()
    {
        var first = Write("one.json", """
            {
              // A comment that writing loses.
              "flags": { "a": { "on": true, "variations": [1, 2], "note": "Grüße" } },
              "flagValues": { "v": 5 },
              "other": [1]
            }
            """);
        var second = Write("two.json", """{"flags":{"b":{"version":7,"variations":[1]}}}""");
        await using var events = await ServeAsync(first, second);

        _server!.Patch(DataKind.Flag, "a", """{"on":false}""");
        Assert.Equal(
            """{"flags":{"a":{"on":false,"variations":[1,2],"note":"Grüße"}},"flagValues":{"v":5},"other":[1]}""",
            Compact(await File.ReadAllTextAsync(first, Token)));

        _server.Patch(DataKind.Flag, "b", """{"offVariation":0}""");
        Assert.Matches("""^\{"flags":\{"b":\{"version":\d+,"variations":\[1\],"offVariation":0\}\}\}$""", Compact(await File.ReadAllTextAsync(second, Token)));

        _server.Patch(DataKind.Flag, "v", """{"on":false}""");
        _server.Put(DataKind.Segment, "new", """{"included":["u"]}""");
        _server.Delete(DataKind.Flag, "a");
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(first, Token));
        Assert.Equal(["v"], document.RootElement.GetProperty("flags").EnumerateObject().Select(static flag => flag.Name));
        Assert.Empty(document.RootElement.GetProperty("flagValues").EnumerateObject());
        Assert.Equal(["new"], document.RootElement.GetProperty("segments").EnumerateObject().Select(static segment => segment.Name));
        Assert.Equal(["one.json", "two.json"], _directory.GetFiles().Select(static file => file.Name).Order());
    }

    [Fact]
    public async Task What_cannot_be_written_back_is_refused()
    {
        var path = Write("flags.json", """{"flags":{"a":{"variations":[1]}}}""");
        await using var events = await ServeAsync(path);
        Write("flags.json", "{ broken");

        using var content = new StringContent("""{"on":true}""");
        using var response = await _http!.PatchAsync(new Uri("api/flags/a", UriKind.Relative), content, Token);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("\"on\":false", ItemText("a"), StringComparison.Ordinal);
        Assert.Equal("{ broken", await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task Write_back_of_yaml_is_refused_at_the_start()
    {
        var path = Write("flags.yaml", "flags: {}");
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new DevServerOptions { Files = [path], WriteBack = true }, Token));
        Assert.Equal(ExitCode.Usage, error.Code);
    }

    private Task<EventReader> ServeAsync(params string[] paths) => ServeAsync(writesBack: true, paths);

    private async Task<EventReader> ServeAsync(bool writesBack, params string[] paths)
    {
        _server = await DevServer.StartAsync(
            new DevServerOptions
            {
                Files = paths,
                WriteBack = writesBack,
                LoggerFactory = new Microsoft.Extensions.Logging.LoggerFactory([new FakeLoggerProvider(_log)]),
            },
            Token);
        _http = new HttpClient { BaseAddress = _server.BaseUri };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "any");
        var events = await EventReader.OpenAsync(_http);
        Assert.Equal("put", (await events.NextAsync()).Name);
        return events;
    }

    private string ItemText(string key) => System.Text.Encoding.UTF8.GetString(_server!.Repository.Current.Find(DataKind.Flag, key)!.Json!);

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.RootElement.WriteTo(writer);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
