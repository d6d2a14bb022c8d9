namespace Halyard.Cli;

/// <summary>
/// Keeps a second process off a state: each would write over what the other keeps. The system lets go of it when the process ends,
/// however that is. The file beside the state stays, since a lock on a file that is deleted would be none.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream? _file;

    /// <exception cref="CliException">Another process has it, or a link lies in its place.</exception>
    public StateLock(string state)
    {
        var path = Path.GetFullPath(state) + ".lock";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new CliException($"--state: {path} is a link, which is not followed; remove it.", ExitCode.Usage);
            }

            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new CliException($"--state: {state} is in use by another halyard serve. Each needs a state of its own.", ExitCode.Usage, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Where no file can be made no state can be written either, which is said when one is to be.
        }
    }

    public void Dispose() => _file?.Dispose();
}
