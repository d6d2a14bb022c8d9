using Microsoft.Extensions.Logging;

namespace Halyard.Hooks;

internal static partial class HookLog
{
    [LoggerMessage(1, LogLevel.Error, "The hook '{Hook}' failed in {Stage}; it goes on being called. Further failures of this stage are not logged.")]
    public static partial void Failed(ILogger logger, Exception exception, string hook, string stage);
}
