using System.Collections.Immutable;
using System.Text.Json;
using Halyard.Model;

namespace Halyard;

internal static partial class ModelReader
{
    private static Clause ClauseAt(ref Utf8JsonReader reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        string? contextKind = null;
        string? attribute = null;
        var op = "";
        ImmutableArray<Value> values = [];
        var negate = false;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("op"u8):
                    op = JsonWalk.Pooled(ref reader, scratch) ?? "";
                    continue;
                case 6 when name.SequenceEqual("values"u8):
                    values = JsonWalk.Array(ref reader, scratch, scratch.Values, JsonText.ValueAt);
                    continue;
                case 6 when name.SequenceEqual("negate"u8):
                    negate = JsonWalk.Bool(ref reader);
                    continue;
                case 9 when name.SequenceEqual("attribute"u8):
                    attribute = JsonWalk.Pooled(ref reader, scratch);
                    continue;
                case 11 when name.SequenceEqual("contextKind"u8):
                    contextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new(
            contextKind, scratch.Strings.Reference(attribute, isPath: contextKind is not null), op, values, negate,
            JsonWalk.Kept(unknown));
    }
}
