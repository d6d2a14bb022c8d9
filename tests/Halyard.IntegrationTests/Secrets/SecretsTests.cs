using System.Text;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Halyard.IntegrationTests.Secrets;

/// <summary>
/// Nothing of keys, passwords, tokens and users of addresses is said or written by clients of seven kinds, at every level of
/// logging, with metrics and traces heard, while everything goes wrong.
/// </summary>
[Collection(typeof(Alone))]
public sealed class SecretsTests : IDisposable
{
    // With what addresses, connection strings and base64 change or cut at.
    private const string Key = "sdk-7Kq+Zx/9w=secretkey";
    private const string Password = "Pw9+Vr/7k=secretpassword";
    private const string Other = "Xb4+Mn/2t=secretother";
    private const string Comma = "Lt6,Gh8,secretcomma";

    private static readonly string[] All = [Key, Password, Other, "svc-user-secret", "secretcomma", "secretpart"];

    private readonly SecretWatch _watch = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Escaped => Uri.EscapeDataString(Password);

    public void Dispose() => _watch.Dispose();

    [Fact]
    public async Task A_stream_of_FDv1_says_nothing_of_its_key_nor_of_a_user_in_its_address()
    {
        await using var server = new ScriptedServer();
        server.Then(x => x.ResetAsync()).Then("503 Service Unavailable").Then("200 OK", "Content-Type: text/plain\r\n", "no stream")
            .ThenStream(x => x.WriteAsync("event: put\ndata: {\"data\":{\"flags\":{\"a\":7}}}\n\n"))
            .Then("302 Found", $"Location: http://svc-user-secret:{Escaped}@127.0.0.1:1/all\r\n")
            .Then("401 Unauthorized");
        await RunAsync(Options(
            new StreamingOptions { InitialReconnectDelay = TimeSpan.FromMilliseconds(1), MaxReconnectDelay = TimeSpan.FromMilliseconds(5) }, server), server, 6);
    }

    [Fact]
    public async Task Polls_through_a_proxy_say_nothing_of_the_proxys_password()
    {
        await using var proxy = new ScriptedServer();
        for (var i = 0; i < 4; i++)
        {
            proxy.Then("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"p\"\r\n");
        }

        var options = Options(new PollingOptions { AllowShortIntervals = true, Interval = TimeSpan.FromMilliseconds(5) }, proxy);
        options.Endpoints.Polling = new($"https://svc-user-secret:{Escaped}@flags.test/");
        options.Http.Proxy = new System.Net.WebProxy(new Uri($"http://svc-user-secret:{Escaped}@127.0.0.1:{proxy.Port}"));
        await RunAsync(options, proxy, 2);

        // And the proxy was told who asks, which the platform does not do for a user in its address.
        Assert.Contains(proxy.Requests.Entries, request => request["Proxy-Authorization"] == "Basic "
            + Convert.ToBase64String(Encoding.UTF8.GetBytes($"svc-user-secret:{Password}")));
    }

