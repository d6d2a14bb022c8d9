using System.Diagnostics;
using System.Globalization;
using System.Text;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A flag of about 1,400 bytes whose value is the time at which it was written, by a clock that all processes of the
/// machine share: so a reader knows by itself how late it learns of a change.
/// </summary>
internal static class StampedFlag
{
    private static readonly string Padding = new('x', 1_250);

    /// <summary>The time in milliseconds, the same in all processes.</summary>
    public static double Now => Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;

    public static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"flag-{i}");

    /// <summary>The flag's JSON as of now.</summary>
    public static byte[] Text(string key, long version) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"key\":\"{key}\",\"version\":{version},\"on\":false,\"offVariation\":0,\"variations\":[{Now:0.000},\"{Padding}\"],\"salt\":\"s\"}}"));

    public static SerializedItem Item(string key, long version) => new(DataKind.Flag, key, new(version, false, Text(key, version)));

    /// <summary>The time at which the flag was written that the client knows; null when it knows none.</summary>
    public static double? Written(Client client, string key, Context context) =>
        client.DoubleVariation(key, context, 0) is > 0 and var stamp ? stamp : null;
}
