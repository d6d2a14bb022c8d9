using System.CommandLine;
using System.Globalization;

namespace Halyard.Cli;

/// <summary>The options of commands that read flags: where from, and for whom.</summary>
internal sealed class SourceArguments
{
    /// <summary>Where the SDK key is taken from when the command line has none: it keeps the key out of process lists.</summary>
    public const string SdkKeyVariable = "HALYARD_SDK_KEY";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LocalPollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private readonly Option<string[]> _files = new("--file", "-f") { Description = "Read a flag file, JSON or YAML; may be repeated, files are merged.", HelpName = "path" };
    private readonly Option<string?> _stream = new("--stream") { Description = "Connect to a service by streaming, such as http://127.0.0.1:8765.", HelpName = "url" };
    private readonly Option<string?> _poll = new("--poll") { Description = "Connect to a service by polling: every second on this machine, otherwise every 30.", HelpName = "url" };
    private readonly Option<string?> _sdkKey = new("--sdk-key") { Description = $"The SDK key for --stream and --poll. Default: the environment variable {SdkKeyVariable}.", HelpName = "key" };
    private readonly Option<string?> _context = new("--context", "-c") { Description = "The context as JSON, or @path of a file that holds it, or @- for the standard input.", HelpName = "json" };
    private readonly Option<string?> _userKey = new("--key", "-k") { Description = "Short for the context of a user with this key.", HelpName = "key" };
    private readonly Option<double> _timeout = new("--timeout") { Description = "How many seconds to wait for data.", HelpName = "seconds", DefaultValueFactory = static _ => DefaultTimeout.TotalSeconds };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _context, _userKey, _files, _stream, _poll, _sdkKey, _timeout })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the context.</summary>
    /// <exception cref="CliException">It is missing, unreadable or invalid.</exception>
    public Context ReadContext(ParseResult result)
    {
        var (json, userKey) = (result.GetValue(_context), result.GetValue(_userKey));
        if (json is null == userKey is null)
        {
            throw new CliException("Say whom to evaluate for: either --context JSON or --key KEY.", ExitCode.Usage);
        }

        var context = userKey is not null ? Context.New(userKey) : Context.FromJson(ReadText(json!));
        return context.IsValid ? context : throw new CliException($"The context is invalid: {context.Error}", ExitCode.Usage);
    }

    /// <summary>Starts a client of the chosen source that has its data.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="follow">Whether files are watched for edits.</param>
    /// <param name="environment">The clock.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="CliException">The source is not clear, or gave no data in time.</exception>
    public async Task<Client> StartClientAsync(ParseResult result, bool follow, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var timeout = Timeout(result);
        var (name, options) = ReadSource(result, follow);
        options.StartTimeout = timeout;
        options.TimeProvider = environment.TimeProvider;

        Client client;
        try
        {
            client = await Client.StartAsync(options, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }

        if (client.Initialized)
        {
            return client;
        }

        var error = client.DataSourceStatus.Current.LastError?.Message;
        await client.DisposeAsync();
        throw new CliException(
            error is null
                ? string.Create(CultureInfo.InvariantCulture, $"{name} gave no data within {timeout.TotalSeconds:0.###} s.")
                : $"{name} gave no data: {error}",
            ExitCode.NoData);
    }

    /// <summary>The source's name for people.</summary>
    public string Describe(ParseResult result) =>
        result.GetValue(_stream) ?? result.GetValue(_poll) ?? string.Join(", ", result.GetValue(_files) ?? []);

    private (string Name, ClientOptions Options) ReadSource(ParseResult result, bool follow)
    {
        var files = result.GetValue(_files) ?? [];
        var (stream, poll) = (result.GetValue(_stream), result.GetValue(_poll));
        if ((files.Length != 0 ? 1 : 0) + (stream is null ? 0 : 1) + (poll is null ? 0 : 1) != 1)
        {
            throw new CliException("Say where flags come from: one of --file PATH, --stream URL or --poll URL.", ExitCode.Usage);
        }

        if (files.Length != 0)
        {
            return (string.Join(", ", files), new ClientOptions { DataSystem = FlagFiles.Source(files, follow) });
        }

        var sdkKey = result.GetValue(_sdkKey) ?? Environment.GetEnvironmentVariable(SdkKeyVariable);
        if (string.IsNullOrEmpty(sdkKey))
        {
            throw new CliException($"{(stream is null ? "--poll" : "--stream")} needs --sdk-key KEY, or the environment variable {SdkKeyVariable}.", ExitCode.Usage);
        }

        var uri = ParseBase((stream ?? poll)!);
        return (uri.ToString(), new ClientOptions
        {
            SdkKey = sdkKey,
            Endpoints = ServiceEndpoints.At(uri),
            DataSystem = stream is null ? Polling(uri) : DataSystem.Streaming(),
        });
    }

    // A server on this machine has nobody to be spared for.
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
            : throw new CliException($"\"{text}\" is not an http or https address.", ExitCode.Usage);

    private static string ReadText(string argument)
    {
        if (!argument.StartsWith('@'))
        {
            return argument;
        }

        var path = argument[1..];
        try
        {
            return path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"Cannot read the context from {path}: {exception.Message}", ExitCode.Usage, exception);
        }
    }
}
