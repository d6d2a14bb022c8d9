namespace Halyard.IntegrationTests;

public sealed class SqliteConformanceTests : StoreConformance, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-sqlite-");

    protected override int LargeItemBytes => 2_000_000;

    /// <summary>Makes the file: one that nobody has written yet is no empty store but a missing one.</summary>
    public async ValueTask InitializeAsync()
    {
        await using var writer = Store("").CreateWriter(Context);
        Assert.False(await writer.InitializedAsync(Token));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    protected override IPersistentStore Store(string prefix) => new SqliteStore(Path.Combine(_folder.FullName, "flags.db")) { Prefix = prefix };
}
