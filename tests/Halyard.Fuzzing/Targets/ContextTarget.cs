using System.Text;

namespace Halyard.Fuzzing.Targets;

/// <summary>A context in JSON: bad text gives an invalid context, and a good one is written and read as the same.</summary>
internal static class ContextTarget
{
    public static FuzzTarget Target { get; } = new("context", "a context in JSON", Run)
    {
        IsJson = true,
        Words = ["kind", "key", "name", "anonymous", "_meta", "privateAttributes", "privateAttributeNames", "custom", "email", "country", "user", "multi", "org", "a-b_c.D9", "/a/b", "~1", "\u00e9"],
        BytesForEach = 400,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var context = Context.FromJson(input);
        if (!context.IsValid)
        {
            Promise.Holds(context.Error.Length > 0, "an invalid context says why");
            return;
        }

        JsonOracle.Accepted(input, marked: true);
        var written = context.ToJson();
        JsonOracle.Accepted(Encoding.UTF8.GetBytes(written));
        if (context.Key.Length == 0 && !context.IsMulti)
        {
            // Only an old-style user has no key; what is written of it is documented to be unreadable.
            return;
        }

        var again = Context.FromJson(written);
        Promise.Holds(again.IsValid && again.Equals(context) && again.FullyQualifiedKey == context.FullyQualifiedKey, "what was written reads as the same", $"{written}: {again.Error}");
        Promise.Same(written, again.ToJson(), "what was written is written as the same");
    }
}
