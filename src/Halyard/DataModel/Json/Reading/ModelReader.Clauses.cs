using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

internal static partial class ModelReader
{
    private static ClauseList ClausesAt(ref JsonCursor reader, ReadScratch scratch)
    {
        if (!JsonWalk.NextValue(ref reader))
        {
            return default;
        }

        var mark = JsonWalk.Gather(ref reader, scratch, scratch.Clauses, ClauseAt);
        var clauses = ClauseList.Of(scratch.Clauses.Since(mark));
        scratch.Clauses.Drop(mark);
        return clauses;
    }

    private static Clause ClauseAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        string? contextKind = null;
        string? attribute = null;
        var op = "";
        var mark = scratch.Values.Count;
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
                    // They stay on the stack until the whole clause is read, because it may equal an earlier one, which is then used.
                    scratch.Values.Drop(mark);
                    if (JsonWalk.NextValue(ref reader))
                    {
                        JsonText.GatherElements(ref reader, scratch);
                    }

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

        var reference = scratch.Strings.Reference(attribute, isPath: contextKind is not null);
        var values = scratch.Values.Since(mark);
        var clause = unknown is null
            ? scratch.Shared.Clause(contextKind, reference, op, values, negate)
            : new Clause(contextKind, reference, op, values.ToArray(), negate, JsonWalk.Kept(unknown));
        scratch.Values.Drop(mark);
        return clause;
    }
}
