using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>
/// What a client costs that has nothing to do: to start and to end, and a hundred of them that wait for changes. Beside the
/// bare handler of the platform that reads the same stream. Linux only: it reads <c>/proc</c>.
/// </summary>
internal sealed class ClientsScenario : IScenario
{
    private const int Many = 100;
    private const string Events = "Halyard, FDv1, events on";

    public string Name => "clients";

    public string Title => $"Clients with one flag and nothing to do, over a loopback stream; of {Many} idle ones";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var server = await StreamServerProcess.StartAsync(1, cancellationToken);
        (string Name, Func<Task<IAsyncDisposable>> Start)[] subjects =
        [
            (BareStream.Name, async () => await BareStream.OpenAsync(server.Address)),
            ("Halyard, FDv1", async () => await Subjects.ClientAsync(server.Address, ProtocolVersion.Fdv1, 1)),
            ("Halyard, FDv2", async () => await Subjects.ClientAsync(server.Address, ProtocolVersion.Fdv2, 1)),
            (Events, async () => await Subjects.ClientAsync(server.Address, ProtocolVersion.Fdv1, 1, new())),
        ];

        foreach (var figure in await StartAndDisposeAsync(subjects))
        {
            yield return figure;
        }

        var rounds = subjects.ToDictionary(static subject => subject.Name, static _ => new List<Idle>());
        for (var round = 0; round < Measure.Rounds(5); round++)
        {
            foreach (var (name, start) in subjects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                rounds[name].Add(await IdleAsync(start));
            }
        }

        foreach (var (work, unit, value, goal) in new (string, string, Func<Idle, double>, Func<string, double?>)[]
        {
            ("managed memory of one", "KB", static idle => idle.ManagedKilobytes, static name => name == Events ? 24 : 12),
            ("resident memory of one", "KB", static idle => idle.ResidentKilobytes, static _ => null),
            ("timers that are set, of one", "timers", static idle => idle.Timers, static _ => 2),
            ("processor time of all in 3 s", "ms", static idle => idle.ProcessorMilliseconds, static name => name == Events ? 10 : null),
            ("dispose all", "ms", static idle => idle.DisposeMilliseconds, static _ => 5),
        })
        {
            foreach (var (name, _) in subjects)
            {
                yield return new(work, name, Measure.Median(rounds[name].Select(value)), unit)
                {
                    Reference = name == BareStream.Name ? null : BareStream.Name,
                    Goal = name == BareStream.Name ? null : goal(name),
                };
            }
        }
    }

    private static async Task<List<Figure>> StartAndDisposeAsync((string Name, Func<Task<IAsyncDisposable>> Start)[] subjects)
    {
        var timings = await Measure.InTurnAsync(
            Measure.Quick ? 20 : 100,
            Measure.Quick ? 20 : 60,
            Array.ConvertAll(subjects, static subject => (subject.Name, (Func<Task>)(async () => await (await subject.Start()).DisposeAsync()))));
        return
        [
            .. subjects.Select(subject => new Figure("start and dispose", subject.Name, timings[subject.Name].MedianMilliseconds, "ms")
            {
                AllocatedBytes = timings[subject.Name].AllocatedBytes,
                Reference = subject.Name == BareStream.Name ? null : BareStream.Name,
                Goal = subject.Name == BareStream.Name ? null : 0.5,
                GoalAllocatedBytes = subject.Name == BareStream.Name ? null : 40_000,
            }),
        ];
    }

    private static async Task<Idle> IdleAsync(Func<Task<IAsyncDisposable>> start)
    {
        await Task.Yield();
        var managed = Measure.LiveBytes();
        var (resident, timers) = (ProcessStatus.Kilobytes("VmRSS"), Timer.ActiveCount);
        var clients = new IAsyncDisposable[Many];
        for (var i = 0; i < Many; i++)
        {
            clients[i] = await start();
        }

        // What a start leaves under way has ended by then, and events are flushed (5 s) within the seconds that are looked at.
        await Task.Delay(3_000);
        var kilobytes = (Measure.LiveBytes() - managed) / 1e3 / Many;
        var residentKilobytes = (ProcessStatus.Kilobytes("VmRSS") - resident) / Many;
        var set = (Timer.ActiveCount - timers) / (double)Many;
        var processor = Environment.CpuUsage.TotalTime;
        await Task.Delay(3_000);
        var spent = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds;
        var began = Stopwatch.GetTimestamp();
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        return new(kilobytes, residentKilobytes, set, spent, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private sealed record Idle(double ManagedKilobytes, double ResidentKilobytes, double Timers, double ProcessorMilliseconds, double DisposeMilliseconds);
}
