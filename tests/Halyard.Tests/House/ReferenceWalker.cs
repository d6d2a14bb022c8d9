using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Halyard.Tests.House;

/// <summary>
/// Finds what one file needs of the sources: names, and what the compiler calls without a name being written
/// (constructors, operators, conversions, enumerators, awaiters, deconstruction). Documentation is not looked at.
/// </summary>
internal sealed class ReferenceWalker : CSharpSyntaxWalker
{
    private readonly SemanticModel _model;
    private readonly HashSet<Reference> _found = [];

    private ReferenceWalker(SemanticModel model) => _model = model;

    public static IReadOnlyList<Reference> Walk(SemanticModel model)
    {
        var walker = new ReferenceWalker(model);
        walker.Visit(model.SyntaxTree.GetRoot());
        return [.. walker._found];
    }

    public override void Visit(SyntaxNode? node)
    {
        switch (node)
        {
            case IdentifierNameSyntax { IsVar: true }:
                return;
            case ForEachStatementSyntax loop:
                AddLoop(loop, _model.GetForEachStatementInfo(loop));
                break;
            case ForEachVariableStatementSyntax loop:
                AddLoop(loop, _model.GetForEachStatementInfo(loop));
                AddDeconstruction(loop, _model.GetDeconstructionInfo(loop));
                break;
            case AwaitExpressionSyntax wait:
                var info = _model.GetAwaitExpressionInfo(wait);
                Add(wait, info.GetAwaiterMethod);
                Add(wait, info.IsCompletedProperty);
                Add(wait, info.GetResultMethod);
                break;
            case AssignmentExpressionSyntax { Left: TupleExpressionSyntax or DeclarationExpressionSyntax } assignment:
                AddDeconstruction(assignment, _model.GetDeconstructionInfo(assignment));
                break;
            case RecursivePatternSyntax { PositionalPatternClause: not null } pattern:
                Add(pattern, (_model.GetOperation(pattern) as IRecursivePatternOperation)?.DeconstructSymbol);
                break;
            case CollectionExpressionSyntax collection:
                Add(collection, (_model.GetOperation(collection) as ICollectionExpressionOperation)?.ConstructMethod);
                break;
            case InitializerExpressionSyntax initializer when initializer.IsKind(SyntaxKind.CollectionInitializerExpression):
                foreach (var element in initializer.Expressions)
                {
                    Add(element, _model.GetCollectionInitializerSymbolInfo(element));
                }

                break;
            case ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax:
                Add(node, _model.GetSymbolInfo(node));
                break;
        }

        if (node is ExpressionSyntax expression)
        {
            Add(node, _model.GetSymbolInfo(expression));
            Add(node, _model.GetConversion(expression).MethodSymbol);
        }

        base.Visit(node);
    }

    private void AddLoop(SyntaxNode loop, ForEachStatementInfo info)
    {
        Add(loop, info.GetEnumeratorMethod);
        Add(loop, info.MoveNextMethod);
        Add(loop, info.CurrentProperty);
        Add(loop, info.DisposeMethod);
        Add(loop, info.ElementConversion.MethodSymbol);
    }

    private void AddDeconstruction(SyntaxNode node, DeconstructionInfo info)
    {
        Add(node, info.Method);
        foreach (var nested in info.Nested)
        {
            AddDeconstruction(node, nested);
        }
    }

    // Without what source generators write, some calls are not complete: any candidate stands for them.
    private void Add(SyntaxNode node, SymbolInfo info)
    {
        Add(node, info.Symbol);
        foreach (var candidate in info.CandidateSymbols)
        {
            Add(node, candidate);
        }
    }

    private void Add(SyntaxNode node, ISymbol? symbol)
    {
        if (symbol is IMethodSymbol { ReducedFrom: { } extension })
        {
            symbol = extension;
        }

        symbol = symbol switch
        {
            IMethodSymbol { AssociatedSymbol: { } owner } => owner,
            _ => symbol,
        };
        if (symbol is null or INamespaceSymbol or ILocalSymbol or IParameterSymbol or ITypeParameterSymbol or ILabelSymbol or IRangeVariableSymbol)
        {
            return;
        }

        if (symbol is IMethodSymbol { IsImplicitlyDeclared: true, ContainingType.OriginalDefinition: var type })
        {
            // A constructor or an operator that the compiler writes, or the deconstruction of a record: that reads its properties.
            Add(node, type);
            foreach (var property in symbol.Name == "Deconstruct" ? type.GetMembers().OfType<IPropertySymbol>() : [])
            {
                Add(node, property);
            }
        }
        else if (symbol.OriginalDefinition is { DeclaringSyntaxReferences.IsEmpty: false } declared)
        {
            _found.Add(new Reference(node.SyntaxTree, node.SpanStart, declared));
        }
    }
}
