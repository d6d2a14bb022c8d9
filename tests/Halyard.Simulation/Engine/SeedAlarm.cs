namespace Halyard.Simulation.Engine;

/// <summary>Ends the process when a seed hangs, which no invariant can see: somebody blocks the one thread there is.</summary>
internal sealed class SeedAlarm : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly ManualResetEventSlim _done = new();

    public SeedAlarm(ulong seed) => new Thread(() =>
    {
        if (!_done.Wait(Longest))
        {
            Console.WriteLine($"seed {seed} FAILED: it hangs");
            Environment.Exit(3);
        }
    })
    { IsBackground = true }.Start();

    public void Dispose() => _done.Set();
}
