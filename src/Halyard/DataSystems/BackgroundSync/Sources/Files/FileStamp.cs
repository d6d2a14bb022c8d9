namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// What a file looks like from outside. Symbolic links are resolved in every part of the path, so that the swap of a
/// linked directory shows although the file's own link still reads the same.
/// </summary>
/// <param name="RealPath">The path without links.</param>
/// <param name="Modified">When it was written; default when it does not exist.</param>
/// <param name="Length">Its length in bytes; -1 when it does not exist.</param>
internal readonly record struct FileStamp(string RealPath, DateTime Modified, long Length)
{
    // As the kernel's own limit; a loop of links ends here.
    private const int MaxLinks = 40;

    public static FileStamp Of(string path)
    {
        try
        {
            var real = Resolve(path);
            var info = new FileInfo(real);
            return info.Exists ? new(real, info.LastWriteTimeUtc, info.Length) : new(real, default, -1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new(path, default, -1);
        }
    }

    private static string Resolve(string path)
    {
        var root = Path.GetPathRoot(path) ?? "";
        var todo = new Stack<string>();
        Push(todo, path[root.Length..]);
        var at = root;
        var links = 0;
        while (todo.TryPop(out var part))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == "..")
            {
                at = Path.GetDirectoryName(at) ?? root;
                continue;
            }

            var next = Path.Combine(at, part);
            if (new FileInfo(next).LinkTarget is { } target && ++links <= MaxLinks)
            {
                var targetRoot = Path.GetPathRoot(target) ?? "";
                if (targetRoot.Length != 0)
                {
                    at = targetRoot;
                }

                Push(todo, target[targetRoot.Length..]);
            }
            else
            {
                at = next;
            }
        }

        return at;
    }

    private static void Push(Stack<string> todo, string path)
    {
        var parts = path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            todo.Push(parts[i]);
        }
    }
}
