using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Microsoft.Extensions.Logging;

namespace Halyard.ContractService;

/// <summary>Reads the harness's configuration object into the client's options.</summary>
internal static class ClientConfiguration
{
    private const string DynamoDBTable = "sdk-contract-tests";

    private static readonly TimeSpan DefaultStartWait = TimeSpan.FromSeconds(5);

    /// <summary>No call of the harness has a time limit of its own, so that a start must have one.</summary>
    private static readonly TimeSpan LongestStartWait = TimeSpan.FromMinutes(30);

    /// <exception cref="BadRequestException">Something is missing or of the wrong type.</exception>
    public static ClientOptions Read(JsonElement configuration, ILoggerFactory loggers, Callbacks callbacks)
    {
        var wait = configuration.Milliseconds("startWaitTimeMs") ?? DefaultStartWait;
        var options = new ClientOptions
        {
            SdkKey = configuration.String("credential") ?? "",
            StartTimeout = wait < LongestStartWait ? wait : LongestStartWait,
            LoggerFactory = loggers,
            Endpoints = ReadEndpoints(configuration),
        };
        ReadHttp(configuration, options.Http);
        options.Events = ReadEvents(configuration, options.Endpoints);
        options.BigSegments = ReadBigSegments(configuration, callbacks);
        options.Overrides = ReadOverrides(configuration);
        foreach (var hook in configuration.Object("hooks")?.Array("hooks") ?? [])
        {
            options.Hooks.Add(new CallbackHook(hook, callbacks));
        }

        options.DataSystem = configuration.Object("dataSystem") is { } dataSystem ? ReadDataSystem(dataSystem) : ReadOlder(configuration);
        return options;
    }

    private static ServiceEndpoints ReadEndpoints(JsonElement configuration)
    {
        var endpoints = new ServiceEndpoints();
        if (configuration.Object("serviceEndpoints") is { } given)
        {
            endpoints.Streaming = given.Address("streaming") ?? endpoints.Streaming;
            endpoints.Polling = given.Address("polling") ?? endpoints.Polling;
            endpoints.Events = given.Address("events") ?? endpoints.Events;
        }

        return endpoints;
    }

