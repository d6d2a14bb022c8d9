namespace Halyard.Benchmarks.StartUp;

/// <summary>Initialises over and over, for a profiler to look at; then holds the last client until the input ends.</summary>
internal static class ProfileInit
{
    private const int Flags = 10_000;

    public static async Task RunAsync(ProtocolVersion protocol, int rounds)
    {
        await using var server = await StreamServerProcess.StartAsync(Flags, CancellationToken.None);
        var processor = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            if (round == rounds / 2)
            {
                processor = Environment.CpuUsage.TotalTime;
            }

            await (await Subjects.ClientAsync(server.Address, protocol, Flags)).DisposeAsync();
        }

        Console.WriteLine($"Processor time: {(Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / (rounds - (rounds / 2)):0.0} ms for each of the last half.");
        await using var held = await Subjects.ClientAsync(server.Address, protocol, Flags);
        GC.Collect();
        Console.WriteLine($"Holding {Flags} flags in process {Environment.ProcessId}; the end of the input ends it.");
        Console.In.ReadLine();
    }
}
