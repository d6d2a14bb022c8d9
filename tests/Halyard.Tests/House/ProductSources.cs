using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Halyard.Tests.House;

/// <summary>All products as one compilation, bound once for every test that asks what refers to what.</summary>
internal sealed class ProductSources
{
    // What ImplicitUsings brings to the projects of src/.
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<ProductSources> Loaded = new(() => new ProductSources());

    private ProductSources()
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse);
        Trees = [.. Repository.CSharpFiles("src").AsParallel().AsOrdered()
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, file))];
        Compilation = CSharpCompilation.Create(
            "Products",
            [CSharpSyntaxTree.ParseText(GlobalUsings, options), .. Trees],
            References(),
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        var found = new ConcurrentBag<IReadOnlyList<Reference>>();
        Parallel.ForEach(Trees, tree => found.Add(ReferenceWalker.Walk(Compilation.GetSemanticModel(tree))));
        All = [.. found.SelectMany(references => references)];
    }

    /// <summary>The sources, bound at the first call.</summary>
    public static ProductSources Instance => Loaded.Value;

    public CSharpCompilation Compilation { get; }

    public IReadOnlyList<SyntaxTree> Trees { get; }

    /// <summary>Every reference from the sources to what they declare.</summary>
    public IReadOnlyList<Reference> All { get; }

    /// <summary>Every type and member that is written down; accessors count as their property.</summary>
    public IEnumerable<ISymbol> Declared() => Declared(Compilation.Assembly.GlobalNamespace);

    private static IEnumerable<ISymbol> Declared(INamespaceOrTypeSymbol parent)
    {
        foreach (var member in parent.GetMembers())
        {
            if (member is not (INamespaceSymbol or IMethodSymbol { AssociatedSymbol: not null })
                && !member.IsImplicitlyDeclared && !member.DeclaringSyntaxReferences.IsEmpty)
            {
                yield return member;
            }

            foreach (var inner in member is INamespaceOrTypeSymbol nested ? Declared(nested) : [])
            {
                yield return inner;
            }
        }
    }

    // The runtime and the packages, as the tests themselves run with them; the products are there as sources.
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Halyard", StringComparison.OrdinalIgnoreCase))
            .Select(path => MetadataReference.CreateFromFile(path));
}