    private static void ReadHttp(JsonElement configuration, HttpOptions http)
    {
        if (configuration.Object("tags") is { } tags)
        {
            http.ApplicationId = tags.String("applicationId");
            http.ApplicationVersion = tags.String("applicationVersion");
        }

        if (configuration.Object("wrapper") is { } wrapper)
        {
            http.WrapperName = wrapper.String("name");
            http.WrapperVersion = wrapper.String("version");
        }

        if (configuration.Object("tls") is { } tls)
        {
            http.SkipCertificateValidation = tls.Bool("skipVerifyPeer");
            if (tls.String("customCAFile") is { Length: > 0 } file)
            {
                http.CustomAuthorities = [];
                try
                {
                    http.CustomAuthorities.ImportFromPemFile(file);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
                {
                    throw new BadRequestException($"'customCAFile' cannot be read: {e.Message}");
                }
            }
        }

        if (configuration.Object("proxy")?.Address("httpProxy") is { } proxy)
        {
            http.Proxy = new WebProxy(proxy);
        }
    }

    private static EventOptions? ReadEvents(JsonElement configuration, ServiceEndpoints endpoints)
    {
        if (configuration.Object("events") is not { } given)
        {
            return null;
        }

        endpoints.Events = given.Address("baseUri") ?? endpoints.Events;
        var events = new EventOptions
        {
            Diagnostics = given.Bool("enableDiagnostics"),
            AllAttributesPrivate = given.Bool("allAttributesPrivate"),
            OmitAnonymousContexts = given.Bool("omitAnonymousContexts"),
            Gzip = given.Bool("enableGzip"),
        };
        if (given.Number("capacity") is { } capacity and not 0)
        {
            events.Capacity = (int)capacity;
        }

        events.FlushInterval = given.Milliseconds("flushIntervalMs") ?? events.FlushInterval;
        foreach (var attribute in given.Array("globalPrivateAttributes"))
        {
            events.PrivateAttributes.Add(attribute.ToString());
        }

        return events;
    }

    private static BigSegmentsOptions? ReadBigSegments(JsonElement configuration, Callbacks callbacks)
    {
        if (configuration.Object("bigSegments") is not { } given)
        {
            return null;
        }

        var callback = given.Address("callbackUri") ?? throw new BadRequestException("'callbackUri' of the big segments is missing");
        var options = new BigSegmentsOptions(_ => new CallbackBigSegmentStore(callback, callbacks));
        if (given.Number("userCacheSize") is { } size and not 0)
        {
            options.ContextCacheSize = (int)size;
        }

        options.ContextCacheTime = given.Milliseconds("userCacheTimeMs") ?? options.ContextCacheTime;
        options.StatusPollInterval = given.Milliseconds("statusPollIntervalMs") ?? options.StatusPollInterval;
        options.StaleAfter = given.Milliseconds("staleAfterMs") ?? options.StaleAfter;
        return options;
    }

    private static FileSourceOptions? ReadOverrides(JsonElement configuration)
    {
        if (configuration.Object("overrides") is not { } given)
        {
            return null;
        }

        var options = DataSystem.File().UseYaml();
        foreach (var path in given.Array("filePaths"))
        {
            options.Paths.Add(path.GetString() ?? throw new BadRequestException("a path of 'filePaths' is null"));
        }

        options.DuplicateKeys = given.String("duplicateKeysHandling") switch
        {
            null or "fail" => DuplicateKeys.Fail,
            "ignore" => DuplicateKeys.FirstWins,
            var other => throw new BadRequestException($"there is no handling of duplicate keys '{other}'"),
        };

        // Files that are polled are watched as well: the source of files does not know one without the other.
        var polls = given.Bool("poll");
        options.Reload = polls || !given.Has("watch") || given.Bool("watch");
        if (polls && given.Milliseconds("pollIntervalMs") is { } interval)
        {
            options.PollInterval = interval;
        }

        return options;
    }

    /// <summary>The configuration of harnesses that know FDv1 alone.</summary>
    private static DataSystemOptions ReadOlder(JsonElement configuration)
    {
        var store = configuration.Object("persistentDataStore");
        SourceOptions source;
        if (configuration.Object("streaming") is { } streaming)
        {
            source = ReadStreaming(streaming, ProtocolVersion.Fdv1);
        }
        else if (configuration.Object("polling") is { } polling)
        {
            source = ReadPolling(polling, ProtocolVersion.Fdv1);
        }
        else if (store is not null)
        {
            return ReadStore(store.Value).Lazy;
        }
        else
        {
            source = DataSystem.Streaming();
        }

        if (store is null)
        {
            return source;
        }

        var (lazy, writable) = ReadStore(store.Value);
        return new SourceChainOptions
        {
            Synchronizers = { source },
            WriteTo = new(writable) { Mode = StoreMode.SystemOfRecord, Cache = lazy },
        };
    }

    private static DataSystemOptions ReadDataSystem(JsonElement dataSystem)
    {
        var chain = DataSystem.Chain();
        foreach (var source in dataSystem.Array("initializers"))
        {
            chain.Initializers.Add(ReadSource(source));
        }

        foreach (var source in dataSystem.Array("synchronizers"))
        {
            chain.Synchronizers.Add(ReadSource(source));
        }

        var isEmpty = chain.Initializers.Count == 0 && chain.Synchronizers.Count == 0;
        if (dataSystem.Object("store")?.Object("persistentDataStore") is { } store)
        {
            var (lazy, writable) = ReadStore(store);
            if (isEmpty)
            {
                return lazy;
            }

            chain.ReadFirst = lazy;
            chain.WriteTo = dataSystem.Number("storeMode") == 1 ? new(writable) : null;
        }

        // Whether there is a fallback is the harness's to say, also of the usual sources.
        chain = isEmpty ? DataSystem.Default() : chain;
        return chain.UseFdv1Fallback(dataSystem.Object("fdv1Fallback") is { } fallback ? ReadPolling(fallback, ProtocolVersion.Fdv1) : null);
    }

    private static SourceOptions ReadSource(JsonElement source)
    {
        if (source.Object("streaming") is { } streaming)
        {
            return ReadStreaming(streaming, ProtocolVersion.Fdv2);
        }

        return source.Object("polling") is { } polling
            ? ReadPolling(polling, ProtocolVersion.Fdv2)
            : throw new BadRequestException("a source is neither 'streaming' nor 'polling'");
    }

    private static StreamingOptions ReadStreaming(JsonElement given, ProtocolVersion protocol)
    {
        var options = new StreamingOptions
        {
            Protocol = protocol,
            BaseUri = given.Address("baseUri"),
            PayloadFilter = given.String("filter"),
        };
        if (given.Milliseconds("initialRetryDelayMs") is { } delay)
        {
            options.InitialReconnectDelay = delay;
            options.MaxReconnectDelay = delay > options.MaxReconnectDelay ? delay : options.MaxReconnectDelay;
        }

        return options;
    }

    private static PollingOptions ReadPolling(JsonElement given, ProtocolVersion protocol)
    {
        var options = new PollingOptions
        {
            Protocol = protocol,
            BaseUri = given.Address("baseUri"),
            PayloadFilter = given.String("filter"),
        };
        options.Interval = given.Milliseconds("pollIntervalMs") ?? options.Interval;
        return options;
    }

    private static (LazyLoadOptions Lazy, IPersistentStore Store) ReadStore(JsonElement given)
    {
        var description = given.RequiredObject("store");
        var dsn = description.String("dsn");
        var prefix = description.String("prefix");
        IPersistentStore store = description.RequiredString("type") switch
        {
            "redis" => new RedisStore(new RedisStoreOptions { Configuration = dsn, Prefix = prefix }),
            "dynamodb" => new DynamoDBStore(new()
            {
                Table = DynamoDBTable,
                Prefix = prefix,
                ServiceUrl = description.Address("dsn"),
                Region = "us-east-1",
                Credentials = new BasicAWSCredentials("dummy", "dummy"),
            }),
            "consul" => new ConsulStore(dsn ?? "127.0.0.1:8500", prefix),
            var other => throw new BadRequestException($"there is no store of the type '{other}'"),
        };

        // The suites hold a cache to its mode: what it hears of a change must not count.
        var lazy = new LazyLoadOptions(store) { TtlJitter = 0, ListenForChanges = false };
        if (given.Object("cache") is { } cache)
        {
            lazy.Ttl = cache.String("mode") switch
            {
                "off" => TimeSpan.Zero,
                "infinite" => Timeout.InfiniteTimeSpan,
                "ttl" => TimeSpan.FromSeconds(Math.Clamp(cache.Number("ttl") ?? lazy.Ttl.TotalSeconds, 0, 1e8)),
                var other => throw new BadRequestException($"there is no cache mode '{other}'"),
            };
        }

        return (lazy, store);
    }
}
