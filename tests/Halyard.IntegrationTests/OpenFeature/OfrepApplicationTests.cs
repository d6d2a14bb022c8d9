using System.Net;
using System.Text.Json.Nodes;
using Halyard.IntegrationTests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.IntegrationTests.OpenFeature;

/// <summary>An application of its own lets OpenFeature's clients evaluate over its client.</summary>
public sealed class OfrepApplicationTests : IAsyncDisposable
{
    private readonly TestData _data = new();
    private WebApplication? _application;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_line_serves_OpenFeature_from_the_client_among_the_services()
    {
        _data.UpdateFlagJson("""{"key":"string","version":1,"on":true,"variations":["a","b"],"fallthrough":{"rollout":{"variations":[{"variation":1,"weight":100000}]}},"salt":"s"}""");
        var url = await StartAsync(static application => application.MapOfrep());
        await using var run = await ClientRun.StartAsync(
            Repository.PathOf("tests", "Halyard.IntegrationTests", "OpenFeature", "server.cjs"),
            new() { ["url"] = url, ["contexts"] = new JsonArray(new JsonObject { ["targetingKey"] = "u" }) });
        var read = (await run.HearAsync("read")).GetProperty("string");
        Assert.Equal(("b", "SPLIT", "1"), (read.GetProperty("value").GetString(), read.GetProperty("reason").GetString(), read.GetProperty("variant").GetString()));
    }

    [Fact]
    public async Task Both_endpoints_take_what_the_application_demands_of_them()
    {
        var url = await StartAsync(static application => application.MapOfrep(new() { MaxBodyBytes = 100 }).RequireHost("127.0.0.1"));
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        foreach (var path in new[] { "ofrep/v1/evaluate/flags", "ofrep/v1/evaluate/flags/string" })
        {
            foreach (var (host, status) in new[] { ("localhost", HttpStatusCode.NotFound), ("127.0.0.1", HttpStatusCode.RequestEntityTooLarge) })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(new string(' ', 101)) };
                request.Headers.Host = host;
                using var answer = await http.SendAsync(request, Token);
                Assert.Equal(status, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData(AllFlagsOptions.None)]
    [InlineData(AllFlagsOptions.ClientSideOnly)]
    [InlineData(AllFlagsOptions.MobileOnly)]
    public async Task Without_data_every_question_is_to_be_asked_again_and_a_flag_that_is_hidden_is_not_there(AllFlagsOptions visible)
    {
        using var http = new HttpClient();
        var silent = await StartAsync(
            application => application.MapOfrep(new() { Visible = _ => visible }),
            static options =>
            {
                options.DataSystem = DataSystem.FromSynchronizer(static _ => new SilentSource());
                options.StartTimeout = TimeSpan.FromMilliseconds(1);
            });
        foreach (var path in new[] { "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/string" })
        {
            using var content = new StringContent("""{"context":{"targetingKey":"u"}}""");
            using var answer = await http.PostAsync(new Uri(silent + path), content, Token);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, answer.StatusCode));
        }

        await _application!.DisposeAsync();
        foreach (var (key, availability, expected) in new[]
        {
            ("old", "", AllFlagsOptions.None | AllFlagsOptions.MobileOnly),
            ("client", "\"clientSide\":true,", AllFlagsOptions.ClientSideOnly | AllFlagsOptions.MobileOnly),
            ("browser", "\"clientSideAvailability\":{\"usingEnvironmentId\":true,\"usingMobileKey\":false},", AllFlagsOptions.ClientSideOnly),
            ("mobile", "\"clientSideAvailability\":{\"usingEnvironmentId\":false,\"usingMobileKey\":true},", AllFlagsOptions.MobileOnly),
        })
        {
            _data.UpdateFlagJson($$$"""{"key":"{{{key}}}","version":1,{{{availability}}}"on":true,"variations":["a"],"fallthrough":{"variation":0}}""");
            var url = await StartAsync(application => application.MapOfrep(new() { Visible = _ => visible }));
            using var content = new StringContent("""{"context":{"targetingKey":"u"}}""");
            using var answer = await http.PostAsync(new Uri($"{url}/ofrep/v1/evaluate/flags/{key}"), content, Token);
            Assert.Equal((key, (expected & visible) == visible ? HttpStatusCode.OK : HttpStatusCode.NotFound), (key, answer.StatusCode));
            await _application!.DisposeAsync();
        }
    }

    [Fact]
    public void A_limit_that_cannot_be_is_refused_when_the_endpoints_are_mapped()
    {
        var application = WebApplication.CreateBuilder().Build();
        Assert.Contains("MaxBodyBytes", Assert.Throws<ArgumentException>(() => application.MapOfrep(new() { MaxBodyBytes = 0 })).Message, StringComparison.Ordinal);
    }

    private async Task<string> StartAsync(Action<WebApplication> map, Action<ClientOptions>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHalyard(configure ?? (options => options.DataSystem = DataSystem.TestData(_data)));
        _application = builder.Build();
        map(_application);
        await _application.StartAsync(Token);
        return _application.Urls.First();
    }

    private sealed class SilentSource : IDataSynchronizer
    {
        public string Identity => "silence";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => default;
    }
}
