using Microsoft.Extensions.Logging;

namespace Halyard.Overrides;

internal static partial class OverrideLog
{
    [LoggerMessage(
        EventId = 1, EventName = "OverrideFilesFailed", Level = LogLevel.Error,
        Message = "The files with overrides cannot be loaded; what they said before stays in force: {Error}")]
    public static partial void Failed(ILogger logger, string error);
}
