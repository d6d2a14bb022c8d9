using System.Net;
using System.Text;
using Halyard.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// A flag server for development: serves flag files to any compatible SDK, and pushes every edit at once. Thread-safe.
/// </summary>
internal sealed class DevServer : IAsyncDisposable
{
    private const int LargestAddress = 256 * 1024;
    private const string DefaultName = "development";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _life = new(1, 1);
    private readonly DevServerOptions _options;
    private readonly FaultBoard _faults = new();
    private readonly FaultGate _faultGate;
    private int? _refusal;
    private readonly AccessGate _gate;
    private readonly FailureGate _failures;
    private readonly StateFile? _state;
    private readonly IPAddress _address;
    private readonly IDevServerEndpoint[] _endpoints;
    private WebApplication? _application;
    private int _port;

    private DevServer(DevServerOptions options, StateFile? state, IReadOnlyList<ServedEnvironment> served, ILogger logger)
    {
        (_options, _address, _port) = (options, ParseAddress(options.Host), options.Port);
        _state = state;
        Environments = new(served, IsLoopbackOnly);
        var keyring = new ApiKeyring(options.ApiKey ?? served.Select(static environment => environment.Options.SdkKey).FirstOrDefault(static key => key is not null));
        _gate = new AccessGate(Environments, IsLoopbackOnly, options.Host, keyring);
        _failures = new FailureGate(logger);
        _faultGate = new FaultGate(_faults, options.TimeProvider, logger);
        _endpoints =
        [
            new SdkEndpoint(),
            new EvaluationEndpoint(),
            new BrowserEndpoint(),
            new MobileEndpoint(),
            new OfrepEndpoint(Environments),
            new PayloadEndpoint(logger),
            new EditEndpoint(logger),
            new OverrideEndpoint(logger),
            new SessionEndpoint(keyring),
            new DescriptionEndpoint(),
            new LookEndpoint(options.TimeProvider, logger),
            new PageEndpoint(),
            new FaultEndpoint(_faults, HappenNow),
            new StatusEndpoint(Environments, _faults),
        ];
    }

    /// <summary>What is served.</summary>
    public EnvironmentDirectory Environments { get; }

    /// <summary>What the first environment serves.</summary>
    public FlagRepository Repository => Environments.Default.Repository;

    /// <summary>Where the server listens; the port stays the same for the server's life.</summary>
    public Uri BaseUri { get; private set; } = null!;

    /// <summary>How many streams are open.</summary>
    public int StreamCount => Environments.All.Sum(static environment => environment.StreamCount);

    /// <summary>Whether no other machine can reach the server.</summary>
    public bool IsLoopbackOnly => IPAddress.IsLoopback(_address);

