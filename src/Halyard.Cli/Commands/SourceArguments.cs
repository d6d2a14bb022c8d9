using System.CommandLine;
using System.Globalization;

namespace Halyard.Cli;

/// <summary>The options of commands that read flags: where from, and for whom.</summary>
/// <param name="stores">The stores that flags may be read from; null where only services and files will do.</param>
/// <param name="keyOption">The option of a service's SDK key, where <c>--sdk-key</c> means another.</param>
internal sealed class SourceArguments(StoreArguments? stores, string keyOption = "--sdk-key")
{
    /// <summary>The option of a service's SDK key where <c>--sdk-key</c> is the key of those who are served.</summary>
    public const string SourceKey = "--source-key";

    public const string File = "file";
    public const string Stream = "stream";
    public const string Poll = "poll";
    public const string Service = "service";

    /// <summary>Where the SDK key is taken from when the command line has none: it keeps the key out of process lists.</summary>
    public const string SdkKeyVariable = "HALYARD_SDK_KEY";

    private const int LargestContext = 64 * 1024 * 1024;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LocalPollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    // A store announces no changes: this is how soon a watch sees them.
    private static readonly TimeSpan FollowedTtl = TimeSpan.FromSeconds(1);

    private readonly Option<string[]> _files = new("--file", "-f") { Description = "Read a flag file, JSON or YAML; may be repeated, files are merged.", HelpName = "path" };
    private readonly Option<string?> _stream = new("--stream") { Description = "Connect to a service by streaming, such as http://127.0.0.1:8765.", HelpName = "url" };
    private readonly Option<string?> _poll = new("--poll") { Description = "Connect to a service by polling: every second on this machine, otherwise every 30.", HelpName = "url" };
    private readonly Option<string?> _service = new("--service") { Description = "Connect to a service by FDv2: a poll, then streaming, with polling while that fails.", HelpName = "url" };
    private readonly Option<string[]> _sdkKey = new(keyOption) { Description = $"The SDK key for --stream, --poll and --service, or env:NAME or file:PATH. Default: the environment variable {SdkKeyVariable}.", HelpName = "key" };
    private readonly Option<string?> _context = new("--context", "-c") { Description = "The context as JSON, or @path of a file that holds it, or @- for the standard input.", HelpName = "json" };
    private readonly Option<string?> _userKey = new("--key", "-k") { Description = "Short for the context of a user with this key.", HelpName = "key" };
    private readonly Option<string[]> _overrides = new("--override", "-o") { Description = "Lay a file of flags, flag values or segments over the source, key by key; may be repeated.", HelpName = "path" };
    private readonly Option<double> _timeout = new("--timeout") { Description = "How many seconds to wait for data.", HelpName = "seconds", DefaultValueFactory = static _ => DefaultTimeout.TotalSeconds };

    /// <summary>The option of a service's SDK key.</summary>
    public Option<string[]> KeyOption => _sdkKey;

    public void AddTo(Command command, bool withContext)
    {
        if (withContext)
        {
            command.Add(_context);
            command.Add(_userKey);
            command.Add(_overrides);
        }

        foreach (var option in new Option[] { _files, _stream, _poll, _service, _sdkKey })
        {
            command.Add(option);
        }

        stores?.AddTo(command, "Read from");
        command.Add(_timeout);
    }

    /// <summary>Reads the context.</summary>
    /// <exception cref="CliException">It is missing, unreadable or invalid.</exception>
    public Context ReadContext(ParseResult result)
    {
        var (json, userKey) = (result.GetValue(_context), result.GetValue(_userKey));
        if (json is null == userKey is null)
        {
            throw new CliException(
                (json is null ? "Say whom to evaluate for: " : "--context and --key contradict each other: ") + "give either --context JSON or --key KEY.", ExitCode.Usage);
        }

        var context = userKey is not null ? Context.New(userKey) : Context.FromJson(ReadText(json!));
        return context.IsValid ? context : throw new CliException($"The context is invalid: {context.Error}", ExitCode.Usage);
    }

