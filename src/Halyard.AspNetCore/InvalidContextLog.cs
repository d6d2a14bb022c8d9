using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Says once that requests have an invalid context: nobody would know why every flag gives its default.</summary>
internal sealed partial class InvalidContextLog(ILogger<InvalidContextLog> logger)
{
    private int _said;

    public void Note(Context context)
    {
        if (Interlocked.Exchange(ref _said, 1) != 0)
        {
            return;
        }

        try
        {
            LogInvalid(context.Error!);
        }
        catch (Exception)
        {
            // A logger that throws must not end requests.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The flags of a request give their defaults, because its context is invalid: {Problem} This is said once.")]
    private partial void LogInvalid(string problem);
}
