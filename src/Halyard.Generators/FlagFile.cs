using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Halyard.FlagGeneration;

/// <summary>A flag file as the generator sees it: where its flags go, which they are, what is wrong. Immutable; equal by its content.</summary>
internal sealed class FlagFile : IEquatable<FlagFile>
{
    private const string Metadata = "build_metadata.AdditionalFiles.";

    public FlagFile(string @namespace, string className, string name, IReadOnlyList<FlagShape> flags, IReadOnlyList<FileFault> faults)
    {
        (Namespace, ClassName, Name, Flags, Faults) = (@namespace, className, name, flags, faults);
    }

    /// <summary>The namespace; empty for none.</summary>
    public string Namespace { get; }

    public string ClassName { get; }

    /// <summary>The file's name, without its folder.</summary>
    public string Name { get; }

    public IReadOnlyList<FlagShape> Flags { get; }

    public IReadOnlyList<FileFault> Faults { get; }

    /// <summary>Whether a file of the project is said to hold flags.</summary>
    public static bool IsOne(AnalyzerConfigOptions options) =>
        options.TryGetValue(Metadata + "HalyardFlags", out var said) && bool.TryParse(said, out var isOne) && isOne;

    /// <summary>Reads a file.</summary>
    public static FlagFile Read(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellationToken)
    {
        var own = options.GetOptions(file);
        var (flags, faults) = FlagFileReader.Read(file, cancellationToken);
        return new(
            Said(own, Metadata + "HalyardNamespace") ?? Said(options.GlobalOptions, "build_property.RootNamespace") ?? "",
            Said(own, Metadata + "HalyardClass") ?? "Flags",
            Path.GetFileName(file.Path),
            flags,
            faults);
    }

    public bool Equals(FlagFile? other) =>
        other is not null && Namespace == other.Namespace && ClassName == other.ClassName && Name == other.Name
        && Flags.SequenceEqual(other.Flags) && Faults.SequenceEqual(other.Faults);

    public override bool Equals(object? obj) => Equals(obj as FlagFile);

    public override int GetHashCode() => Name.GetHashCode();

    private static string? Said(AnalyzerConfigOptions options, string name) =>
        options.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