    /// <summary>Starts a client of the chosen source that has its data.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="follow">Whether changes are followed.</param>
    /// <param name="environment">The clock.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="CliException">The source is not clear, or gave no data in time.</exception>
    public async Task<Client> StartClientAsync(ParseResult result, bool follow, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var (name, options) = ReadSource(result, follow);
        if (result.GetValue(_overrides) is { Length: > 0 } overrides)
        {
            options.Overrides = FlagFiles.Source(overrides, follow);
        }

        var client = await OpenClientAsync(result, options, environment, cancellationToken);
        var fault = await OverridesFaultAsync(result, client, environment, cancellationToken);
        if (fault is null && HasData(client))
        {
            return client;
        }

        var message = fault ?? NoData(result, name, client);
        await client.DisposeAsync();
        throw new CliException(message, ExitCode.NoData);
    }

    /// <summary>Starts a client that has its data if the source gave it in time.</summary>
    /// <exception cref="CliException">The options cannot work.</exception>
    public async Task<Client> OpenClientAsync(ParseResult result, ClientOptions options, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var timeout = Timeout(result);
        options.TimeProvider = environment.TimeProvider;

        // A store is asked for everything below, which ends as soon as it has failed.
        options.StartTimeout = options.DataSystem is LazyLoadOptions ? TimeSpan.Zero : timeout;
        if (options.DataSystem is LazyLoadOptions lazyLoad)
        {
            lazyLoad.FetchTimeout = timeout;
        }

        try
        {
            var client = await Client.StartAsync(options, cancellationToken);
            if (IsStore(client))
            {
                // Fetches the segments too.
                await client.Store.AllFlagsAsync(cancellationToken);
            }

            return client;
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }
    }

    /// <summary>Whether there is something to evaluate; a store need not be marked as complete for that.</summary>
    public static bool HasData(Client client) =>
        IsStore(client) ? client.Store.Snapshot().AllFlags().Count != 0 : client.Initialized;

