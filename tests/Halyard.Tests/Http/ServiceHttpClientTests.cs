using System.Net;
using Halyard.Http;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests;

public sealed class ServiceHttpClientTests
{
    private static readonly Uri Start = new("http://flags.test/all");

    private readonly ScriptedHandler _service = new();
    private readonly FakeLogger _log = new();
    private readonly ClientOptions _options = new() { SdkKey = "sdk-secret" };

    [Fact]
    public async Task Every_request_carries_the_key_the_agent_and_the_instance()
    {
        var request = await SendAsync();
        Assert.Equal("sdk-secret", Header(request, "Authorization"));
        Assert.Matches(@"^HalyardClient/\d+\.\d+\.\d+[^+]*$", Header(request, "User-Agent"));
        Assert.Equal("instance-1", Header(request, "X-LaunchDarkly-Instance-Id"));
        Assert.Null(Header(request, "X-LaunchDarkly-Tags"));
        Assert.Null(Header(request, "X-LaunchDarkly-Wrapper"));
        Assert.Null(Header(request, "If-None-Match"));
    }

    [Fact]
    public async Task Tags_stand_in_order_and_invalid_ones_are_left_out()
    {
        _options.Http.ApplicationVersionName = "Blue-1";
        _options.Http.ApplicationVersion = "not good";
        _options.Http.ApplicationName = new string('x', 64);
        _options.Http.ApplicationId = "shop_1.2";
        var request = await SendAsync();
        Assert.Equal($"application-id/shop_1.2 application-name/{new string('x', 64)} application-version-name/Blue-1", Header(request, "X-LaunchDarkly-Tags"));
        Assert.Single(_log.Collector.GetSnapshot(), r => r.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task A_tag_of_65_characters_is_left_out()
    {
        _options.Http.ApplicationId = new string('x', 65);
        Assert.Null(Header(await SendAsync(), "X-LaunchDarkly-Tags"));
    }

    [Theory]
    [InlineData("Wrap", null, "Wrap")]
    [InlineData("Wrap", "1.2", "Wrap/1.2")]
    [InlineData(null, "1.2", null)]
    public async Task The_wrapper_is_named(string? name, string? version, string? expected)
    {
        (_options.Http.WrapperName, _options.Http.WrapperVersion) = (name, version);
        Assert.Equal(expected, Header(await SendAsync(), "X-LaunchDarkly-Wrapper"));
    }

    [Fact]
    public async Task Custom_headers_replace_built_in_ones_whatever_the_case()
    {
        _options.Http.Headers["user-agent"] = "Mine/1";
        _options.Http.Headers["AUTHORIZATION"] = "other";
        _options.Http.Headers["accept"] = "x/y";
        _options.Http.Headers["X-Team"] = "blue";
        var request = await SendAsync(new(Accept: "application/json"));
        Assert.Equal("Mine/1", Header(request, "User-Agent"));
        Assert.Equal("other", Header(request, "Authorization"));
        Assert.Equal("x/y", Header(request, "Accept"));
        Assert.Equal("blue", Header(request, "X-Team"));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_within_the_origin_keeps_the_key(int status)
    {
        Redirect(status, "/other?x=1").Then(HttpStatusCode.OK);
        using var response = await GetAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("http://flags.test/other?x=1", response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Equal("sdk-secret", Header(_service.Requests.Entries[1], "Authorization"));
        Assert.Equal(0, _log.Collector.Count);
    }

    [Theory]
    [InlineData("https://flags.test/x", true)]
    [InlineData("HTTP://FLAGS.TEST/x", true)]
    [InlineData("http://flags.test:8080/x", false)]
    [InlineData("https://flags.test:8443/x", false)]
    [InlineData("http://flags.test@evil.test/x", false)]
    [InlineData("http://sub.flags.test/x", false)]
    [InlineData("https://evil.test/x", false)]
    [InlineData("//evil.test/x", false)]
    public async Task The_key_and_custom_headers_go_to_no_other_origin(string target, bool kept)
    {
        _options.Http.Headers["X-Team"] = "blue";
        Redirect(302, target).Then(HttpStatusCode.OK);
        using var response = await GetAsync();
        Assert.Equal(kept ? "sdk-secret" : null, Header(_service.Requests.Entries[1], "Authorization"));
        Assert.Equal(kept ? "blue" : null, Header(_service.Requests.Entries[1], "X-Team"));
        Assert.Equal("instance-1", Header(_service.Requests.Entries[1], "X-LaunchDarkly-Instance-Id"));
        Assert.Equal(kept ? 0 : 1, _log.Collector.GetSnapshot().Count(r => r.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task A_key_once_dropped_does_not_come_back()
    {
        Redirect(302, "http://evil.test/").Then((HttpStatusCode)302, r => r.Headers.Location = Start).Then(HttpStatusCode.OK);
        using var response = await GetAsync();
        Assert.Null(Header(_service.Requests.Entries[2], "Authorization"));
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_not_followed()
    {
        Redirect(301, "http://flags.test/");
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(new Uri("https://flags.test/all")));
        Assert.Equal(HttpStatusCode.MovedPermanently, error.StatusCode);
        Assert.Equal(1, _service.Requests.Count);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ws://flags.test/")]
    public async Task A_redirect_to_another_scheme_is_not_followed(string target)
    {
        Redirect(302, target);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync());
    }

    [Fact]
    public async Task Ten_redirects_are_followed_and_no_more()
    {
        for (var i = 0; i < 10; i++)
        {
            Redirect(307, "/again");
        }

        _service.Then(HttpStatusCode.OK);
        using (var response = await GetAsync())
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        for (var i = 0; i < 11; i++)
        {
            Redirect(307, "/again");
        }

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync());
        Assert.Equal(HttpStatusCode.TemporaryRedirect, error.StatusCode);
        Assert.Equal(11 + 11, _service.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_without_a_target_is_the_answer()
    {
        _service.Then(HttpStatusCode.Found);
        using var response = await GetAsync();
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }

    [Fact]
    public async Task An_entity_tag_goes_to_the_address_it_came_from_alone()
    {
        Redirect(302, "/moved").Then(HttpStatusCode.NotModified);
        using var client = Client();
        using var response = await client.GetAsync(
            Start, new(Tag: new(new Uri("http://flags.test/moved"), "\"1\"")), TestContext.Current.CancellationToken);
        Assert.Equal([null, "\"1\""], _service.Requests.Entries.Select(r => Header(r, "If-None-Match")));
    }

    [Fact]
    public async Task A_cancelled_request_is_cancelled_and_not_a_timeout()
    {
        using var client = Client();
        using var stop = new CancellationTokenSource();
        var sending = client.GetAsync(Start, default, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_that_does_not_heed_its_token_is_not_waited_for(bool isCancelled)
    {
        var time = new RecordingTimeProvider();
        using var handler = new DeafHandler();
        _options.TimeProvider = time;
        _options.Http.HandlerFactory = () => handler;
        using var client = ServiceHttpClient.Create(_options, "instance-1", _log);
        using var stop = new CancellationTokenSource();
        var sending = client.GetAsync(Start, default, stop.Token);
        if (isCancelled)
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
        else
        {
            await time.PassAsync(_options.Http.ConnectTimeout + _options.Http.ResponseTimeout);
            var late = await Assert.ThrowsAsync<TimeoutException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.Contains("did not answer in time", late.Message, StringComparison.Ordinal);
        }

        using var content = new LateContent();
        handler.Answer.SetResult(new() { Content = content });
        await content.Disposed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static string? Header(HttpRequestMessage request, string name) =>
        request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private ScriptedHandler Redirect(int status, string target) =>
        _service.Then((HttpStatusCode)status, r => r.Headers.Location = new Uri(target, UriKind.RelativeOrAbsolute));

    private ServiceHttpClient Client()
    {
        _options.Http.HandlerFactory = () => _service;
        return ServiceHttpClient.Create(_options, "instance-1", _log);
    }

    private async Task<HttpResponseMessage> GetAsync(Uri? address = null)
    {
        using var client = Client();
        return await client.GetAsync(address ?? Start, default, TestContext.Current.CancellationToken);
    }

    private async Task<HttpRequestMessage> SendAsync(ServiceRequest what = default)
    {
        _service.Then(HttpStatusCode.OK);
        using var client = Client();
        using var response = await client.GetAsync(Start, what, TestContext.Current.CancellationToken);
        return _service.Requests.Entries[^1];
    }

    private sealed class DeafHandler : HttpMessageHandler
    {
        public TaskCompletionSource<HttpResponseMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Answer.Task;
    }

    private sealed class LateContent : HttpContent
    {
        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            Disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
