using System.Net;
using System.Security.Authentication;

namespace Halyard.DataInterfaces;

/// <summary>Why an attempt ended.</summary>
/// <param name="Kind">For the status.</param>
/// <param name="StatusCode">The HTTP status, if that is the reason.</param>
/// <param name="Message">For people; a sentence without its full stop.</param>
/// <param name="Regime">How soon to try again.</param>
/// <param name="RetryAfter">The least delay that the service asked for.</param>
internal sealed record SourceFailure(
    DataSourceErrorKind Kind, int? StatusCode, string Message, RetryRegime Regime = RetryRegime.Normal, TimeSpan? RetryAfter = null)
{
    /// <summary>How the message of a failed TLS handshake begins.</summary>
    internal const string TlsFailed = "the TLS connection failed: ";

    /// <summary>More is not believed: a slip of the service must not silence a client for days.</summary>
    private static readonly TimeSpan MostRetryAfter = TimeSpan.FromHours(1);

    /// <summary>The service's order to leave FDv2: it ends the source, whatever else went wrong.</summary>
    public FallbackDirective? Directive { get; init; }

    /// <summary>Whether the connection ended as the service had announced, with nothing amiss: that is no news to report.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>Whether the service's status is the reason, and one that retrying soon will not mend.</summary>
    public bool IsUnexpectedStatus => Regime == RetryRegime.Extended && StatusCode is not null;

    /// <summary>Nothing went wrong, but for the service's order to leave the protocol.</summary>
    public static SourceFailure Ordered { get; } = new(DataSourceErrorKind.Unknown, null, "the service orders FDv1");

    public static SourceFailure OfResponse(HttpResponseMessage response, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        TimeSpan? retryAfter = null;
        if (status is 429 or 503 && response.Headers.RetryAfter is { } header)
        {
            var wait = header.Delta ?? header.Date - time.GetUtcNow() ?? TimeSpan.Zero;
            retryAfter = wait <= TimeSpan.Zero ? null : wait > MostRetryAfter ? MostRetryAfter : wait;
        }

        return new(DataSourceErrorKind.ErrorResponse, status, MessageOf(status), RegimeOf(status), retryAfter);
    }

    public static SourceFailure OfException(Exception exception, bool retryTlsFailuresSlowly) => exception switch
    {
        MalformedDataException e => new(DataSourceErrorKind.InvalidData, null, e.Message),
        InvalidDataException e => new(DataSourceErrorKind.InvalidData, null, e.Message),
        StoreWriteException e => new(DataSourceErrorKind.StoreError, null, e.Message),
        HttpRequestException { StatusCode: { } status } e =>
            new(DataSourceErrorKind.ErrorResponse, (int)status, e.Message, RegimeOf((int)status)),
        HttpRequestException e when Find<AuthenticationException>(e) is { } tls =>
            new(DataSourceErrorKind.NetworkError, null, TlsFailed + tls.Message,
                retryTlsFailuresSlowly ? RetryRegime.Extended : RetryRegime.Normal),
        HttpRequestException or IOException or TimeoutException => new(DataSourceErrorKind.NetworkError, null, exception.Message),
        OperationCanceledException => new(DataSourceErrorKind.NetworkError, null, "the connection was given up"),
        _ => new(DataSourceErrorKind.Unknown, null, $"{exception.GetType().Name}: {exception.Message}"),
    };

    /// <summary>400, 408 and 429 pass by themselves, as does everything that is no 4xx.</summary>
    internal static RetryRegime RegimeOf(int status) =>
        status is >= 400 and < 500 and not (400 or 408 or 429) ? RetryRegime.Extended : RetryRegime.Normal;

    private static string MessageOf(int status) => status switch
    {
        401 => "the service answered 401: the SDK key is wrong or has been revoked",
        403 => "the service answered 403: the SDK key is not allowed to read this",
        404 => "the service answered 404: the base address is wrong, or its service does not offer this",
        407 => "the proxy answered 407: it asks for credentials",
        _ => $"the service answered {status} ({(HttpStatusCode)status})",
    };

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }
}
