using System.Globalization;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// Finds out which clauses of a flag's rules hold for a context, by the evaluation itself: each clause is asked alone, in a flag that
/// consists of nothing else.
/// </summary>
internal static class ClauseProbe
{
    /// <summary>Asks all clauses, by rule.</summary>
    public static async Task<bool[][]> RunAsync(Flag flag, IReadOnlyCollection<ItemDescriptor<Segment>> segments, Context context, CancellationToken cancellationToken)
    {
        var probes = new List<ItemDescriptor<Flag>>();
        for (var i = 0; i < flag.Rules.Length; i++)
        {
            for (var j = 0; j < flag.Rules[i].Clauses.Length; j++)
            {
                probes.Add(ItemDescriptor<Flag>.Of(KeyOf(i, j), 1, Alone(KeyOf(i, j), flag.Rules[i].Clauses[j])));
            }
        }

        if (probes.Count == 0)
        {
            return [.. flag.Rules.Select(static _ => Array.Empty<bool>())];
        }

        var client = await FixedData.OpenAsync(new(probes, segments), cancellationToken).ConfigureAwait(false);
        await using var ended = client.ConfigureAwait(false);
        return [.. flag.Rules.Select((rule, i) => rule.Clauses.Select((_, j) => client.BoolVariation(KeyOf(i, j), context, false)).ToArray())];
    }

    private static string KeyOf(int rule, int clause) => string.Create(CultureInfo.InvariantCulture, $"{rule}.{clause}");

    private static Flag Alone(string key, Clause clause) => new()
    {
        Key = key,
        Version = 1,
        On = true,
        Variations = [Value.False, Value.True],
        Rules = [new Rule { Clauses = [clause], Serve = new(1, null) }],
        Fallthrough = new(0, null),
    };
}
