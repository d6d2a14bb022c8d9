extern alias redis;
using System.Text;
using redis::Halyard;

namespace Halyard.Fuzzing.Targets;

/// <summary>Connection strings of Redis: a refusal is an <see cref="ArgumentException"/>, and neither it nor a server's name holds a password.</summary>
internal static class RedisConfigurationTarget
{
    private const string Secret = "S3CR3T";

    public static FuzzTarget Target { get; } = new("redis-configuration", "a connection string of Redis", Run)
    {
        Words =
        [
            Secret, "password=" + Secret, ",password=" + Secret, ":" + Secret + "@", "redis://", "rediss://", "REDIS://", "localhost", ":6379", ",", "=", "@", "/", "/0", "user=", "ssl=true",
            "abortConnect=false", "defaultDatabase=", "connectTimeout=", "serviceName=", "name=", "[::1]", "%40", "%2", "?", "#", " ", "proxy=", "sslProtocols=", "$CLIENT=", "keepAlive=",
            "\u0130", "\0",
        ],
        MostLength = 1024,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        StackExchange.Redis.ConfigurationOptions configuration;
        try
        {
            var options = new RedisStoreOptions { Configuration = text };
            RedisConfiguration.Validate(options);
            configuration = RedisConfiguration.Build(options);
        }
        catch (ArgumentException refusal)
        {
            Promise.Holds(!refusal.ToString().Contains(Secret, StringComparison.OrdinalIgnoreCase), "no error holds a password", $"{refusal.Message}");
            return;
        }

        // Servers stand in logs and errors.
        if (IsSecret(text))
        {
            var servers = string.Join(',', configuration.EndPoints);
            Promise.Holds(!servers.Contains(Secret, StringComparison.OrdinalIgnoreCase), "no server's name holds a password", $"{servers}");
        }

        Promise.Holds(configuration.EndPoints.Count > 0, "a configuration names a server");
    }

    // Whether the secret stands where a password does: in an address before the @, or behind "password=", as a part of it by
    // mistake as well, until the next name.
    private static bool IsSecret(string text)
    {
        var secret = text.IndexOf(Secret, StringComparison.Ordinal);
        if (secret < 0 || text.IndexOf(Secret, StringComparison.OrdinalIgnoreCase) != text.LastIndexOf(Secret, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var before = text[..secret];
        if (before.TrimStart().StartsWith("redis", StringComparison.OrdinalIgnoreCase) && before.Contains("://", StringComparison.Ordinal))
        {
            return !before.Contains('@', StringComparison.Ordinal) && text[secret..].Contains('@', StringComparison.Ordinal);
        }

        var password = before.LastIndexOf("password=", StringComparison.OrdinalIgnoreCase);
        return password >= 0 && (password == 0 || before[password - 1] == ',') && !before[(password + "password=".Length)..].Contains('=', StringComparison.Ordinal);
    }
}
