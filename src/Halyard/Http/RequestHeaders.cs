using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Halyard.Http;

/// <summary>The headers that every request of one client carries. Immutable.</summary>
internal sealed class RequestHeaders
{
    private const int LongestTag = 64;

    /// <summary>Sent to any origin.</summary>
    private readonly KeyValuePair<string, string>[] _plain;

    /// <summary>Sent to the configured origin alone: the key, and what the user set, which may be secret too.</summary>
    private readonly KeyValuePair<string, string>[] _private;

    private readonly HashSet<string> _userNames = new(StringComparer.OrdinalIgnoreCase);

    public RequestHeaders(ClientOptions options, string instanceId, ILogger logger)
    {
        var http = options.Http;
        foreach (var name in http.Headers.Keys)
        {
            _userNames.Add(name);
        }

        var plain = new List<KeyValuePair<string, string>>();
        AddUnlessReplaced(plain, "User-Agent", "HalyardClient/" + Version);
        AddUnlessReplaced(plain, "X-LaunchDarkly-Instance-Id", instanceId);
        AddUnlessReplaced(plain, "X-LaunchDarkly-Tags", Tags(http, logger));
        AddUnlessReplaced(plain, "X-LaunchDarkly-Wrapper", Wrapper(http));
        _plain = [.. plain];

        var secret = new List<KeyValuePair<string, string>>();
        AddUnlessReplaced(secret, "Authorization", options.SdkKey);
        secret.AddRange(http.Headers);
        _private = [.. secret];
    }

    public static string Version { get; } =
        typeof(RequestHeaders).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <param name="request">Where to add.</param>
    /// <param name="trusted">Whether the request goes to the configured origin, so that secrets may go with it.</param>
    public void AddTo(HttpRequestMessage request, bool trusted)
    {
        foreach (var (name, value) in _plain)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (trusted)
        {
            foreach (var (name, value) in _private)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    /// <summary>Adds a header of this request alone, unless the user's own replaces it.</summary>
    public void AddTo(HttpRequestMessage request, string name, string value)
    {
        if (!_userNames.Contains(name))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private static string? Wrapper(HttpOptions http) =>
        string.IsNullOrEmpty(http.WrapperName) ? null
        : string.IsNullOrEmpty(http.WrapperVersion) ? http.WrapperName
        : http.WrapperName + "/" + http.WrapperVersion;

    private static string? Tags(HttpOptions http, ILogger logger)
    {
        // In alphabetical order, as the header wants them.
        ReadOnlySpan<KeyValuePair<string, string?>> tags =
        [
            new("application-id", http.ApplicationId),
            new("application-name", http.ApplicationName),
            new("application-version", http.ApplicationVersion),
            new("application-version-name", http.ApplicationVersionName),
        ];
        var text = new List<string>(tags.Length);
        foreach (var (name, value) in tags)
        {
            if (string.IsNullOrEmpty(value))
            {
                continue;
            }

            if (IsValidTag(value))
            {
                text.Add(name + "/" + value);
            }
            else
            {
                HttpLog.TagDropped(logger, name);
            }
        }

        return text.Count == 0 ? null : string.Join(' ', text);
    }

    private static bool IsValidTag(string value)
    {
        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return value.Length <= LongestTag;
    }

    private void AddUnlessReplaced(List<KeyValuePair<string, string>> headers, string name, string? value)
    {
        if (value is not null && !_userNames.Contains(name))
        {
            headers.Add(new(name, value));
        }
    }
}
