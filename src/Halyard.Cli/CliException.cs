namespace Halyard.Cli;

/// <summary>Ends a command with one line on the error output.</summary>
internal sealed class CliException(string message, int exitCode = ExitCode.Error, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int Code { get; } = exitCode;
}
