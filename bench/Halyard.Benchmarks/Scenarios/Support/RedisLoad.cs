using System.Globalization;
using StackExchange.Redis;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>What a server has done so far, by its own count.</summary>
/// <param name="Reads">Commands that read items: HGET, HMGET and HGETALL.</param>
/// <param name="SentBytes">The bytes that it has sent.</param>
/// <param name="ProcessorSeconds">The processor time that it has used.</param>
internal sealed record RedisLoad(double Reads, double SentBytes, double ProcessorSeconds)
{
    private static readonly string[] ReadCommands = ["cmdstat_hget", "cmdstat_hmget", "cmdstat_hgetall"];

    public static async Task<RedisLoad> OfAsync(OwnRedis redis)
    {
        var server = redis.Connection.GetServer(redis.Address);
        var info = (await server.InfoAsync()).Concat(await server.InfoAsync("commandstats"))
            .SelectMany(static group => group)
            .GroupBy(static line => line.Key, static line => line.Value, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.Last(), StringComparer.Ordinal);
        return new(
            ReadCommands.Sum(command => info.TryGetValue(command, out var line) ? Number(line.Split(',')[0].Split('=')[1]) : 0),
            Number(info["total_net_output_bytes"]),
            Number(info["used_cpu_sys"]) + Number(info["used_cpu_user"]));
    }

    public RedisLoad Since(RedisLoad before) =>
        new(Reads - before.Reads, SentBytes - before.SentBytes, ProcessorSeconds - before.ProcessorSeconds);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
