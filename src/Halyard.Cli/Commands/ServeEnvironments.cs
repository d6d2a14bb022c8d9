using System.CommandLine;

namespace Halyard.Cli;

/// <summary>The options of <c>serve</c> that say what is served, and to whom: one environment, or several by name.</summary>
internal sealed class ServeEnvironments
{
    /// <summary>What help says of a source behind <c>--env</c>.</summary>
    public static readonly string[] Notes =
    [
        "Several environments: --env NAME=SOURCE, where SOURCE is a file, or one of",
        "  file:PATH stream:URL poll:URL service:URL redis:CONN dynamodb:TABLE sqlite:FILE postgres:CONN consul:ADDRESS",
        "a store with #PREFIX behind it, if it has one. --sdk-key, --client-side-id, --mobile-key and --source-key then take",
        "NAME=KEY; what is not given is the environment's name, on this machine alone: with --allow-remote it opens nothing,",
        "and each environment needs --sdk-key. The first environment is meant where none is named.",
    ];

    private const string PrefixMark = "#";
    private const string FileScheme = SourceArguments.File;

    private static readonly string[] Schemes =
    [
        FileScheme, SourceArguments.Stream, SourceArguments.Poll, SourceArguments.Service,
        StoreArguments.Redis, StoreArguments.DynamoDB, StoreArguments.Sqlite, StoreArguments.Postgres, StoreArguments.Consul,
    ];

