namespace Halyard.Cli;

/// <summary>
/// The value of an option that is a secret, or holds one: itself, or <c>env:NAME</c> and <c>file:PATH</c>, which say where it
/// is. Everybody on a machine may see a process's arguments, but not its environment, nor a file of its user's own.
/// </summary>
internal static class SecretText
{
    /// <summary>What help says of such options.</summary>
    public static readonly string[] Notes =
    [
        "Secrets:",
        "  What stands on a command line can be seen in the list of processes. --sdk-key, --redis, --postgres and --consul",
        "  take env:NAME, an environment variable, or file:PATH, a file's text, in place of the value. Without a secret of",
        "  their own they look at:",
        "  --sdk-key   HALYARD_SDK_KEY (not for serve)",
        "  --redis     REDISCLI_AUTH, the password",
        "  --postgres  PGPASSWORD, the password, or PGPASSFILE",
        "  --consul    CONSUL_HTTP_TOKEN, the token, or CONSUL_HTTP_TOKEN_FILE",
        "  --dynamodb  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine's role",
    ];

    private const string FromEnvironment = "env:";
    private const string FromFile = "file:";
    private const int LargestFile = 64 * 1024;

    /// <summary>Gives the value meant.</summary>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="value">What it was given; null for nothing.</param>
    /// <exception cref="CliException">The variable or the file is not there, or empty.</exception>
    public static string? Of(string option, string? value) =>
        value is null ? null
        : value.StartsWith(FromEnvironment, StringComparison.Ordinal) ? OfVariable(option, value[FromEnvironment.Length..])
        : value.StartsWith(FromFile, StringComparison.Ordinal) ? OfFile(option, value[FromFile.Length..])
        : value;

    /// <summary>Gives the key meant, that somebody is let in with.</summary>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="value">What it was given; null for nothing.</param>
    /// <exception cref="CliException">It is not there, or no key: an empty one would let everybody in.</exception>
    public static string? KeyOf(string option, string? value)
    {
        if (Of(option, value) is not { } key)
        {
            return null;
        }

        return string.IsNullOrWhiteSpace(key) ? throw new CliException($"{option} is empty; leave it out where no key is wanted.", ExitCode.Usage)
            : IsSendable(key) ? key
            : throw new CliException($"{option} begins or ends with a blank, or holds a control character: no client could send it.", ExitCode.Usage);
    }

    /// <summary>Whether a key travels in a header as it is.</summary>
    public static bool IsSendable(string key) => key.Length > 0 && key == key.Trim() && !key.Any(char.IsControl);

    /// <summary>Gives a file's text without the line end that editors leave behind it.</summary>
    /// <exception cref="CliException">It cannot be read, or is empty.</exception>
    public static string OfFile(string option, string path)
    {
        string text;
        try
        {
            text = CliFiles.ReadText(path, LargestFile).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"{option}: {path} cannot be read: {e.Message}", ExitCode.Usage, e);
        }

        return text.Length > 0 ? text : throw new CliException($"{option}: {path} is empty.", ExitCode.Usage);
    }

    /// <summary>An address for a message: one with a user is not repeated, because a password may stand beside him.</summary>
    public static string Shown(string address) => address.Contains('@', StringComparison.Ordinal) ? "The address" : $"\"{address}\"";

    private static string OfVariable(string option, string name) =>
        name.Length > 0 && Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? text
            : throw new CliException($"{option}: there is no environment variable {name}.", ExitCode.Usage);
}
