using System.Text;

namespace Halyard.Cli;

/// <summary>Reads the small files that a command line names.</summary>
internal static class CliFiles
{
    // What a shell's <(...) gives is a named pipe, which is read; but not one that nobody writes to.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads a text.</summary>
    /// <param name="path">The file, or a pipe such as a shell's <c>&lt;(command)</c>.</param>
    /// <param name="largest">How many bytes it may have.</param>
    /// <exception cref="IOException">It cannot be read, is too large, or nothing comes out of it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string ReadText(string path, int largest)
    {
        if (FileKinds.Of(path) != FileKind.Special)
        {
            return Read(path, largest);
        }

        // The open itself may wait for ever: the thread is left to the process's end then.
        var reading = Task.Factory.StartNew(() => Read(path, largest), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.WaitAny([reading], Patience) == 0
            ? reading.GetAwaiter().GetResult()
            : throw new IOException($"nothing came out of it within {Patience.TotalSeconds} seconds, and {FileKinds.SpecialProblem}.");
    }

    private static string Read(string path, int largest)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        using var text = new MemoryStream();
        var piece = new byte[8192];
        while (file.Read(piece) is var read and > 0)
        {
            if (text.Length + read > largest)
            {
                throw new IOException($"it is larger than {largest} bytes.");
            }

            text.Write(piece, 0, read);
        }

        text.Position = 0;
        return new StreamReader(text, Encoding.UTF8).ReadToEnd();
    }
}
