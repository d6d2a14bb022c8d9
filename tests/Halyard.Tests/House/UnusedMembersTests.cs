using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Halyard.Tests.House;

/// <summary>What no application can call, the products call themselves; otherwise it goes.</summary>
public sealed class UnusedMembersTests
{
    // What tests alone need, and why they cannot do without.
    private static readonly (string Member, string Why)[] Seams =
    [
        ("Halyard.Cli.CliEnvironment.Of", "a command runs with the test's writers and clock"),
        ("Halyard.Cli.DevServer.ApiRoutes", "what is mapped is not seen from outside"),
        ("Halyard.Cli.DevServer.ClearFaults", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.CutStreams", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.Delete", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.Faults", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.Put", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.RefuseWith", "tests drive the server from within"),
        ("Halyard.Cli.DevServer.StreamCount", "tests wait until somebody is connected"),
        ("Halyard.DataComponents.DiskSnapshot.Saving", "the save runs on the pool, and nothing announces its end"),
        ("Halyard.DataModel.Clauses.PatternTest.Expressions", "which engine runs is seen by the time it takes alone"),
        ("Halyard.DataModel.Json.Reading.JsonText.Parse", "reads one value by itself, which products do within their documents"),
        ("Halyard.TestData.ClientCount", "what a client leaves behind is not seen from outside"),
        ("Halyard.Client.Hooks", "whether a client without hooks has a runner is not seen from outside"),
    ];

    [Fact]
    public void Every_member_that_is_not_public_is_used_in_the_products()
    {
        var used = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var reference in ProductSources.Instance.All)
        {
            // With a member its type is used: a class of extension methods is never named.
            for (var symbol = reference.Symbol; symbol is not (null or INamespaceSymbol); symbol = symbol.ContainingType)
            {
                if (!used.Contains(symbol) && !IsWithin(reference, symbol))
                {
                    used.Add(symbol);
                }
            }
        }

        var unused = ProductSources.Instance.Declared()
            .Where(symbol => !IsPublic(symbol) && !used.Contains(symbol) && !IsCalledFromElsewhere(symbol))
            .Select(symbol => (Name: symbol.ToDisplayString(), Place: Place(symbol)))
            .ToList();
        var known = Seams.Select(seam => seam.Member).ToList();
        var dead = unused.Where(member => !known.Contains(Bare(member.Name))).Select(member => $"{member.Place} {member.Name}").ToList();
        Assert.True(dead.Count == 0, "Nothing in src/ uses these: " + string.Join(Environment.NewLine, dead));
        Assert.Empty(known.Except(unused.Select(member => Bare(member.Name))));
    }

    private static string Bare(string name) => name.Split('(')[0];

    // What calls itself alone is dead as well. A primary constructor is declared by the whole type, and its callers may be in it.
    private static bool IsWithin(Reference reference, ISymbol symbol) =>
        symbol is not IMethodSymbol { MethodKind: MethodKind.Constructor } && symbol.DeclaringSyntaxReferences.Any(declaration =>
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
        IMethodSymbol
        {
            MethodKind: MethodKind.Constructor,
            DeclaredAccessibility: Accessibility.Private or Accessibility.ProtectedAndInternal,
            Parameters.IsEmpty: true,
        } => true,
        INamedTypeSymbol { Name: "Program" } or IMethodSymbol { Name: "<Main>$" } => true,
        // Declares a record's properties, which an object of defaults and "with" may set alone.
        IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType.IsRecord: true } when symbol.DeclaringSyntaxReferences[0].GetSyntax() is TypeDeclarationSyntax => true,
        // The container of a host makes them.
        IMethodSymbol { MethodKind: MethodKind.Constructor } when symbol.ContainingType.AllInterfaces.Any(contract => contract.Name == "IHostedService") => true,
        // An enumeration's zero is what a value is before it is set.
        IFieldSymbol { HasConstantValue: true, ConstantValue: 0 or (byte)0, ContainingType.TypeKind: TypeKind.Enum } => true,
        // What LoggerMessage generates writes to the logger that it finds among the fields.
        IFieldSymbol { Type.Name: "ILogger" } => true,
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
