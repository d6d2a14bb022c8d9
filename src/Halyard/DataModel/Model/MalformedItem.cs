using System.Text;

namespace Halyard.Model;

/// <summary>
/// An item that stood in a sound container and could not be understood. It travels the way of the items beside it and ends
/// in the quarantine of the memory, where the last good version stays in force. Immutable.
/// </summary>
internal sealed class MalformedItem : ItemDescriptor
{
    /// <summary>How much of a text is kept, in bytes: what is longer has to be sent anew.</summary>
    public const int MaxTextBytes = 1 << 20;

    private const int MaxProblemLength = 1000;

    private MalformedItem(DataKind kind, string key, long? version, string path, string problem, byte[]? text)
        : base(key, version ?? 0)
    {
        Kind = kind;
        HasVersion = version is not null;
        Path = path;
        Problem = problem;
        Text = text;
    }

    public override DataKind Kind { get; }

    public override bool IsTombstone => false;

    internal override long OwnVersion => Version;

    /// <summary>Whether the version could be read at least.</summary>
    public bool HasVersion { get; }

    /// <summary>Where the fault is, from the data set's root.</summary>
    public string Path { get; }

    /// <summary>What is wrong, for people.</summary>
    public string Problem { get; }

    /// <summary>The item's JSON, to be tried again by a program that may understand it; null when it is not kept.</summary>
    public byte[]? Text { get; }

    /// <summary>What applications are told of it.</summary>
    public QuarantinedItem Description => field ??= new(Kind, Key, HasVersion ? Version : null, Path, Problem);

    /// <summary>Makes one of a fault.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">The key under which the item stood.</param>
    /// <param name="version">The version that counts; null takes the one in the text, if there is one.</param>
    /// <param name="fault">The fault.</param>
    /// <param name="text">The item's text; empty when it is not to be kept.</param>
    /// <param name="place">Where the text stood, for people; null when the path says enough.</param>
    public static MalformedItem Of(
        DataKind kind, string key, long? version, MalformedDataException fault, ReadOnlySpan<byte> text, string? place = null)
    {
        var problem = place is null ? fault.Message : $"{place}: {fault.Message}";
        return new(
            kind,
            key,
            version ?? ItemVersion.Find(text),
            Shortened(fault.Path),
            Shortened(problem),
            text.IsEmpty || text.Length > MaxTextBytes ? null : text.ToArray());
    }

    /// <summary>The same without its text.</summary>
    public MalformedItem WithoutText() => Text is null ? this : new(Kind, Key, HasVersion ? Version : null, Path, Problem, null);

    /// <summary>Whether it says nothing beyond what another one has said: a line in the log for each version is enough.</summary>
    public bool Repeats(MalformedItem? other) =>
        other is not null && HasVersion == other.HasVersion && (HasVersion ? Version == other.Version : Problem == other.Problem);

    // A path holds names from the text, which may be as long as the text itself.
    private static string Shortened(string text) => text.Length <= MaxProblemLength
        ? text
        : new StringBuilder(text, 0, char.IsHighSurrogate(text[MaxProblemLength - 1]) ? MaxProblemLength - 1 : MaxProblemLength, MaxProblemLength + 3).Append("...").ToString();
}
