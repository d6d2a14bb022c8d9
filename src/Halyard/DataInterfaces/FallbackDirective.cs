using System.Globalization;
using System.Text.Json;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataInterfaces;

/// <summary>
/// The service's order to leave FDv2 for FDv1: by a header of any response,
/// or by a goodbye that names a time.
/// </summary>
/// <param name="RetryAfter">After how long FDv2 may be tried again; null for never.</param>
internal sealed record FallbackDirective(TimeSpan? RetryAfter)
{
    private const string Header = "X-LD-FD-Fallback";
    private const string TtlHeader = "X-LD-FD-Fallback-TTL";

    /// <summary>What counts when the service names no time, or none that can be read.</summary>
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromHours(1);

    /// <summary>No timer waits longer; who asked for more is asked again after this.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(24);

    /// <summary>The directive that a response carries, whatever its status; null when it carries none.</summary>
    public static FallbackDirective? Of(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues(Header, out var values) || !values.Any(static v => v.Trim().Equals("true", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        var ttl = response.Headers.TryGetValues(TtlHeader, out var ttls) ? ttls.FirstOrDefault() : null;
        return ulong.TryParse(ttl, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
            ? OfSeconds(seconds)
            : new(DefaultRetryAfter);
    }

    /// <summary>The directive of a goodbye; the reader is at the time's value. Null when the value is null.</summary>
    public static FallbackDirective? Of(ref JsonCursor reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number when reader.TryGetUInt64(out var seconds):
                return OfSeconds(seconds);
            default:
                // The order is clear, only its time is not.
                reader.Skip();
                return new(DefaultRetryAfter);
        }
    }

    private static FallbackDirective OfSeconds(ulong seconds) => new(
        seconds == 0 ? null
        : seconds > (ulong)LongestRetryAfter.TotalSeconds ? LongestRetryAfter
        : TimeSpan.FromSeconds((long)seconds));
}