    private readonly Argument<string[]> _files = new("file")
    {
        Description = "Flag files, JSON or YAML; several are merged. Edits are served at once.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly SourceArguments _source = new(new StoreArguments(), SourceArguments.SourceKey);
    private readonly Option<string[]> _environments = new("--env", "-e") { Description = "Serve an environment of this name from this source; may be repeated.", HelpName = "name=source" };
    private readonly Option<string[]> _sdkKeys = Keys("--sdk-key", "The only key that server-side SDKs are let in with, or env:NAME or file:PATH, which keep it out of the list of processes. Default: any that is not empty.");
    private readonly Option<string[]> _clientSideIds = Keys("--client-side-id", "The only environment id that browsers are let in with. Default: any.");
    private readonly Option<string[]> _mobileKeys = Keys("--mobile-key", "The only key that mobile SDKs are let in with, or env:NAME or file:PATH. Default: any that is not empty.");
    private readonly Option<string> _environmentId = EnvironmentId();
    private readonly Option<string[]> _overrides = new("--override", "-o")
    {
        Description = "Lay a file of flags, flag values or segments over the source, key by key; edits are served at once. May be repeated; with --env, NAME=path.",
        HelpName = "path",
    };

    private readonly Option<bool> _secureMode = new("--secure-mode") { Description = "Answer a browser only with the hash of its context under the SDK key, which it has from the application's server." };
    private readonly Option<string?> _snapshot = new("--snapshot") { Description = "Keep the last known data of a service or store in this file (with --env: a folder of files), and begin with it.", HelpName = "path" };

    /// <summary>Adds the options.</summary>
    public void AddTo(CliCommand command)
    {
        command.AddArgument(_files);
        _source.AddTo(command, withContext: false);
        foreach (var option in new Option[] { _environments, _environmentId, _sdkKeys, _clientSideIds, _mobileKeys, _overrides, _secureMode, _snapshot })
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the command line.</summary>
    /// <param name="result">The command line.</param>
    /// <exception cref="CliException">It contradicts itself, something is missing, or something would be left out.</exception>
    public IReadOnlyList<EnvironmentOptions> Read(ParseResult result)
    {
        var named = result.GetValue(_environments) ?? [];
        var files = result.GetValue(_files) ?? [];
        var hasSource = _source.NamesSource(result);
        if (named.Length == 0)
        {
            return [ReadSingle(result, files, hasSource)];
        }

        if (files.Length != 0 || hasSource)
        {
            throw new CliException("--env names every source; leave out the files and the other sources.", ExitCode.Usage);
        }

        if (result.GetResult(_environmentId) is { Implicit: false })
        {
            throw Idle("--env-id", "is for a single environment; with --env the id is the one of --client-side-id, or else the name.");
        }

        var names = named.Select(static text => Split(text, "--env").Name).ToList();
        if (names.GroupBy(static name => name).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new CliException($"--env {twice.Key} is there twice.", ExitCode.Usage);
        }

        var keys = new[] { _sdkKeys, _clientSideIds, _mobileKeys }.Select(option => OfNames(result, option, names)).ToList();
        var sourceKeys = OfNames(result, _source.KeyOption, names);
        var overrides = (result.GetValue(_overrides) ?? []).Select(static text => Split(text, "--override")).ToList();
        if (overrides.FirstOrDefault(one => !names.Contains(one.Name)) is { Name: { } unknown })
        {
            throw Idle("--override", $"names the environment {unknown}, which no --env does.");
        }

        var environments = named.Select(text => ReadNamed(text, result, keys, sourceKeys, overrides)).ToList();
        for (var i = 0; i < keys.Count; i++)
        {
            if (environments.GroupBy(one => (i == 0 ? one.SdkKey : i == 1 ? one.ClientSideId : one.MobileKey) ?? one.DefaultKey).Any(static group => group.Count() > 1))
            {
                throw new CliException("Two environments have the same key; each needs its own.", ExitCode.Usage);
            }
        }

        if (result.GetValue(_snapshot) is not null && environments.All(static one => one.Source is null))
        {
            throw Idle("--snapshot", "is for services and stores: files are still there after a restart.");
        }

        return environments;
    }

    private EnvironmentOptions ReadSingle(ParseResult result, string[] files, bool hasSource)
    {
        if ((files.Length != 0) == hasSource)
        {
            throw new CliException(
                hasSource ? "Flags come from files or from another source, not from both." : "Required argument 'file' missing: name flag files, another source, or --env NAME=SOURCE.",
                ExitCode.Usage);
        }

        var (sdkKey, secure) = (Single(result, _sdkKeys), result.GetValue(_secureMode));
        if (secure && sdkKey is null)
        {
            throw new CliException("--secure-mode needs --sdk-key: the hash is made with it.", ExitCode.Usage);
        }

        var source = hasSource ? _source.ReadSource(result, follow: true) : default;
        var isFile = !hasSource || source.Options?.DataSystem is FileSourceOptions;
        var snapshot = result.GetValue(_snapshot);
        if (isFile && snapshot is not null)
        {
            throw Idle("--snapshot", "is for services and stores: files are still there after a restart.");
        }

        if (source.Options is not { SdkKey.Length: > 0 } && result.GetValue(_source.KeyOption) is { Length: > 0 })
        {
            throw Idle(SourceArguments.SourceKey, "is for --stream, --poll and --service.");
        }

        var environmentId = result.GetValue(_environmentId) is { Length: > 0 } id ? id : null;
        return new EnvironmentOptions
        {
            Name = environmentId ?? "development",
            EnvironmentId = environmentId,
            Files = source.Options?.DataSystem is FileSourceOptions { Paths: var paths } ? [.. paths] : files,
            Source = !isFile ? Patient(source.Name, source.Options!, result) : null,
            SdkKey = sdkKey,
            ClientSideId = Single(result, _clientSideIds),
            MobileKey = Single(result, _mobileKeys),
            OverrideFiles = result.GetValue(_overrides) ?? [],
            SecureMode = secure,
            Snapshot = snapshot,
        };
    }

    private EnvironmentOptions ReadNamed(
        string text, ParseResult result, List<Dictionary<string, string>> keys, Dictionary<string, string> sourceKeys, List<(string Name, string Value)> overrides)
    {
        var (name, source) = Split(text, "--env");
        string? Key(int index) => keys[index].GetValueOrDefault(name);
        var scheme = Array.Find(Schemes, scheme => source.StartsWith(scheme + ":", StringComparison.Ordinal));
        var address = scheme is null ? source : source[(scheme.Length + 1)..];
        var secure = result.GetValue(_secureMode);
        if (secure && Key(0) is null)
        {
            throw new CliException($"--secure-mode needs --sdk-key {name}=KEY: the hash is made with it.", ExitCode.Usage);
        }

        var options = new EnvironmentOptions
        {
            Name = name,
            EnvironmentId = Key(1) ?? name,
            SdkKey = Key(0),
            ClientSideId = Key(1),
            MobileKey = Key(2),
            DefaultKey = name,
            OverrideFiles = [.. overrides.Where(one => one.Name == name).Select(static one => one.Value)],
            SecureMode = secure,
        };
        var isService = scheme is SourceArguments.Stream or SourceArguments.Poll or SourceArguments.Service;
        if (!isService && sourceKeys.ContainsKey(name))
        {
            throw Idle($"{SourceArguments.SourceKey} {name}=KEY", "is for stream:, poll: and service:.");
        }

        if (scheme is null or FileScheme)
        {
            return options with { Files = [address] };
        }

        // With the value behind a sign of equality, whatever the value begins with.
        var mark = isService ? -1 : address.LastIndexOf(PrefixMark, StringComparison.Ordinal);
        List<string> line = [$"--{scheme}={(mark < 0 ? address : address[..mark])}"];
        if (mark >= 0)
        {
            line.Add($"--prefix={address[(mark + 1)..]}");
        }

        if (sourceKeys.GetValueOrDefault(name) is { } key)
        {
            line.Add($"{SourceArguments.SourceKey}={key}");
        }

        var arguments = new SourceArguments(new StoreArguments(), SourceArguments.SourceKey);
        var command = new Command("source");
        arguments.AddTo(command, withContext: false);
        var parsed = command.Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var (shown, client) = arguments.ReadSource(parsed, follow: true);
        var folder = result.GetValue(_snapshot);
        return options with
        {
            Source = Patient(shown, client, result),
            Snapshot = folder is null ? null : Path.Combine(folder, name + ".snapshot"),
        };
    }

    private ServedSource Patient(string name, ClientOptions options, ParseResult result)
    {
        options.StartTimeout = _source.ReadTimeout(result);
        return new(name, options);
    }

    private static Option<string> EnvironmentId()
    {
        var option = new Option<string>("--env-id") { Description = "The environment's id that SDKs are told.", DefaultValueFactory = static _ => "development" };
        option.Validators.Add(static result =>
        {
            // It travels in a header.
            if (result.Tokens is [{ Value: var text }] && !text.All(static c => c is > ' ' and <= '~'))
            {
                result.AddError("--env-id takes letters, digits and signs of ASCII, without spaces.");
            }
        });
        return option;
    }

    private static Option<string[]> Keys(string name, string description) => new(name) { Description = description, HelpName = "key" };

    private static string? Single(ParseResult result, Option<string[]> option) => (result.GetValue(option) ?? []) switch
    {
        [] => null,
        [var one] => SecretText.KeyOf(option.Name, one),
        _ => throw new CliException($"{option.Name} is there twice.", ExitCode.Usage),
    };

    // What has nothing to do here would be left out without a word.
    private static CliException Idle(string option, string problem) => new($"{option} {problem}", ExitCode.Usage);

    private static Dictionary<string, string> OfNames(ParseResult result, Option<string[]> option, List<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in result.GetValue(option) ?? [])
        {
            var (name, value) = Split(text, option.Name);
            if (!names.Contains(name))
            {
                throw new CliException($"{option.Name} names the environment {name}, which no --env does.", ExitCode.Usage);
            }

            if (!found.TryAdd(name, SecretText.KeyOf($"{option.Name} of {name}", value)!))
            {
                throw new CliException($"{option.Name} of {name} is there twice.", ExitCode.Usage);
            }
        }

        return found;
    }

    // A name becomes a part of addresses, headers and file names.
    private static (string Name, string Value) Split(string text, string option)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && text[..at].All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && text[0] != '.' && at + 1 < text.Length
            ? (text[..at], text[(at + 1)..])
            : throw new CliException($"{option} takes NAME=VALUE here; a name has letters, digits, -, _ and dots.", ExitCode.Usage);
    }
}
