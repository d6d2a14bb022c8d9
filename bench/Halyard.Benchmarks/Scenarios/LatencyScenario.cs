using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// From the write of one change to the server's socket until the listener hears of it, and until a read gives the new
/// value: one change a millisecond, over a loopback stream, beside a bare socket whose other end notes the bytes.
/// </summary>
internal sealed class LatencyScenario : IScenario
{
    private const string Key = "bench-latency";
    private const string Bare = "bare socket";
    private const int WarmUps = 500;
    private const double Goal = 1_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public string Name => "latency";

    public string Title => "Latency of a patch over a loopback stream, 1,000 flags, from the write to its effect";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = Measure.Quick ? 200 : 2_000;
        var context = Payload.FirstContext;
        using var bare = new BareSocket();
        var (older, olderClient) = await LoopbackStream.StartAsync(ProtocolVersion.Fdv1, WirePayload.Of(ProtocolVersion.Fdv1, 1_000));
        using var olderDisposed = older;
        await using var olderClientDisposed = olderClient;
        var (newer, newerClient) = await LoopbackStream.StartAsync(ProtocolVersion.Fdv2, WirePayload.Of(ProtocolVersion.Fdv2, 1_000));
        using var newerDisposed = newer;
        await using var newerClientDisposed = newerClient;

        var patch = Updates.Chunk(ProtocolVersion.Fdv1, Key);
        var changeSet = Updates.Chunk(ProtocolVersion.Fdv2, Key);
        Line[] lines =
        [
            new(Bare, version => bare.Send(patch.At(version), version), () => bare.Received, act => bare.Heard = act),
            new("Halyard, FDv1", version => older.Send(patch.At(version)), () => Read(olderClient), Listener(olderClient)),
            new("Halyard, FDv2", version => newer.Send(changeSet.At(version)), () => Read(newerClient), Listener(newerClient)),
        ];
        var (heard, seen) = (Samples(lines), Samples(lines));
        var version = VersionedText.First;
        for (var round = -1; round < Measure.Rounds(5); round++)
        {
            foreach (var line in lines)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (toListener, toValue) = (UntilHeard(line, ref version, round < 0 ? WarmUps : count), UntilVisible(line, ref version, round < 0 ? WarmUps : count));
                if (round >= 0)
                {
                    heard[line.Subject].Add(toListener);
                    seen[line.Subject].Add(toValue);
                }
            }
        }

        foreach (var (effect, samples) in new[] { ("to the listener", heard), ("to the visible value", seen) })
        {
            foreach (var (figure, part) in new[] { ("median", 0.5), ("p99", 0.99) })
            {
                foreach (var line in lines)
                {
                    // Each round has a figure of its own; a round that something else disturbed is not the rule.
                    var value = Measure.Median(samples[line.Subject].Select(round => Measure.Percentile(round, part)));
                    yield return new($"{effect}, {figure}", line.Subject, value, "µs")
                    {
                        Reference = line.Subject == Bare ? null : Bare,
                        Goal = line.Subject != Bare && part > 0.5 ? Goal : null,
                    };
                }
            }
        }

        long Read(Client client) => (long)client.DoubleVariation(Key, context, 0);

        Action<Action<long>?> Listener(Client client)
        {
            Action<long>? act = null;
            client.FlagChanges.Changed += _ => Volatile.Read(ref act)?.Invoke(Read(client));
            return value => Volatile.Write(ref act, value);
        }
    }

    /// <summary>The writer sleeps between its writes and does nothing else.</summary>
    private static double[] UntilHeard(Line line, ref long version, int count)
    {
        var first = version + 1;
        var arrivals = new Arrivals(version, count);
        line.Listen(arrivals.Note);
        var sent = new long[count];
        for (var i = 0; i < count; i++)
        {
            sent[i] = Stopwatch.GetTimestamp();
            line.Send(++version);
            Thread.Sleep(1);
        }

        var last = version;
        if (!SpinWait.SpinUntil(() => arrivals.Last >= last, Limit))
        {
            throw new TimeoutException($"{line.Subject}: a change was not heard of.");
        }

        line.Listen(null);
        return [.. sent.Select((at, i) => Stopwatch.GetElapsedTime(at, arrivals.At(first + i)).TotalMicroseconds)];
    }

    /// <summary>The writer reads until it sees what it has written, and then sleeps.</summary>
    private static double[] UntilVisible(Line line, ref long version, int count)
    {
        var took = new double[count];
        for (var i = 0; i < count; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            line.Send(++version);
            while (line.Visible() != version)
            {
                if (Stopwatch.GetElapsedTime(sent) > Limit)
                {
                    throw new TimeoutException($"{line.Subject}: a change did not become visible.");
                }

                Thread.SpinWait(10);
            }

            took[i] = Stopwatch.GetElapsedTime(sent).TotalMicroseconds;
            Thread.Sleep(1);
        }

        return took;
    }

    private static Dictionary<string, List<double[]>> Samples(Line[] lines) => lines.ToDictionary(static line => line.Subject, static _ => new List<double[]>(), StringComparer.Ordinal);

    /// <summary>A way from a write to its effects.</summary>
    /// <param name="Subject">Whose way it is.</param>
    /// <param name="Send">Writes a version.</param>
    /// <param name="Visible">The version that a read gives now.</param>
    /// <param name="Listen">Sets who is told of each version; null for nobody.</param>
    private sealed record Line(string Subject, Action<long> Send, Func<long> Visible, Action<Action<long>?> Listen);
}
