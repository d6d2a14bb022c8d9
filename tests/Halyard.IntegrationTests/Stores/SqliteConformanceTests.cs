namespace Halyard.IntegrationTests;

public sealed class SqliteConformanceTests : StoreConformance, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-sqlite-");

    protected override int LargeItemBytes => 2_000_000;

    public void Dispose() => _folder.Delete(recursive: true);

    protected override IPersistentStore Store(string prefix) => new SqliteStore(Path.Combine(_folder.FullName, "flags.db")) { Prefix = prefix };
}
