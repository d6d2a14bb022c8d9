using System.Diagnostics;

namespace Halyard.Tests.Support;

/// <summary>Makes named pipes, which nobody writes to.</summary>
internal static class NamedPipes
{
    /// <summary>Makes one; a machine that has none skips the test.</summary>
    public static void Make(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can be told what a name stands for.");
        Assert.True(Succeeds("mkfifo", path));
    }

    /// <summary>Whether there is one.</summary>
    public static bool IsAt(string path) => Succeeds("test", "-p", path);

    private static bool Succeeds(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