    /// <summary>Why there is no data.</summary>
    public string NoData(ParseResult result, string name, Client client) => client switch
    {
        { DataSourceStatus.Current.LastError.Message: { } error } => $"{name} gave no data: {error}",
        _ when IsStore(client) => $"{name} holds no flags; halyard sync fills a store.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{name} gave no data within {Timeout(result).TotalSeconds:0.###} s."),
    };

    /// <summary>The source's name for people.</summary>
    public string Describe(ParseResult result) => ReadSource(result, follow: false).Name;

    /// <summary>Whether the command line names a source, or says something of one.</summary>
    public bool NamesSource(ParseResult result) =>
        result.GetValue(_files) is { Length: > 0 } || (result.GetValue(_stream) ?? result.GetValue(_poll) ?? result.GetValue(_service)) is not null
        || stores?.Read(result, to: null) is not null;

    /// <summary>How long to wait for data.</summary>
    /// <exception cref="CliException">It is no such time.</exception>
    public TimeSpan ReadTimeout(ParseResult result) => Timeout(result);

    /// <summary>Finds the one source that the command line names.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="follow">Whether changes are followed.</param>
    /// <param name="from">The kind of source that was asked for; null takes the kind from the address.</param>
    /// <exception cref="CliException">It is none, or several, or not of that kind.</exception>
    public (string Name, ClientOptions Options) ReadSource(ParseResult result, bool follow, string? from = null)
    {
        var files = result.GetValue(_files) ?? [];
        var (stream, poll, service) = (result.GetValue(_stream), result.GetValue(_poll), result.GetValue(_service));
        var store = stores?.Read(result, to: null);
        List<string> named = [];
        named.AddRange(files.Length != 0 ? [File] : []);
        named.AddRange(stream is not null ? [Stream] : []);
        named.AddRange(poll is not null ? [Poll] : []);
        named.AddRange(service is not null ? [Service] : []);
        named.AddRange(store is not null ? ["store"] : []);
        if (from is not null && from != File && named.Count == 0)
        {
            named.Add(from);
        }

        if (named.Count != 1)
        {
            throw new CliException(
                (named.Count == 0 ? "Say where flags come from: " : $"{string.Join(" and ", named.Select(name => Spelled(name, result)))} contradict each other: give ")
                + $"one of --file PATH, --stream URL, --poll URL{(stores is null ? " or --service URL" : ", --service URL, " + StoreArguments.Choice)}.",
                ExitCode.Usage);
        }

        if (from is not null && from != named[0])
        {
            throw new CliException($"--from {from} and --{named[0]} contradict each other.", ExitCode.Usage);
        }

        if (store is { } given)
        {
            return (given.Name, new ClientOptions { DataSystem = Lazily(given.Store, follow) });
        }

        if (files.Length != 0)
        {
            return (string.Join(", ", files), new ClientOptions { DataSystem = FlagFiles.Source(files, follow) });
        }

        var sdkKey = SecretText.Of(keyOption, result.GetValue(_sdkKey)?.LastOrDefault()) ?? Environment.GetEnvironmentVariable(SdkKeyVariable);
        if (string.IsNullOrEmpty(sdkKey))
        {
            throw new CliException($"--{named[0]} needs {keyOption} KEY, or the environment variable {SdkKeyVariable}.", ExitCode.Usage);
        }

        var endpoints = (stream ?? poll ?? service) is { } address ? ServiceEndpoints.At(ParseBase(address)) : new ServiceEndpoints();
        var uri = named[0] == Poll ? endpoints.Polling : endpoints.Streaming;
        return (uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped), new ClientOptions
        {
            SdkKey = sdkKey,
            Endpoints = endpoints,
            DataSystem = named[0] switch
            {
                Stream => DataSystem.Streaming(),
                Poll => Polling(uri),
                _ => DataSystem.Default(),
            },
        });
    }

    /// <summary>What keeps the overrides from being laid over the source; null when nothing does.</summary>
    private async Task<string?> OverridesFaultAsync(ParseResult result, Client client, CliEnvironment environment, CancellationToken cancellationToken)
    {
        try
        {
            await client.Overrides.WaitForFilesAsync(cancellationToken).WaitAsync(Timeout(result), environment.TimeProvider, cancellationToken);
            return client.Overrides.FileError;
        }
        catch (TimeoutException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"The overrides could not be read within {Timeout(result).TotalSeconds:0.###} s.");
        }
    }

    private static bool IsStore(Client client) => client.LazyLoadStatistics is not null;

    private static LazyLoadOptions Lazily(IPersistentStore store, bool follow)
    {
        var options = DataSystem.LazyLoad(store);

        // A command that reads once is over before a change could matter to it.
        options.ListenForChanges = follow;
        if (follow)
        {
            options.Ttl = FollowedTtl;
            options.TtlJitter = 0;
        }

        return options;
    }

    // A server on this machine may be polled often: no one else has to share it.
    private static PollingOptions Polling(Uri uri)
    {
        var options = DataSystem.Polling();
        if (uri.IsLoopback)
        {
            options.AllowShortIntervals = true;
            options.Interval = LocalPollInterval;
        }

        return options;
    }

    // A store is named by whichever of its options there is.
    private string Spelled(string source, ParseResult result) => source == "store" ? stores!.Spelled(result) : "--" + source;

    private TimeSpan Timeout(ParseResult result)
    {
        var seconds = result.GetValue(_timeout);
        return seconds > 0 && seconds <= LongestTimeout.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CliException("--timeout takes a number of seconds above 0, at most 3600.", ExitCode.Usage);
    }

    private static Uri ParseBase(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CliException($"{SecretText.Shown(text)} is not an http or https address.", ExitCode.Usage);

    private static string ReadText(string argument)
    {
        if (!argument.StartsWith('@'))
        {
            return argument;
        }

        var path = argument[1..];
        try
        {
            return path == "-" ? Console.In.ReadToEnd() : CliFiles.ReadText(path, LargestContext);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"Cannot read the context from {path}: {exception.Message}", ExitCode.Usage, exception);
        }
    }
}
