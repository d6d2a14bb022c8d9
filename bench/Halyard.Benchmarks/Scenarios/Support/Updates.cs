namespace Halyard.Benchmarks.Scenarios;

/// <summary>One changed flag of 1.2 KB in the words of both protocols; its value is its version.</summary>
internal static class Updates
{
    private const string Transferred = $$"""{"state":"(p:bench:{{VersionedText.Mark}})","version":{{VersionedText.Mark}}}""";

    private static readonly string Template = Payload.PatchTemplate.Replace("@TS@", VersionedText.Mark, StringComparison.Ordinal);

    /// <summary>The flag itself.</summary>
    public static VersionedText Item(string key) => new(ItemText(key));

    /// <summary>The data of the older stream's <c>patch</c>.</summary>
    public static VersionedText Patch(string key) => new(PatchText(key));

    /// <summary>The data of the older stream's <c>delete</c>.</summary>
    public static VersionedText Delete(string key) => new($$"""{"path":"/flags/{{key}}","version":{{VersionedText.Mark}}}""");

    /// <summary>The data of the newer protocol's <c>put-object</c>.</summary>
    public static VersionedText Put(string key) => new(PutText(key));

    /// <summary>The data of the newer protocol's <c>delete-object</c>.</summary>
    public static VersionedText DeleteObject(string key) => new($$"""{"version":{{VersionedText.Mark}},"kind":"flag","key":"{{key}}"}""");

    /// <summary>The data of the newer protocol's <c>payload-transferred</c>.</summary>
    public static VersionedText PayloadTransferred() => new(Transferred);

    /// <summary>All of one change as a chunk of a stream: a patch, or a change set with that one item.</summary>
    public static VersionedText Chunk(ProtocolVersion protocol, string key)
    {
        var events = protocol == ProtocolVersion.Fdv1
            ? $"event: patch\ndata: {PatchText(key)}\n\n"
            : $"event: put-object\ndata: {PutText(key)}\n\nevent: payload-transferred\ndata: {Transferred}\n\n";

        // The length is that of the text with its versions, all of ten digits, in place of their marks.
        var marks = events.Split(VersionedText.Mark).Length - 1;
        var length = events.Length + (marks * (VersionedText.Digits - VersionedText.Mark.Length));
        return new($"{length:x}\r\n{events}\r\n");
    }

    private static string ItemText(string key) => Template.Replace("\"bench-latency\"", $"\"{key}\"", StringComparison.Ordinal);

    private static string PatchText(string key) => $$"""{"path":"/flags/{{key}}","data":{{ItemText(key)}}}""";

    private static string PutText(string key) =>
        $$"""{"version":{{VersionedText.Mark}},"kind":"flag","key":"{{key}}","object":{{ItemText(key)}}}""";
}
