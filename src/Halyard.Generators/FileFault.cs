using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Halyard.FlagGeneration;

/// <summary>What is wrong with a flag file, and where. Immutable; equal by its content.</summary>
internal sealed class FileFault(string id, string path, TextSpan span, LinePositionSpan lines, params string[] arguments) : IEquatable<FileFault>
{
    public string Id { get; } = id;

    private string Path { get; } = path;

    private TextSpan Span { get; } = span;

    private LinePositionSpan Lines { get; } = lines;

    private string[] Arguments { get; } = arguments;

    public Diagnostic ToDiagnostic() => Diagnostic.Create(Rules.Of(Id), Location.Create(Path, Span, Lines), Arguments);

    public bool Equals(FileFault? other) =>
        other is not null && Id == other.Id && Path == other.Path && Span == other.Span && Lines == other.Lines && Arguments.SequenceEqual(other.Arguments);

    public override bool Equals(object? obj) => Equals(obj as FileFault);

    public override int GetHashCode() => Span.GetHashCode();
}
