namespace Halyard.Configuration;

/// <summary>Checks of the options that every HTTP source shares.</summary>
internal static class HttpOptionsValidation
{
    /// <summary>Longer spans cannot be waited for by a timer.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>Timers count whole milliseconds: a shorter span is none to them, and a period of none ends after the first time.</summary>
    public static readonly TimeSpan ShortestSpan = TimeSpan.FromMilliseconds(1);

    /// <summary>Over a shorter time no rate can be told from chance, and looking at it would cost more than what is read.</summary>
    private static readonly TimeSpan ShortestRateWindow = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">One thing is missing or wrong; the message says which. It never holds the key.</exception>
    public static void Check(ClientOptions options, Uri? baseUri, string endpointName)
    {
        CheckBase(baseUri, endpointName);
        if (!options.Offline)
        {
            CheckKey(options.SdkKey);
        }

        var http = options.Http ?? throw new ArgumentException("Http is null: leave it at its default.");
        CheckTimeout(http.ConnectTimeout, "Http.ConnectTimeout");
        CheckTimeout(http.ResponseTimeout, "Http.ResponseTimeout");
        CheckTimeout(http.MinimumRateWindow, "Http.MinimumRateWindow", mayBeInfinite: false);
        if (http.MinimumRateWindow < ShortestRateWindow)
        {
            throw new ArgumentException($"Http.MinimumRateWindow is {http.MinimumRateWindow}: it must be at least one second.");
        }

        if (http.MinimumBytesPerSecond < 0)
        {
            throw new ArgumentException($"Http.MinimumBytesPerSecond is {http.MinimumBytesPerSecond}: it must not be negative.");
        }

        CheckHeaderValue(http.WrapperName, "Http.WrapperName");
        CheckHeaderValue(http.WrapperVersion, "Http.WrapperVersion");
        foreach (var (name, value) in http.Headers)
        {
            CheckHeader(name, value);
        }
    }

    /// <summary>A span that a timer can wait for: from a millisecond, or endless where that is allowed.</summary>
    public static void CheckTimeout(TimeSpan value, string name, bool mayBeInfinite = true)
    {
        if (mayBeInfinite && value == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        if (value < ShortestSpan || value > LongestSpan)
        {
            throw new ArgumentException($"{name} is {value}: it must be from 1 millisecond to {LongestSpan.Days} days.");
        }
    }

    private static void CheckBase(Uri? uri, string name)
    {
        if (uri is null)
        {
            throw new ArgumentException($"{name} is null: it must be an absolute http or https address.");
        }

        if (!uri.IsAbsoluteUri || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            // A user or a password in it is nobody else's business.
            var shown = uri.OriginalString.Contains('@', StringComparison.Ordinal) ? "not one" : $"'{uri}'";
            throw new ArgumentException($"{name} is {shown}: it must be an absolute http or https address.");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new ArgumentException($"{name} has a query or a fragment: it must end with the path, to which more is appended.");
        }
    }

    private static void CheckKey(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            throw new ArgumentException("SdkKey is empty: streaming and polling need the SDK key of an environment.");
        }

        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] is <= ' ' or > '~')
            {
                throw new ArgumentException(
                    $"SdkKey has a character (number {i + 1} of {key.Length}) that cannot be sent: it must be printable ASCII without blanks or line breaks.");
            }
        }
    }

    private static void CheckHeader(string name, string value)
    {
        CheckHeaderValue(value, $"Http.Headers['{name}']");
        using var probe = new HttpRequestMessage();
        // Refuses names that are no tokens, and those of content, which a GET has not.
        if (value is null || !probe.Headers.TryAddWithoutValidation(name, value))
        {
            throw new ArgumentException($"Http.Headers['{name}'] cannot be set on a request: the name is not valid, belongs to content, or the value is null.");
        }
    }

    private static void CheckHeaderValue(string? value, string name)
    {
        foreach (var c in value ?? "")
        {
            if (c is (< ' ' and not '\t') or > '~')
            {
                throw new ArgumentException($"{name} has a character that cannot stand in a header: it must be printable ASCII without line breaks.");
            }
        }
    }
}
