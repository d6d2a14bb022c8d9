using System.Diagnostics;

namespace Halyard.IntegrationTests.Snapshots;

/// <summary>A disk of one megabyte in memory, for what only a full or a read-only disk shows. Needs a root that may mount.</summary>
internal sealed class TemporaryDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-disk-");

    /// <summary>Mounts it, or skips the test.</summary>
    public TemporaryDisk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root may mount a disk of its own.");
        if (!Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", Folder))
        {
            _folder.Delete();
            Assert.Skip("This machine lets nobody mount a disk.");
        }
    }

    public string Folder => _folder.FullName;

    public string File => Path.Combine(Folder, "flags.snapshot");

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var piece = new byte[4096];
        try
        {
            while (true)
            {
                ballast.Write(piece);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Empty() => System.IO.File.Delete(Ballast);

    public void SetReadOnly(bool isReadOnly) => Assert.True(Run("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", Folder));

    public void Dispose()
    {
        Assert.True(Run("umount", Folder));
        _folder.Delete();
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