    /// <summary>Loads the files and begins to listen.</summary>
    /// <exception cref="CliException">A file cannot be read, or the address cannot be listened at.</exception>
    public static async Task<DevServer> StartAsync(DevServerOptions options, CancellationToken cancellationToken = default)
    {
        var server = await CreateAsync(options);
        try
        {
            await Task.WhenAll(server.Environments.All.Select(environment => environment.StartAsync(cancellationToken)));
            await server.ListenAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="FlagEditor.Put"/>
    public RepositoryItem Put(DataKind kind, string key, string json) => Environments.Default.Editor.Put(kind, key, Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="FlagEditor.Patch"/>
    public RepositoryItem? Patch(DataKind kind, string key, string changes) => Environments.Default.Editor.Patch(kind, key, Encoding.UTF8.GetBytes(changes));

    /// <inheritdoc cref="FlagEditor.Delete"/>
    public RepositoryItem? Delete(DataKind kind, string key) => Environments.Default.Editor.Delete(kind, key);

    /// <summary>Cuts every open stream, as a failing network would; clients can reconnect at once.</summary>
    public void CutStreams() => HappenNow(new(FaultKind.Drop));

    /// <summary>Answers requests for data with an error status until told otherwise; streams that are open stay open.</summary>
    public void RefuseWith(int status)
    {
        lock (_faults)
        {
            StopRefusing();
            _refusal = AddFault(new(FaultKind.Status) { StatusCode = status });
        }
    }

    /// <summary>Lets SDK requests in again.</summary>
    public void StopRefusing()
    {
        lock (_faults)
        {
            if (_refusal is { } id)
            {
                RemoveFault(id);
                _refusal = null;
            }
        }
    }

    /// <summary>Lets a fault happen to the answers that follow, as often as it says.</summary>
    /// <returns>Its id.</returns>
    public int AddFault(Fault fault) => _faults.Add(fault).Id;

    /// <summary>Lets a fault happen at once, on the streams that are open.</summary>
    /// <returns>How many streams it happens to.</returns>
    public int HappenNow(Fault fault) => Environments.All.Sum(environment => environment.HappenNow(fault));

    /// <summary>The methods and addresses of the API.</summary>
    public IEnumerable<string> ApiRoutes() =>
        from endpoint in _application!.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<RouteMark>()?.Kind is RouteKind.Api or RouteKind.Session
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
        select $"{method} {endpoint.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal)}";

    /// <summary>The faults that wait for requests, the oldest first.</summary>
    public IReadOnlyList<ActiveFault> Faults => _faults.Active;

    /// <summary>Takes back a fault.</summary>
    /// <returns>Whether it was still there.</returns>
    public bool RemoveFault(int id) => _faults.Remove(id);

    /// <summary>Takes back all faults.</summary>
    public void ClearFaults() => _faults.Clear();

    /// <summary>Cuts all streams and closes the port: the server is gone, as far as clients can see.</summary>
    public async Task StopListeningAsync()
    {
        await _life.WaitAsync();
        try
        {
            if (_application is { } application)
            {
                _application = null;
                foreach (var environment in Environments.All)
                {
                    environment.CutAll();
                }

                using var limit = new CancellationTokenSource(StopLimit);
                await application.StopAsync(limit.Token);
                await application.DisposeAsync();
            }
        }
        finally
        {
            _life.Release();
        }
    }

    /// <summary>Listens again, on the same port.</summary>
    /// <exception cref="CliException">Another program has taken the port.</exception>
    public Task ResumeListeningAsync(CancellationToken cancellationToken = default) => ListenAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync();
        foreach (var environment in Environments.All)
        {
            await environment.DisposeAsync();
        }

        if (_state is not null)
        {
            await _state.DisposeAsync();
        }
    }

    private static async Task<DevServer> CreateAsync(DevServerOptions options)
    {
        var isLocal = IPAddress.IsLoopback(ParseAddress(options.Host));
        if (!isLocal && !options.AllowRemote)
        {
            throw new CliException($"{options.Host} can be reached from other machines; say --allow-remote if that is wanted.", ExitCode.Usage);
        }

        IReadOnlyList<EnvironmentOptions> environments = options.Environments.Count != 0 ? options.Environments : [Single(options)];
        foreach (var key in environments.SelectMany(static one => new[] { one.SdkKey, one.ClientSideId, one.MobileKey }).Append(options.ApiKey))
        {
            if (key is not null && !SecretText.IsSendable(key))
            {
                throw new CliException("A key is empty, or none that a client could send: it would let everybody in, or nobody.", ExitCode.Usage);
            }
        }

        if (!isLocal)
        {
            RemoteKeys.Check(environments, options.ApiKey);
        }

        var logger = options.LoggerFactory.CreateLogger("Halyard.Serve");
        var state = options.StatePath is { } path ? new StateFile(path, environments.Select(static environment => environment.Name), logger) : null;
        var served = new List<ServedEnvironment>();
        try
        {
            foreach (var environment in environments)
            {
                served.Add(new(environment, options, state?.Of(environment.Name)));
            }

            return new(options, state, served, logger);
        }
        catch
        {
            // One that cannot be made leaves nothing of the others behind.
            foreach (var environment in served)
            {
                await environment.DisposeAsync();
            }

            if (state is not null)
            {
                await state.DisposeAsync();
            }

            throw;
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await _life.WaitAsync(cancellationToken);
        try
        {
            if (_application is not null)
            {
                return;
            }

            var application = BuildApplication();
            try
            {
                await application.StartAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                await application.DisposeAsync();
                throw new CliException(
                    $"Cannot listen at {_options.Host}:{_port}: {exception.Message} (--port 0 takes a free port)", ExitCode.Error, exception);
            }

            _application = application;
            var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            _port = new Uri(bound).Port;
            var shown = _address.Equals(IPAddress.Any) ? IPAddress.Loopback : _address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : _address;
            BaseUri = new UriBuilder(Uri.UriSchemeHttp, shown.ToString(), _port).Uri;
        }
        finally
        {
            _life.Release();
        }
    }

    private WebApplication BuildApplication()
    {
        // The empty builder reads neither environment variables nor settings files: nothing moves the port by accident.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Slow readers are the stream hub's to judge.
            kestrel.Limits.MinResponseDataRate = null;
            // What a reader has not taken yet waits in the server once for all readers, and not in a copy for each.
            kestrel.Limits.MaxResponseBufferSize = EventStreamHub.PieceSize;
            // Addresses of client-side SDKs hold whole contexts.
            kestrel.Limits.MaxRequestLineSize = LargestAddress;
            kestrel.Limits.MaxRequestBufferSize = 2 * LargestAddress;
            kestrel.Listen(_address, _port, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();

        var application = builder.Build();
        application.Use(next => http => _failures.PassAsync(http, next));
        application.UseRouting();
        application.Use(static next => http => PageRoutes.AllowPagesAsync(http, next));
        application.Use(next => http => _gate.PassAsync(http, next));
        application.Use(next => http => _faultGate.PassAsync(http, next));
        foreach (var endpoint in _endpoints)
        {
            endpoint.Map(application.MapGroup("").WithMetadata(new RouteMark(endpoint.Kind)));
        }

        application.MapFallback(static http => http.Response.WriteErrorAsync(
            StatusCodes.Status404NotFound, $"There is nothing at {http.Request.Method} {http.Request.Path}."));
        application.UseEndpoints(static _ => { });
        return application;
    }

    private static EnvironmentOptions Single(DevServerOptions options) => new()
    {
        Name = options.EnvironmentId ?? DefaultName,
        Files = options.Files,
        SdkKey = options.SdkKey,
        ClientSideId = options.ClientSideId,
        MobileKey = options.MobileKey,
        SecureMode = options.SecureMode,
        EnvironmentId = options.EnvironmentId,
    };

    private static IPAddress ParseAddress(string host) => host switch
    {
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.Any,
        _ when IPAddress.TryParse(host.Trim('[', ']'), out var address) => address,
        _ => throw new CliException($"--host takes an IP address, localhost, or *; not \"{host}\".", ExitCode.Usage),
    };

    /// <summary>The process's signals belong to the command, not to this server.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