    [Fact]
    public async Task A_chain_of_FDv2_with_events_and_a_snapshot_says_and_writes_nothing_of_its_key()
    {
        await using var server = new ScriptedServer();
        server.Then("500 Internal Server Error").Then(x => x.ResetAsync())
            .ThenStream(x => x.WriteAsync("event: server-intent\ndata: nonsense\n\n"))
            .ThenStream(x => x.WriteAsync(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("s1"), WireEvent.Goodbye())))
            .Then("200 OK", "Content-Encoding: br\r\n", "x").Then("403 Forbidden");
        var chain = DataSystem.Chain().AddInitializers(DataSystem.Polling(ProtocolVersion.Fdv2)).AddSynchronizers(new StreamingOptions
        {
            Protocol = ProtocolVersion.Fdv2,
            InitialReconnectDelay = TimeSpan.FromMilliseconds(1),
            MaxReconnectDelay = TimeSpan.FromMilliseconds(5),
        }).UseFdv1Fallback(DataSystem.Polling());
        var options = Options(chain, server);
        await using var collector = new ScriptedServer();
        collector.Then("503 Service Unavailable").Then(x => x.ResetAsync()).Then("401 Unauthorized");
        options.Endpoints.Events = WithUser(collector.Address);
        options.Events = new() { Diagnostics = true };
        options.Snapshot = new(_watch.PathOf("flags.snapshot")) { Interval = TimeSpan.Zero };
        await RunAsync(options, server, 5);
        Assert.True(File.Exists(_watch.PathOf("flags.snapshot")));
        Assert.True(collector.Requests.Count > 0);
    }

    [Fact]
    public async Task Lazy_Load_of_Redis_says_nothing_of_its_password_right_or_wrong()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await ServerProcess.AskRedisAsync(server.Port, $"CONFIG SET requirepass {Password}", Token);
        var good = new RedisStore($"redis://:{Escaped}@{server.Endpoint}");
        await FillAsync(good);
        await ReadAsync(good, async () => await server.KillAsync(), isReadable: true);
        await server.StartAsync();
        await ServerProcess.AskRedisAsync(server.Port, $"CONFIG SET requirepass {Password}", Token);
        await ReadAsync(new RedisStore($"{server.Endpoint},password={Other}"));
        await ReadAsync(new RedisStore($"redis://svc-user-secret:{Uri.EscapeDataString(Other)}@{server.Endpoint}"));
        await ReadAsync(new RedisStore($"rediss://svc-user-secret:{Escaped}@{server.Endpoint}"));
        await ReadAsync(new RedisStore($"{server.Endpoint},password={Comma}"));
        await ReadAsync(new RedisStore($"{server.Endpoint},password={Password},nonsense={Other}"));
        await ReadAsync(new RedisStore($"redis://svc-user-secret:{Password}@host:port:x"));
        await ReadAsync(new RedisStore($"redis://svc-user-secret:{Escaped}@{server.Endpoint}/{"secretpart"}"));
        AssertQuiet("NOAUTH", "WRONGPASS");
    }

    [Fact]
    public async Task A_store_in_PostgreSQL_says_nothing_of_its_password_right_or_wrong()
    {
        await using var server = new PostgresServer();
        await server.InitializeAsync();
        await server.ExecuteAsync($"CREATE ROLE {PostgresServer.Guarded} LOGIN PASSWORD '{Password}'; GRANT ALL ON SCHEMA public TO {PostgresServer.Guarded}");
        _watch.Forget();
        var text = $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username={PostgresServer.Guarded};Persist Security Info=true;Include Error Detail=true;";
        var good = new PostgresStore(text + $"Password={Password}");
        await FillAsync(good);
        await ReadAsync(good, server.KillAsync, isReadable: true);
        await server.StartAsync();
        await ReadAsync(new PostgresStore(text + $"Password={Other}"));
        await ReadAsync(new PostgresStore(text.Replace("Database=postgres", "Database=nowhere", StringComparison.Ordinal) + $"Password={Password}"));
        foreach (var bad in new[]
        {
            $"Host=db;Password=ab;secretpart=ef", $"Host=db;Password={Password};Port=abc", $"Host=db;Port=abc;Password={Password}",
            $"Host=db;Pwd=ab;secretpart", $"Host=db;Password='{Password}", $"Password={Password}", $"postgres://svc-user-secret:{Password}@db/app",
            $"Host=db;PSW=a;secretpart=b",
        })
        {
            await ReadAsync(new PostgresStore(bad));
            await ReadAsync(new PostgresStore(new PostgresStoreOptions { ConnectionString = text, ListenConnectionString = bad }));
        }

        AssertQuiet("password authentication failed");
    }

    [Fact]
    public async Task A_store_in_Consul_says_nothing_of_its_token_right_or_wrong()
    {
        await using var server = new ConsulServer { HasAccessControl = true };
        await server.StartAsync();
        var address = $"http://{server.Endpoint}";
        var good = new ConsulStore(address, null, ConsulServer.MasterToken);
        await FillAsync(good);
        await ReadAsync(good, server.KillAsync, isReadable: true);
        await server.StartAsync();
        await ReadAsync(new ConsulStore(address, null, "00000000-5ec3-e700-0000-000000000002"));
        await ReadAsync(new ConsulStore(address, null, Other + "\n"));
        await ReadAsync(new ConsulStore($"http://svc-user-secret:{Escaped}@{server.Endpoint}"));
        await ReadAsync(new ConsulStore("http://127.0.0.1:1", null, Other));
        AssertQuiet("token");
        _watch.AssertNothingOf(ConsulServer.MasterToken, "00000000-5ec3-e700-0000-000000000002");
    }

    [Fact]
    public async Task A_host_with_settings_from_a_file_says_nothing_of_them()
    {
        await using var server = new ScriptedServer();
        server.Then("500 Internal Server Error").Then(x => x.ResetAsync()).Then("401 Unauthorized");
        var address = WithUser(server.Address);
        await HostAsync($$"""
            {"Halyard":{"SdkKey":"{{Key}}","StartTimeout":"00:00:00.3","Endpoints":{"Base":"{{address}}"},"Http":{"ResponseTimeout":"00:00:00.5","Headers":{"X-Extra":"{{Other}}"},
              "Proxy":null},"Events":{"Diagnostics":true},
              "DataSystem":{"Kind":"streaming","InitialReconnectDelay":"00:00:00.001","MaxReconnectDelay":"00:00:00.005" } } }
            """, until: () => server.Requests.Count >= 3);
        Assert.True(server.Requests.Count >= 3);
        foreach (var bad in new[]
        {
            $$$"""{"SdkKey":"{{{Key}}} x"}""",
            $$$"""{"SdkKey":"{{{Key}}}","Endpoints":"{{{address}}}"}""",
            $$$"""{"SdkKey":"{{{Key}}}","Endpoints":{"Base":"svc-user-secret:{{{Password}}}@host"}}""",
            $$$"""{"SdkKey":"{{{Key}}}","Endpoints":{"Streaming":"ftp://svc-user-secret:{{{Escaped}}}@host"}}""",
            $$$"""{"SdkKey":"{{{Key}}}","Http":{"Proxy":"//svc-user-secret:{{{Password}}}@host"}}""",
            $$$"""{"SdkKey":"{{{Key}}}","Http":{"Headers":{"X-Extra":"{{{Other}}}\n"} } }""",
            $$$"""{"SdkKey":"{{{Key}}}","WriteThrough":"Host=db;Password={{{Password}}}"}""",
            $$$"""{"SdkKey": {"secret":"{{{Key}}}"} }""",
        })
        {
            await HostAsync($"{{\"Halyard\":{bad}}}");
        }

        AssertQuiet("Halyard cannot start", "Halyard:");
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        var assemblies = new[]
        {
            typeof(Client), typeof(RedisStore), typeof(PostgresStore), typeof(ConsulStore), typeof(DynamoDBStore), typeof(SqliteStore), typeof(global::Halyard.Cli.HalyardTool),
        }.Select(type => type.Assembly);
        string[] words = ["Password", "SdkKey", "Token", "ConnectionString", "Secret", "Credentials"];
        var holders = assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", (System.Reflection.BindingFlags)(-1)) is not null))
            .Where(type => type.GetProperties((System.Reflection.BindingFlags)60).Any(property => words.Contains(property.Name) && property.PropertyType == typeof(string)))
            .ToList();

        Assert.NotEmpty(holders);
        Assert.DoesNotContain(holders, type => type.GetMethod("ToString", Type.EmptyTypes)!
            .IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false));
    }

    private static Uri WithUser(Uri address) => new($"http://svc-user-secret:{Escaped}@localhost:{address.Port}/");

    private ClientOptions Options(DataSystemOptions system, ScriptedServer server)
    {
        var options = new ClientOptions
        {
            SdkKey = Key,
            DataSystem = system,
            Endpoints = ServiceEndpoints.At(WithUser(server.Address)),
            LoggerFactory = _watch.Loggers,
            StartTimeout = TimeSpan.FromMilliseconds(300),
        };
        options.Http.ResponseTimeout = TimeSpan.FromMilliseconds(500);
        options.Http.Headers["X-Extra"] = Other;
        options.Hooks.Add(new TracingHook(new() { CreateActivities = true, IncludeValue = true }));
        return options;
    }

    private async Task RunAsync(ClientOptions options, ScriptedServer server, int requests)
    {
        await using (var client = await Client.StartAsync(options, Token))
        {
            await UseAsync(client);
            await server.Requests.UntilAsync(all => all.Count >= requests);
            Note(client, options);
        }

        Note(null, options);
        _watch.AssertNothingOf(All);
    }

    private static async Task UseAsync(Client client)
    {
        var user = Context.New("user-1");
        client.BoolVariation("a", user, false);
        await client.BoolVariationDetailAsync("a", user, false);
        client.Track("seen", user);
        await client.FlushAsync(Token);
    }

    private void Note(Client? client, ClientOptions options)
    {
        _watch.Note(client);
        _watch.Note(client?.DataSourceStatus.Current);
        _watch.Note(client?.LazyLoadStatistics);
        _watch.NoteTree(options);
    }

    private static async Task FillAsync(IPersistentStore store)
    {
        await using var writer = store.CreateWriter(new(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System));
        var text = """{"key":"flag","version":1,"on":true,"fallthrough":{"variation":0},"variations":[true,false]}"""u8.ToArray();
        await writer.InitAsync([new(DataKind.Flag, "flag", new(1, false, text))], Token);
    }

    /// <summary>Reads a store, writes it and asks it for big segments, and keeps what comes of it.</summary>
    private async Task ReadAsync(IPersistentStore store, Func<Task>? spoil = null, bool isReadable = false)
    {
        var options = new ClientOptions
        {
            SdkKey = Key,
            DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.FromMilliseconds(1), FetchTimeout = TimeSpan.FromSeconds(3) },
            LoggerFactory = _watch.Loggers,
            StartTimeout = TimeSpan.FromMilliseconds(300),
        };
        try
        {
            await using var client = await Client.StartAsync(options, Token);
            var detail = await client.BoolVariationDetailAsync("flag", Context.New("user-1"), false);
            Assert.Equal(isReadable, detail.Value);
            if (spoil is not null)
            {
                await spoil();
                await client.BoolVariationDetailAsync("flag", Context.New("user-1"), false);
            }

            Note(client, options);
        }
        catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
        {
            _watch.Note(e);
        }

        _watch.NoteTree(store);
        var writing = new ClientOptions
        {
            SdkKey = Key,
            DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("flag"))),
            WriteThrough = new(store) { FlushTimeout = TimeSpan.FromMilliseconds(200) },
            LoggerFactory = _watch.Loggers,
        };
        try
        {
            await using var client = await Client.StartAsync(writing, Token);
            await UseAsync(client);
        }
        catch (Exception e)
        {
            _watch.Note(e);
        }
    }

    private async Task HostAsync(string settings, Func<bool>? until = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(settings));
        builder.Configuration.AddJsonStream(text);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Lent(_watch));
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        try
        {
            using var host = builder.Build();
            await host.StartAsync(Token);
            await UseAsync(host.Services.GetRequiredService<Client>());
            if (until is not null)
            {
                await Conditions.UntilAsync(until);
            }

            await host.StopAsync(Token);
        }
        catch (Exception e)
        {
            _watch.Note(e);
        }
    }

    /// <summary>Nothing was said of any secret, although it was said what went wrong.</summary>
    private void AssertQuiet(params string[] anyOf)
    {
        Assert.Contains(anyOf, _watch.Heard);
        _watch.AssertNothingOf(All);
    }

    /// <summary>The watch as a host's own provider, which does not end with the host.</summary>
    private sealed class Lent(SecretWatch watch) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => watch.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
