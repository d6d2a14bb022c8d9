namespace Halyard.Cli;

/// <summary>What the tool's exit codes mean; part of its documented behaviour.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The work failed: a flag could not be evaluated, a file could not be read, an expectation was not met.</summary>
    public const int Error = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The source cannot be reached or delivered no data in time.</summary>
    public const int NoData = 3;
}
