using System.Globalization;
using System.Text;
using Halyard.Cli;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>The process of <see cref="RelayScenario"/> that serves.</summary>
internal static class RelayServer
{
    // A flag of about 400 bytes.
    private static readonly string Padding = new('x', 300);

    public static async Task RunAsync()
    {
        await using var server = await DevServer.StartAsync(new());
        server.Repository.Apply(Enumerable.Range(0, RelayScenario.Flags).Select(static i => Read(i, 1)));
        Console.WriteLine(server.BaseUri.Port);
        var version = 1L;
        var status = "/proc/self/status";
        while (await Console.In.ReadLineAsync() is { } command)
        {
            if (command == "change")
            {
                server.Repository.Apply([Read(0, ++version)]);
                Console.WriteLine("done");
            }
            else
            {
                // What the process had at most, resident.
                var line = (await File.ReadAllLinesAsync(status)).First(static line => line.StartsWith("VmHWM", StringComparison.Ordinal));
                Console.WriteLine(long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024);
            }
        }
    }

    private static ItemDescriptor Read(int number, long version)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"flag-{number}");
        return ItemDescriptor.FromJson(DataKind.Flag, key, Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"key\":\"{key}\",\"version\":{version},\"on\":true,\"fallthrough\":{{\"variation\":0}},\"variations\":[{version},\"{Padding}\"],\"salt\":\"s\"}}")));
    }
}
