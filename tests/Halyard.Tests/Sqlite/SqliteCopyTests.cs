namespace Halyard.Tests.Sqlite;

public sealed class SqliteCopyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-copied-");

    private string Original => Path.Combine(_folder.FullName, "flags.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_copy_holds_the_file_and_its_log_and_goes_with_its_folder()
    {
        File.WriteAllText(Original, "file");
        File.WriteAllText(Original + "-wal", "log");
        File.WriteAllText(Original + "-shm", "index");
        string path;
        using (var copy = SqliteCopy.Make(Original))
        {
            path = copy.Path;
            Assert.Equal(("file", "log", false), (File.ReadAllText(path), File.ReadAllText(path + "-wal"), File.Exists(path + "-shm")));
            Assert.True(copy.IsCurrent);
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Theory]
    [InlineData("flags.db", "filE")]
    [InlineData("flags.db-wal", "more log")]
    [InlineData("flags.db-shm", "")]
    public void A_change_of_the_file_or_beside_it_ends_the_copy(string changed, string text)
    {
        File.WriteAllText(Original, "file");
        File.WriteAllText(Original + "-wal", "log");
        File.SetLastWriteTimeUtc(Original, DateTime.UtcNow.AddMinutes(-1));
        using var copy = SqliteCopy.Make(Original);
        Assert.True(copy.IsCurrent);
        File.WriteAllText(Path.Combine(_folder.FullName, changed), text);
        Assert.False(copy.IsCurrent);
    }

    [Fact]
    public void A_file_that_cannot_be_copied_leaves_nothing_behind()
    {
        var before = Directory.GetDirectories(Path.GetTempPath(), "halyard-sqlite-*").ToHashSet();
        Assert.ThrowsAny<IOException>(() => SqliteCopy.Make(Original));
        Assert.Subset(before, Directory.GetDirectories(Path.GetTempPath(), "halyard-sqlite-*").ToHashSet());
    }
}
