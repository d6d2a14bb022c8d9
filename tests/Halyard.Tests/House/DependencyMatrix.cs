using Microsoft.CodeAnalysis;

namespace Halyard.Tests.House;

/// <summary>Which room of the core needs which other, and where. A type's room is the folder of its file.</summary>
internal sealed class DependencyMatrix
{
    private const string Core = "src/Halyard/";

    private readonly Dictionary<string, string> _rooms;

    private DependencyMatrix(Dictionary<string, string> rooms) => _rooms = rooms;

    /// <summary>The references behind every edge (from, to).</summary>
    public Dictionary<(string From, string To), List<Reference>> Edges { get; } = [];

    /// <summary>The folders whose files no room takes.</summary>
    public SortedSet<string> Homeless { get; } = new(StringComparer.Ordinal);

    /// <summary>Sorts the references among rooms; a file belongs to the room with the longest matching path.</summary>
    public static DependencyMatrix Of(ProductSources sources, IEnumerable<string> rooms)
    {
        var names = rooms.OrderByDescending(room => room.Length).ToList();
        var matrix = new DependencyMatrix([]);
        foreach (var path in sources.Trees.Select(tree => tree.FilePath).Where(path => Repository.Relative(path).StartsWith(Core, StringComparison.Ordinal)))
        {
            var folder = Path.GetDirectoryName(Repository.Relative(path)[Core.Length..])!.Replace('\\', '/');
            if (names.Find(name => folder == name || folder.StartsWith(name + "/", StringComparison.Ordinal)) is { } room)
            {
                matrix._rooms[path] = room;
            }
            else
            {
                matrix.Homeless.Add(folder);
            }
        }

        foreach (var reference in sources.All)
        {
            matrix.Add(reference);
        }

        return matrix;
    }

    private void Add(Reference reference)
    {
        if (!_rooms.TryGetValue(reference.Tree.FilePath, out var from))
        {
            return;
        }

        var needed = reference.Symbol.DeclaringSyntaxReferences.Select(declaration => _rooms.GetValueOrDefault(declaration.SyntaxTree.FilePath))
            .OfType<string>().ToList();
        // A type that is spread over several files is in the room where the reference is, if one of them is there.
        foreach (var to in needed.Contains(from) ? [] : needed.Distinct())
        {
            if (!Edges.TryGetValue((from, to), out var references))
            {
                Edges[(from, to)] = references = [];
            }

            references.Add(reference);
        }
    }
}
