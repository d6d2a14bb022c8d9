using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests;

[Collection(typeof(AloneWithConsul))]
public sealed class ConsulFaultTests(ConsulServer server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_that_may_only_read_reads_and_is_told_that_it_may_not_write()
    {
        await using var guarded = new ConsulServer { HasAccessControl = true };
        await guarded.StartAsync();
        await using (var owner = Store(guarded, ConsulServer.MasterToken).CreateWriter(Context))
        {
            await owner.InitAsync([Item("f", 1)], Token);
        }

        var token = await CreateTokenAsync(guarded, $$"""key_prefix "{{_prefix}}/" { policy = "read" }""");
        await using var reader = Store(guarded, token).CreateReader(Context);
        await using var writer = Store(guarded, token).CreateWriter(Context);
        Assert.True(await reader.InitializedAsync(Token));
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));
        Assert.Single(await reader.AllAsync(DataKind.Flag, Token));
        await AssertFailsAsync<InvalidOperationException>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), token, $"\"{_prefix}/\"", "ermission denied");
        await AssertFailsAsync<Exception>(() => writer.InitAsync([Item("f", 2)], Token).AsTask(), token, "ermission denied");

        await using var nobody = Store(guarded, null).CreateReader(Context);
        await AssertFailsAsync<InvalidOperationException>(() => nobody.InitializedAsync(Token).AsTask(), token, $"\"{_prefix}/\"");
        await using var wrong = Store(guarded, "00000000-dead-beef-0000-000000000000").CreateReader(Context);
        await AssertFailsAsync<InvalidOperationException>(() => wrong.GetAsync(DataKind.Flag, "f", Token).AsTask(), "dead-beef", $"\"{_prefix}/\"");
    }

    [Fact]
    public async Task An_answer_that_leaves_out_what_the_token_may_not_read_is_no_empty_store()
    {
        using var handler = new AnsweringHandler(_ =>
        {
            var answer = new HttpResponseMessage(HttpStatusCode.NotFound);
            answer.Headers.Add("X-Consul-Results-Filtered-By-ACLs", "true");
            return answer;
        });
        await using var reader = new ConsulStore(new ConsulStoreOptions { Handler = handler, Prefix = _prefix }).CreateReader(Context);
        await AssertFailsAsync<InvalidOperationException>(() => reader.AllAsync(DataKind.Flag, Token).AsTask(), null, $"\"{_prefix}/\"");
    }

    [Fact]
    public async Task The_token_and_the_datacenter_go_with_every_request()
    {
        var requests = new List<string>();
        using var handler = new AnsweringHandler(request =>
        {
            requests.Add($"{request.Headers.GetValues("X-Consul-Token").Single()} {request.RequestUri!.AbsoluteUri}");
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        });
        var store = new ConsulStore(new ConsulStoreOptions
        {
            Address = new("https://consul.example.org/base/"),
            Handler = handler,
            Token = "secret",
            Datacenter = "west 1",
            Prefix = _prefix,
        });
        await using var reader = store.CreateReader(Context);
        Assert.Null(await reader.GetAsync(DataKind.Flag, "f ü", Token));
        Assert.Empty(await reader.AllAsync(DataKind.Segment, Token));
        Assert.False(await reader.InitializedAsync(Token));
        Assert.Equal(
            [
                $"secret https://consul.example.org/base/v1/kv/{_prefix}/features/f%20%C3%BC?dc=west%201",
                $"secret https://consul.example.org/base/v1/kv/{_prefix}/segments/?recurse&dc=west%201",
                $"secret https://consul.example.org/base/v1/kv/{_prefix}/%24inited?dc=west%201",
            ],
            requests);
    }

    [Theory]
    [InlineData("<html>welcome</html>")]
    [InlineData("{}")]
    [InlineData("[{\"Value\":7}]")]
    [InlineData("[{\"Key\":\"k\",\"Value\":\"no base64!\"}]")]
    public async Task What_is_no_Consul_is_said_to_be_none(string body)
    {
        using var handler = new AnsweringHandler(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) });
        await using var reader = new ConsulStore(new ConsulStoreOptions { Handler = handler }).CreateReader(Context);
        await AssertFailsAsync<InvalidDataException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(), null, "not Consul", body);
        await AssertFailsAsync<InvalidDataException>(() => reader.AllAsync(DataKind.Flag, Token).AsTask(), null, "not Consul", body);
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_time_limits_and_no_more()
    {
        await using var silent = new SilentServer();
        var store = new ConsulStore(new ConsulStoreOptions
        {
            Address = new($"http://127.0.0.1:{silent.Port}"),
            OperationTimeout = TimeSpan.FromMilliseconds(400),
            BulkTimeout = TimeSpan.FromMilliseconds(400),
        });
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => reader.InitializedAsync(Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
            () => writer.InitAsync([Item("f", 1)], Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            var clock = Stopwatch.StartNew();
            await AssertFailsAsync<TimeoutException>(operation, null, "0.4 s");
            Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task A_server_killed_is_an_error_and_found_again_empty_when_it_is_back()
    {
        await using var own = new ConsulServer();
        await own.StartAsync();
        await using var reader = Store(own, null).CreateReader(Context);
        await using var writer = Store(own, null).CreateWriter(Context);
        await writer.InitAsync([Item("f", 1)], Token);
        await own.KillAsync();
        await AssertFailsAsync<IOException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(), null, own.Endpoint);
        await AssertFailsAsync<IOException>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), null, own.Endpoint);
        await own.StartAsync();
        Assert.False(await writer.InitializedAsync(Token), "an agent in development mode has lost the marker");
        await writer.InitAsync([Item("f", 1)], Token);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));
    }

    [Fact]
    public async Task An_item_that_is_too_large_is_dropped_alone_and_logged()
    {
        var logs = new FakeLogCollector();
        using var factory = LoggerFactory.Create(b => b.AddProvider(new FakeLoggerProvider(logs)));
        var store = Store(server, null);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(new(factory, TimeProvider.System));
        var large = new SerializedItem(DataKind.Flag, "a/large", new(1, false, Encoding.UTF8.GetBytes($$"""{"version":1,"x":"{{new string('a', 600_000)}}"}""")));
        var fits = new SerializedItem(DataKind.Flag, "fits", new(1, false, Encoding.UTF8.GetBytes($$"""{"version":1,"x":"{{new string('a', 500_000)}}"}""")));
        await writer.InitAsync([fits, large, Item("small", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.False(await writer.UpsertAsync(large, Token));
        var all = await reader.AllAsync(DataKind.Flag, Token);
        Assert.Equal(["fits", "small"], all.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(fits.Item.SerializedItem.ToArray(), all["fits"].SerializedItem.ToArray());
        Assert.True(await reader.InitializedAsync(Token));
        Assert.Equal(2, logs.GetSnapshot().Count(r => r.Level == LogLevel.Error
            && r.Message == $"The item \"a/large\" in \"{_prefix}/features/\" was too large to store in Consul and was dropped"));
    }

    [Fact]
    public async Task A_folder_as_the_web_page_makes_it_is_no_item()
    {
        await server.PutAsync(_prefix + "/features/", []);
        var store = Store(server, null);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Assert.Empty(await reader.AllAsync(DataKind.Flag, Token));
        await writer.InitAsync([Item("f", 1)], Token);
        Assert.Equal(["f"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
    }

    [Theory]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("a\nb")]
    public void A_prefix_that_is_no_path_is_refused(string prefix)
    {
        var error = Assert.Throws<ArgumentException>(() => new ConsulStore("127.0.0.1:8500", prefix).CreateReader(Context));
        Assert.Contains("Prefix", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://user:secret@host:8500")]
    [InlineData("http://secret/@host:8500")]
    [InlineData("ftp://host")]
    [InlineData("http://host:8500/?token=secret")]
    public void An_address_that_is_none_is_refused_and_not_repeated(string address)
    {
        var error = Assert.Throws<ArgumentException>(() => new ConsulStore(address).CreateReader(Context));
        Assert.Contains("ddress", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    private static SerializedItem Item(string key, long version) => new(
        DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}}}""")));

    private static async Task AssertFailsAsync<T>(Func<Task> operation, string? secret, params string[] words)
        where T : Exception
    {
        var error = await Assert.ThrowsAnyAsync<T>(() => operation().WaitAsync(Limit, Token));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        if (secret is not null)
        {
            Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
        }
    }

    private static async Task<string> CreateTokenAsync(ConsulServer guarded, string rules)
    {
        using var policy = await guarded.Client.PutAsync("/v1/acl/policy", JsonContent.Create(new { Name = "readers", Rules = rules }), Token);
        policy.EnsureSuccessStatusCode();
        using var token = await guarded.Client.PutAsync("/v1/acl/token", JsonContent.Create(new { Policies = new[] { new { Name = "readers" } } }), Token);
        token.EnsureSuccessStatusCode();
        return (await token.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("SecretID").GetString()!;
    }

    private ConsulStore Store(ConsulServer consul, string? token) => new(new ConsulStoreOptions
    {
        Address = new($"http://{consul.Endpoint}"),
        Prefix = _prefix,
        Token = token,
        OperationTimeout = TimeSpan.FromSeconds(10),
    });

    private sealed class AnsweringHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
