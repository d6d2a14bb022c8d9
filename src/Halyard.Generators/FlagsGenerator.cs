using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Halyard.FlagGeneration;

/// <summary>
/// Makes one typed member of each flag in the project's flag files: <c>&lt;AdditionalFiles Include="flags.json" HalyardFlags="true" /&gt;</c>. The
/// members are made anew when a file has changed, and not when code has.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class FlagsGenerator : IIncrementalGenerator
{
    /// <summary>The name of the step that reads files, for those who watch what is made anew.</summary>
    private const string FilesStep = "FlagFiles";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Where(static pair => FlagFile.IsOne(pair.Right.GetOptions(pair.Left)))
            .Select(static (pair, cancellationToken) => FlagFile.Read(pair.Left, pair.Right, cancellationToken))
            .WithTrackingName(FilesStep);
        context.RegisterSourceOutput(files.Collect(), static (output, files) => Write(output, files));
    }

    private static void Write(SourceProductionContext output, ImmutableArray<FlagFile> files)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal); // a full name, and whose it is
        for (var i = 0; i < files.Length; i++)
        {
            var file = files[i];
            foreach (var fault in file.Faults)
            {
                output.ReportDiagnostic(fault.ToDiagnostic());
            }

            if (!IsName(file.ClassName) || !file.Namespace.Split('.').All(part => part.Length == 0 ? file.Namespace.Length == 0 : IsName(part)))
            {
                output.ReportDiagnostic(Diagnostic.Create(
                    Rules.Unreadable, Location.None, $"{file.Name}: '{file.Namespace}' and '{file.ClassName}' are no namespace and no class; see HalyardNamespace and HalyardClass."));
                continue;
            }

            var members = Named(output, file, taken);
            if (members.Count != 0)
            {
                output.AddSource($"{file.ClassName}.{i}.g.cs", SourceText.From(FlagClassWriter.Write(file, members), Encoding.UTF8));
            }
        }
    }

    // Roslyn takes a word of the language for an identifier.
    private static bool IsName(string text) => SyntaxFacts.IsValidIdentifier(text) && SyntaxFacts.GetKeywordKind(text) == SyntaxKind.None;

    // Several files may fill one class.
    private static List<(string Name, FlagShape Flag)> Named(SourceProductionContext output, FlagFile file, Dictionary<string, string> taken)
    {
        var members = new List<(string, FlagShape)>();
        foreach (var flag in file.Flags)
        {
            var name = MemberNames.Of(flag.Key);
            var fullName = $"{file.Namespace}.{file.ClassName}.{name}";
            string? problem = null;
            if (name.Length == 0)
            {
                problem = "no character of its key can stand in a name.";
            }
            else if (name == file.ClassName)
            {
                problem = $"{name} is the name of the class; choose another by HalyardClass.";
            }
            else if (taken.TryGetValue(fullName, out var other))
            {
                if (other == flag.Key)
                {
                    // The same flag in another file: the first counts.
                    continue;
                }

                problem = $"{name} is the member of '{other}'.";
            }

            if (problem is not null)
            {
                output.ReportDiagnostic(Diagnostic.Create(Rules.NoMember, Location.None, flag.Key, problem));
                continue;
            }

            taken[fullName] = flag.Key;
            members.Add((name, flag));
        }

        return members;
    }
}
