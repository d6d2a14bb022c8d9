using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Halyard.FlagGeneration;

/// <summary>Looks at reads of flags by a key that stands in the code: is there such a flag in the project's flag files, and is it of that type?</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FlagKeyAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.Unknown, Rules.Mistyped];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var flags = new Dictionary<string, FlagType>(StringComparer.Ordinal);
            var isSound = true;
            foreach (var file in start.Options.AdditionalFiles)
            {
                if (FlagFile.IsOne(start.Options.AnalyzerConfigOptionsProvider.GetOptions(file)))
                {
                    var (found, faults) = FlagFileReader.Read(file, start.CancellationToken);
                    isSound &= !faults.Any(static fault => fault.Id == Rules.Unreadable.Id);
                    foreach (var flag in found)
                    {
                        if (!flags.ContainsKey(flag.Key))
                        {
                            flags.Add(flag.Key, flag.Type);
                        }
                    }
                }
            }

            // Of a file that cannot be read the generator tells; it makes no flag unknown.
            if (isSound && flags.Count != 0)
            {
                start.RegisterOperationAction(operation => LookAtCall(operation, flags), OperationKind.Invocation);
                start.RegisterOperationAction(operation => LookAtAttribute(operation, flags), OperationKind.Attribute);
            }
        });
    }

    private static void LookAtCall(OperationAnalysisContext context, Dictionary<string, FlagType> flags)
    {
        var call = (IInvocationOperation)context.Operation;
        var method = call.TargetMethod;
        if (ReadAs(method.Name) is { } wanted && IsOfHalyard(method.ContainingType) && KeyOf(call.Arguments) is { } key)
        {
            Look(context, key, method.Name, wanted, flags);
        }
    }

    private static void LookAtAttribute(OperationAnalysisContext context, Dictionary<string, FlagType> flags)
    {
        if (((IAttributeOperation)context.Operation).Operation is IObjectCreationOperation { Constructor.ContainingType: { Name: "RequireFlagAttribute" } type } made
            && IsOfHalyard(type) && KeyOf(made.Arguments) is { } key)
        {
            Look(context, key, "RequireFlag", [FlagType.Bool], flags);
        }
    }

    private static void Look(OperationAnalysisContext context, IArgumentOperation argument, string method, FlagType[] wanted, Dictionary<string, FlagType> flags)
    {
        var key = (string)argument.Value.ConstantValue.Value!;
        if (!flags.TryGetValue(key, out var type))
        {
            var similar = Similar.To(key, flags.Keys);
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.Unknown, argument.Value.Syntax.GetLocation(), key, similar is null ? "" : $"; did you mean '{similar}'?"));
        }
        else if (!wanted.Contains(type))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.Mistyped, argument.Value.Syntax.GetLocation(), key, Named(type), method));
        }
    }

    private static IArgumentOperation? KeyOf(ImmutableArray<IArgumentOperation> arguments) =>
        arguments.FirstOrDefault(static argument =>
            argument.Parameter is { Name: "key", Type.SpecialType: SpecialType.System_String }
            && argument.Value.ConstantValue is { HasValue: true, Value: string });

    // Whatever is laid around a client has the client's methods, by the interface.
    private static bool IsOfHalyard(INamedTypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() is "Halyard" or "Microsoft.AspNetCore.Builder"
        || type.AllInterfaces.Any(static contract => contract.Name == "IHalyardClient" && contract.ContainingNamespace?.ToDisplayString() == "Halyard");

    /// <summary>The types of flags that a method reads; null for one that reads none.</summary>
    private static FlagType[]? ReadAs(string method)
    {
        foreach (var suffix in new[] { "Async", "Detail" })
        {
            method = method.EndsWith(suffix, StringComparison.Ordinal) ? method.Substring(0, method.Length - suffix.Length) : method;
        }

        return method switch
        {
            "BoolVariation" or "RequireFlag" => [FlagType.Bool],
            "StringVariation" or "MigrationVariation" => [FlagType.Text],
            "IntVariation" or "LongVariation" or "DoubleVariation" or "FloatVariation" => [FlagType.Int, FlagType.Long, FlagType.Double],
            "EnumVariation" => [FlagType.Text, FlagType.Int],
            "JsonVariation" or "TrackValue" => [FlagType.Bool, FlagType.Text, FlagType.Int, FlagType.Long, FlagType.Double, FlagType.Json],
            _ => null,
        };
    }

    private static string Named(FlagType type) => type switch
    {
        FlagType.Bool => "boolean",
        FlagType.Text => "of texts",
        FlagType.Json => "of JSON",
        _ => "of numbers",
    };
}
