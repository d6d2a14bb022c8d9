using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

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
            .Where(symbol => !IsPublic(symbol) && !used.Contains(symbol) && !IsCalledFromElsewhere(symbol))
            .Select(symbol => $"{Place(symbol)} {symbol.ToDisplayString()}")
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.True(unused.Count == 0, $"Nothing in src/ uses these:\n{string.Join('\n', unused)}");
    }

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
        IMethodSymbol { MethodKind: MethodKind.Constructor, DeclaredAccessibility: Accessibility.Private, Parameters.IsEmpty: true } => true,
        IMethodSymbol { Name: "<Main>$" or "Main" } => true,
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
