using Microsoft.CodeAnalysis;

namespace Halyard.Tests.House;

/// <summary>What no application can call, the products call themselves; otherwise it goes.</summary>
public sealed class UnusedMembersTests
{
    [Fact]
    public void Every_member_that_is_not_public_is_used_in_the_products()
    {
        var used = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var (symbol, references) in ProductSources.Instance.All.GroupBy(reference => reference.Symbol, SymbolEqualityComparer.Default)
            .Select(group => (group.Key!, group)))
        {
            if (references.Any(reference => !IsWithin(reference, symbol)))
            {
                used.Add(symbol);
            }
        }

        var unused = ProductSources.Instance.Declared()
            .Where(symbol => !IsPublic(symbol) && !used.Contains(symbol) && !IsCalledFromElsewhere(symbol) && !ForTests.Contains(symbol.ToDisplayString().Split('(')[0]))
            .Select(symbol => $"{Place(symbol)} {symbol.ToDisplayString()}")
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.True(unused.Count == 0, $"Nothing in src/ uses these:\n{string.Join('\n', unused)}");
    }

    // What tests alone look at, to see what no product needs to: how many items are tracked, which engine a pattern has,
    // the save under way; and the whole-text JSON reader, which is the oracle of others. The development server's
    // methods are what tests drive it with in their own process.
    private static readonly HashSet<string> ForTests =
    [
        "Halyard.Cli.CliEnvironment.Of", "Halyard.Cli.DevServer.Put", "Halyard.Cli.DevServer.Delete", "Halyard.Cli.DevServer.CutStreams",
        "Halyard.Cli.DevServer.RefuseWith", "Halyard.Cli.DevServer.Faults", "Halyard.Cli.DevServer.ClearFaults",
        "Halyard.DataComponents.DependencyTracker.TrackedItems", "Halyard.DataComponents.DiskSnapshot.Saving",
        "Halyard.DataModel.Clauses.PatternTest.Expressions", "Halyard.DataModel.Json.Reading.JsonText.Parse", "Halyard.TestData.ClientCount", "Halyard.Client.Hooks",
    ];

    // What calls itself alone is dead as well.
    private static bool IsWithin(Reference reference, ISymbol symbol) =>
        symbol.DeclaringSyntaxReferences.Any(declaration =>
            declaration.SyntaxTree == reference.Tree && declaration.Span.Contains(reference.Position));

    private static bool IsPublic(ISymbol symbol)
    {
        for (var part = symbol; part is not null and not INamespaceSymbol; part = part.ContainingSymbol)
        {
            if (part.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsCalledFromElsewhere(ISymbol symbol) => symbol switch
    {
        // A base class or an interface is what callers see.
        { IsOverride: true } => true,
        IMethodSymbol { ExplicitInterfaceImplementations.IsEmpty: false } or IPropertySymbol { ExplicitInterfaceImplementations.IsEmpty: false } => true,
        IMethodSymbol or IPropertySymbol or IEventSymbol when ImplementsInterface(symbol) => true,
        // The runtime calls these, and a constructor that nobody may call keeps others from being written.
        IMethodSymbol { MethodKind: MethodKind.StaticConstructor or MethodKind.Destructor } => true,
        // A record is also made by "with" and by default, and a base class by those that derive from it.
        IMethodSymbol { MethodKind: MethodKind.Constructor } => true,
        IPropertySymbol { ContainingType.IsRecord: true } => true,
        IMethodSymbol { Name: "<Main>$" or "Main" } or INamedTypeSymbol { Name: "Program" } => true,
        // A value of zero is what a field has by default.
        IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } => true,
        // The generated half of a log message uses it.
        IFieldSymbol { Name: "_logger" } => true,
        // Used by way of its extension members alone.
        INamedTypeSymbol { IsStatic: true } => true,
        // An inline array's only field is its elements' place.
        IFieldSymbol { ContainingType: { } type } when type.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "InlineArrayAttribute") => true,
        _ => false,
    };

    private static bool ImplementsInterface(ISymbol member) =>
        member.ContainingType.AllInterfaces
            .SelectMany(contract => contract.GetMembers())
            .Any(wanted => SymbolEqualityComparer.Default.Equals(member.ContainingType.FindImplementationForInterfaceMember(wanted), member));

    private static string Place(ISymbol symbol)
    {
        var declaration = symbol.DeclaringSyntaxReferences[0];
        var line = declaration.SyntaxTree.GetText().Lines.GetLinePosition(declaration.Span.Start).Line + 1;
        return $"{Repository.Relative(declaration.SyntaxTree.FilePath)}:{line}";
    }
}
