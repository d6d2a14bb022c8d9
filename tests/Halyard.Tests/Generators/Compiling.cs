using System.Collections.Immutable;
using System.Runtime.Loader;
using Halyard.FlagGeneration;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Halyard.Tests.Generating;

/// <summary>Compiles code beside flag files, as a project does.</summary>
internal sealed class Compiling
{
    private static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path) is "Halyard.dll" or "Halyard.AspNetCore.dll" || !Path.GetFileName(path).StartsWith("Halyard", StringComparison.Ordinal))
        .Select(path => MetadataReference.CreateFromFile(path))];

    private readonly List<(File Text, Dictionary<string, string> Said)> _files = [];

    public string? RootNamespace { get; init; } = "App";

    public GeneratorDriver? Driver { get; private set; }

    public ImmutableArray<Diagnostic> Diagnostics { get; private set; }

    /// <summary>The generated code, all files in one.</summary>
    public string Code => string.Join('\n', Driver!.GetRunResult().GeneratedTrees);

    public Compiling With(string json, string path = "flags.json", string? className = null, string? @namespace = null, string isFlags = "true")
    {
        var said = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["build_metadata.AdditionalFiles.HalyardFlags"] = isFlags };
        if (className is not null)
        {
            said["build_metadata.AdditionalFiles.HalyardClass"] = className;
        }

        if (@namespace is not null)
        {
            said["build_metadata.AdditionalFiles.HalyardNamespace"] = @namespace;
        }

        _files.Add((new(path, json), said));
        return this;
    }

    /// <summary>Generates; what the compiler says against the outcome is a failure of the test.</summary>
    public CSharpCompilation Generate(string code = "")
    {
        var compilation = Compile(code);
        Driver = (Driver ?? CSharpGeneratorDriver.Create(
                [new FlagsGenerator().AsSourceGenerator()],
                parseOptions: CSharpParseOptions.Default,
                driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true)))
            .ReplaceAdditionalTexts([.. _files.Select(file => (AdditionalText)file.Text)])
            .WithUpdatedAnalyzerConfigOptions(new Options(this))
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out var diagnostics);
        Diagnostics = diagnostics;
        Assert.Empty(generated.GetDiagnostics(TestContext.Current.CancellationToken).Where(found => found.Severity >= DiagnosticSeverity.Warning));
        return (CSharpCompilation)generated;
    }

    /// <summary>What the analyzer says of code.</summary>
    public async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string code) => await Generate(code)
        .WithAnalyzers([new FlagKeyAnalyzer()], new AnalyzerOptions([.. _files.Select(file => (AdditionalText)file.Text)], new Options(this)))
        .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

    /// <summary>Loads a compilation, and gives a static property of one of its classes.</summary>
    public static T Property<T>(CSharpCompilation compilation, string type, string name)
    {
        using var assembly = new MemoryStream();
        Assert.True(compilation.Emit(assembly, cancellationToken: TestContext.Current.CancellationToken).Success);
        assembly.Position = 0;
        var loaded = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(assembly);
        return (T)loaded.GetType(type)!.GetProperty(name)!.GetValue(null)!;
    }

    private static CSharpCompilation Compile(string code) => CSharpCompilation.Create(
        "App", [CSharpSyntaxTree.ParseText(code)], References, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private sealed class File(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class Options(Compiling compiling) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } =
            new Said(compiling.RootNamespace is { } name ? new() { ["build_property.RootNamespace"] = name } : []);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Said([]);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
            new Said(compiling._files.Find(file => ReferenceEquals(file.Text, textFile)).Said);
    }

    private sealed class Said(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
    }
}
