using System.Runtime.CompilerServices;
using System.Text;
using Halyard.Benchmarks.Scenarios;
using Halyard.Benchmarks.StartUp;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks.Peers;

/// <summary>Beside <c>Microsoft.FeatureManagement</c>, the peer that every registry serves: the same flags, the same questions.</summary>
internal sealed class PeersScenario : IScenario
{
    private const int More = 995;

    public string Name => "peers";

    public string Title => "Beside Microsoft.FeatureManagement, 1,000 flags";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (client, _) = await BenchClient.StartAsync(ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(PeerFlags.Halyard(More))));
        await using var disposed = client;
        using var peer = FeatureManagementPeer.Of(PeerFlags.FeatureManagement(More));
        var (named, other) = (Context.New(PeerFlags.Named), Context.New(PeerFlags.Other));
        var (peerNamed, peerOther) = (FeatureManagementPeer.User(PeerFlags.Named), FeatureManagementPeer.User(PeerFlags.Other));
        ExpectSameAnswers(client, peer);

        (string Work, Action<int> Halyard, Action<int> Peer)[] works =
        [
            ("a flag that is on", n => Read(client, PeerFlags.On, other, n), n => Ask(peer, PeerFlags.On, n)),
            ("a flag that is off", n => Read(client, PeerFlags.Off, other, n), n => Ask(peer, PeerFlags.Off, n)),
            ("a target among 100 names", n => Read(client, PeerFlags.Target, named, n), n => Ask(peer, PeerFlags.Target, peerNamed, n)),
            ("a percentage", n => Read(client, PeerFlags.Percentage, other, n), n => Ask(peer, PeerFlags.Percentage, peerOther, n)),
            ("a variant by percentage", n => ReadText(client, PeerFlags.Variant, other, n), n => AskVariant(peer, PeerFlags.Variant, peerOther, n)),
            ("all names", n => Count(client, n), n => Count(peer, n)),
        ];
        foreach (var (work, halyard, asked) in works)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var timings = Measure.InTurn(Measure.Rounds(15), (FeatureManagementPeer.Name, asked), ("Halyard", halyard));
            foreach (var (subject, timing) in timings)
            {
                yield return new(work, subject, timing.MedianNanoseconds, "ns")
                {
                    AllocatedBytes = timing.AllocatedBytes,
                    Reference = subject == FeatureManagementPeer.Name ? null : FeatureManagementPeer.Name,
                    GoalRatio = subject == FeatureManagementPeer.Name ? null : 1,
                };
            }
        }

        string[] subjects = [ColdStart.Empty, FeatureManagementPeer.Name, ColdStart.OfText];
        var starts = subjects.ToDictionary(static subject => subject, static _ => new List<ColdStart>());
        for (var round = -1; round < Measure.Rounds(10); round++)
        {
            foreach (var subject in subjects)
            {
                var start = await ColdStart.MeasureAsync(subject, new("http://localhost"), cancellationToken);
                if (round >= 0)
                {
                    starts[subject].Add(start);
                }
            }
        }

        foreach (var (work, unit, value) in new (string, string, Func<ColdStart, double>)[]
        {
            ("first start in a process, from its start to the first value", "ms", static start => start.FromProcess),
            ("first start in a process, peak resident memory", "MB", static start => start.PeakMegabytes),
        })
        {
            foreach (var subject in subjects)
            {
                yield return new(work, subject, Measure.Median(starts[subject].Select(value)), unit)
                {
                    Reference = subject == ColdStart.OfText ? FeatureManagementPeer.Name : null,
                    GoalRatio = subject == ColdStart.OfText ? 1 : null,
                };
            }
        }
    }

    /// <summary>The first value of a process, by Halyard: 1,000 flags from text.</summary>
    public static async Task<object> StartHalyardAsync()
    {
        var (client, _) = await BenchClient.StartAsync(ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(PeerFlags.Halyard(More))));
        Expect(client.BoolVariation(PeerFlags.Target, Context.New(PeerFlags.Named), false));
        return client;
    }

    /// <summary>The same by the peer.</summary>
    public static object StartPeer()
    {
        var peer = FeatureManagementPeer.Of(PeerFlags.FeatureManagement(More));
        Expect(peer.IsOn(PeerFlags.Target, FeatureManagementPeer.User(PeerFlags.Named)));
        return peer;
    }

    // Who is in a percentage differs, as the two hash differently; who is a target does not.
    private static void ExpectSameAnswers(Client client, FeatureManagementPeer peer)
    {
        var (named, other) = (Context.New(PeerFlags.Named), Context.New(PeerFlags.Other));
        var (peerNamed, peerOther) = (FeatureManagementPeer.User(PeerFlags.Named), FeatureManagementPeer.User(PeerFlags.Other));
        Expect(client.BoolVariation(PeerFlags.On, other, false) && peer.IsOn(PeerFlags.On));
        Expect(!client.BoolVariation(PeerFlags.Off, other, true) && !peer.IsOn(PeerFlags.Off));
        Expect(client.BoolVariation(PeerFlags.Target, named, false) && peer.IsOn(PeerFlags.Target, peerNamed));
        Expect(!client.BoolVariation(PeerFlags.Target, other, true) && !peer.IsOn(PeerFlags.Target, peerOther));
        Expect(client.BoolVariationDetail(PeerFlags.Percentage, other, false).VariationIndex is not null);
        Expect(client.StringVariation(PeerFlags.Variant, other, "") is "small" or "big" && peer.Variant(PeerFlags.Variant, peerOther) is "small" or "big");
        Expect(client.Store.AllFlags().Count == More + 5 && peer.Count() == More + 5);
    }

    private static void Expect(bool isSo)
    {
        if (!isSo)
        {
            throw new InvalidOperationException("A flag does not say what it is to say.");
        }
    }

    private static void Read(Client client, string key, Context context, int times)
    {
        for (var i = 0; i < times; i++)
        {
            client.BoolVariation(key, context, false);
        }
    }

    private static void ReadText(Client client, string key, Context context, int times)
    {
        for (var i = 0; i < times; i++)
        {
            client.StringVariation(key, context, "");
        }
    }

    private static void Count(Client client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var _ in client.Store.AllFlags())
            {
            }
        }
    }

    private static void Ask(FeatureManagementPeer peer, string key, int times)
    {
        for (var i = 0; i < times; i++)
        {
            peer.IsOn(key);
        }
    }

    private static void Ask(FeatureManagementPeer peer, string key, Microsoft.FeatureManagement.FeatureFilters.TargetingContext user, int times)
    {
        for (var i = 0; i < times; i++)
        {
            peer.IsOn(key, user);
        }
    }

    private static void AskVariant(FeatureManagementPeer peer, string key, Microsoft.FeatureManagement.FeatureFilters.TargetingContext user, int times)
    {
        for (var i = 0; i < times; i++)
        {
            peer.Variant(key, user);
        }
    }

    private static void Count(FeatureManagementPeer peer, int times)
    {
        for (var i = 0; i < times; i++)
        {
            peer.Count();
        }
    }
}
