using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Fuzzing.Targets;

/// <summary>What a persistent store gave: a byte that says what the store knows beside the text, and the text.</summary>
internal static class StoreItemTarget
{
    public static FuzzTarget Target { get; } = new("store-item", "an item of a persistent store", Run)
    {
        IsJson = true,
        Words = Words.Items,
        BytesForEach = 800,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var kind = (input[0] & 1) == 0 ? DataKind.Flag : DataKind.Segment;
        var isDeleted = (input[0] & 2) != 0;
        var version = (input[0] & 4) != 0 ? 7 : 0;
        var text = input[1..];
        var store = new OneItemReader(new(version, isDeleted, text.ToArray()));
        var one = Of(new JsonDeserializer(store, NullLogger.Instance).GetAsync(kind, "k", default));
        var all = Of(new JsonDeserializer(store, NullLogger.Instance).AllAsync(kind, default));
        Promise.Holds(
            one.Outcome == ReadOutcome.Found ? all.Items.Count == 1 && Meaning.Of(all.Items[0]) == Meaning.Of(one.Item!) : all.MalformedKeys.Count == 1,
            "an item alone is what it is among all");
        var stated = ItemVersion.Find(text);
        if (one.Item is not { } item)
        {
            Promise.Holds(one.Outcome == ReadOutcome.Malformed && !isDeleted, "what is in the store is found or malformed");
            return;
        }

        Promise.Holds(item.Kind == kind && item.Key == "k", "an item has the key it stands under");
        Promise.Holds(version == 0 || item.Version == version, "the version beside the text counts");
        if (!isDeleted && !text.Trim(" \t\r\n"u8).SequenceEqual("null"u8))
        {
            JsonOracle.Accepted(text, marked: true);

            // A writer compares what it finds with what readers see.
            Promise.Holds(item.IsTombstone || version != 0 || stated == item.Version, "the version is found that the item has", $"{stated} {item.Version}");
        }
    }

    private static T Of<T>(ValueTask<T> answer) => answer.AsTask().GetAwaiter().GetResult();
}
