using Microsoft.CodeAnalysis;

namespace Halyard.Tests.House;

/// <summary>A place in the sources that needs a symbol which the sources declare.</summary>
internal sealed record Reference(SyntaxTree Tree, int Position, ISymbol Symbol)
{
    public override string ToString() =>
        $"{Repository.Relative(Tree.FilePath)}:{Tree.GetText().Lines.GetLinePosition(Position).Line + 1} {Symbol.ToDisplayString()}";
}
