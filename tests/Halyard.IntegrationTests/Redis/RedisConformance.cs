using Halyard.Model;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>What all that speaks Redis' protocol shares: the layout, and how other programs reach it.</summary>
public abstract class RedisConformance(string endpoints) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new RedisStore(endpoints, Tagged(prefix));

    /// <summary>The prefix as the store has it.</summary>
    protected virtual string Tagged(string prefix) => prefix;

    protected override string[] Layout(string prefix) =>
    [
        $"{Tagged(prefix)}:$inited|String|",
        $$"""{{Tagged(prefix)}}:features|Hash|f|{"key":"f","version":7,"name":"Grüße" }""",
        $$"""{{Tagged(prefix)}}:features|Hash|gone|{"key":"gone","version":8,"deleted":true}""",
        $$"""{{Tagged(prefix)}}:segments|Hash|s|{"key":"s","version":3}""",
    ];

    protected override async Task<string[]> RawAsync(string prefix)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(endpoints);
        var database = connection.GetDatabase();
        var lines = new List<string>();
        foreach (var server in connection.GetServers())
        {
            await foreach (var key in server.KeysAsync(pattern: Tagged(prefix) + "*"))
            {
                var type = await database.KeyTypeAsync(key);
                if (type == RedisType.Hash)
                {
                    lines.AddRange((await database.HashGetAllAsync(key)).Select(entry => $"{key}|{type}|{entry.Name}|{entry.Value}"));
                }
                else
                {
                    lines.Add($"{key}|{type}|{await database.StringGetAsync(key)}");
                }
            }
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    protected override async Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(endpoints);
        await connection.GetDatabase().HashSetAsync($"{Tagged(prefix)}:{(kind == DataKind.Flag ? "features" : "segments")}", key, text);
    }
}
