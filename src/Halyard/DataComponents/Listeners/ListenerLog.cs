using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents.Listeners;

internal static partial class ListenerLog
{
    [LoggerMessage(
        EventId = 1, EventName = "ListenerFailed", Level = LogLevel.Error,
        Message = "A handler of {Event} threw. It goes on being called; its further errors are not logged.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string @event);
}
