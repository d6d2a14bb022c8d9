namespace Halyard.Cli;

/// <summary>Ends a command with one line on the error output.</summary>
internal sealed class CliException(string message, int exitCode = ExitCode.Error, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int Code { get; } = exitCode;

    /// <summary>A wrong setting, without the parameter's name, which means nothing on a command line.</summary>
    public static CliException Of(ArgumentException exception)
    {
        var suffix = exception.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return new(suffix < 0 ? exception.Message : exception.Message[..suffix], ExitCode.Usage, exception);
    }
}
