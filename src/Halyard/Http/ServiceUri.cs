using Microsoft.Extensions.Logging;

namespace Halyard.Http;

/// <summary>Builds request addresses.</summary>
internal static class ServiceUri
{
    /// <summary>Appends a path to a base that may have a path prefix of its own, without doubling a slash.</summary>
    /// <param name="baseUri">An absolute address without query.</param>
    /// <param name="path">Begins with a slash.</param>
    /// <param name="query">Without its question mark; null or empty for none.</param>
    public static Uri Append(Uri baseUri, string path, string? query = null)
    {
        // Not the user: it is sent nowhere, and what reports requests, the platform included, must not show it.
        var address = Origin(baseUri) + baseUri.AbsolutePath.TrimEnd('/') + path;
        return new Uri(string.IsNullOrEmpty(query) ? address : address + "?" + query);
    }

    /// <summary>The query for a payload filter; none, with one error in the log, when its key is not a valid one.</summary>
    public static string? FilterQuery(string? filter, ILogger logger) =>
        // The characters of a valid key need no escaping.
        UsableFilter(filter, logger) is { } usable ? "filter=" + usable : null;

    /// <summary>The filter's key if it is a valid one; otherwise null, with one error in the log.</summary>
    public static string? UsableFilter(string? filter, ILogger logger)
    {
        if (filter is null || IsValidFilter(filter))
        {
            return filter;
        }

        HttpLog.InvalidPayloadFilter(logger);
        return null;
    }

    /// <summary>The origin alone, fit for logs: no user, no path, no query.</summary>
    public static string Origin(Uri uri) => uri.Scheme + "://" + uri.Authority;

    internal static bool IsValidFilter(string filter)
    {
        if (filter.Length == 0 || !char.IsAsciiLetterOrDigit(filter[0]))
        {
            return false;
        }

        foreach (var c in filter)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
