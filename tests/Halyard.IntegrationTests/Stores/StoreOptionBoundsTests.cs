using Halyard.Tests.Support;

namespace Halyard.IntegrationTests;

[Collection(typeof(AloneWithRedis))]
public sealed class RedisOptionBoundsTests(RedisServer server) : StoreOptionBounds
{
    protected override (object Options, Func<object, IPersistentStore> Open) Make() => (
        new RedisStoreOptions { Configuration = server.Endpoint, Prefix = Prefix }, static options => new RedisStore((RedisStoreOptions)options));
}

[Collection(typeof(AloneWithPostgres))]
public sealed class PostgresOptionBoundsTests(PostgresServer server) : StoreOptionBounds
{
    // Each client has a pool of its own, and the server a limit.
    protected override (object Options, Func<object, IPersistentStore> Open) Make() => (
        new PostgresStoreOptions { ConnectionString = server.ConnectionString + ";Maximum Pool Size=2", Prefix = Prefix },
        static options => new PostgresStore((PostgresStoreOptions)options));
}

[Collection(typeof(AloneWithConsul))]
public sealed class ConsulOptionBoundsTests(ConsulServer server) : StoreOptionBounds
{
    protected override (object Options, Func<object, IPersistentStore> Open) Make() => (
        new ConsulStoreOptions { Address = new($"http://{server.Endpoint}"), Prefix = Prefix },
        static options => new ConsulStore((ConsulStoreOptions)options));
}

[Collection(typeof(AloneWithDynamoDB))]
public sealed class DynamoDBOptionBoundsTests(DynamoDBLocal server) : StoreOptionBounds
{
    protected override (object Options, Func<object, IPersistentStore> Open) Make() => (
        server.Options(Prefix), static options => new DynamoDBStore((DynamoDBStoreOptions)options));
}

[Collection(typeof(Alone))]
public sealed class SqliteOptionBoundsTests : StoreOptionBounds
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-bounds-");

    protected override (object Options, Func<object, IPersistentStore> Open) Make() => (
        new SqliteStore(Path.Combine(_folder.FullName, "flags.db")), static store => (SqliteStore)store);

    public override ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return base.DisposeAsync();
    }

    [Fact]
    public void Every_store_with_numbers_among_its_options_is_tried()
    {
        Type[] tried = [typeof(RedisStoreOptions), typeof(PostgresStoreOptions), typeof(ConsulStoreOptions), typeof(DynamoDBStoreOptions), typeof(SqliteStore)];
        var types = OptionBounds.TypesOf(new[] { typeof(RedisStore), typeof(PostgresStore), typeof(ConsulStore), typeof(DynamoDBStore), typeof(SqliteStore) }
            .Select(type => type.Assembly)).ToList();
        Assert.Equal(tried.Length, types.Count);
        Assert.Empty(types.Except(tried));
    }
}
