using System.Text.RegularExpressions;

namespace Halyard.Tests.House;

/// <summary>A page of the repository that people read, and what the tests look at in it.</summary>
internal sealed partial class MarkdownPage
{
    private readonly string[] _lines;

    private MarkdownPage(string path)
    {
        Path = path;
        Text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, path));
        _lines = Fence().Replace(Text, "").Split('\n');
    }

    /// <summary>From the root, with forward slashes.</summary>
    public string Path { get; }

    public string Text { get; }

    /// <summary>What it shows as C#.</summary>
    public IEnumerable<string> Snippets => Shown("csharp");

    /// <summary>What stands within backticks, on one line.</summary>
    public IEnumerable<string> Quoted => Code().Matches(string.Join('\n', _lines)).Select(match => match.Value.Trim('`'));

    /// <summary>Where its links and pictures lead, as they are written.</summary>
    public IEnumerable<string> Links => Link().Matches(Code().Replace(string.Join('\n', _lines), "")).Select(match => match.Groups[1].Value);

    /// <summary>What links can name behind their '#', made of the headings as GitHub does it.</summary>
    public IReadOnlySet<string> Anchors
    {
        get
        {
            var anchors = new HashSet<string>();
            foreach (var heading in _lines.Where(line => Heading().IsMatch(line)))
            {
                var words = Heading().Replace(heading, "").Trim().ToLowerInvariant();
                var slug = NotInAnchors().Replace(words, "").Replace(' ', '-');
                var name = slug;
                for (var i = 1; !anchors.Add(name); i++)
                {
                    name = $"{slug}-{i}";
                }
            }

            return anchors;
        }
    }

    /// <summary>Every page: those at the root, those in <c>docs</c>, those of the packages and of the benchmarks.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetDirectories(System.IO.Path.Combine(Repository.Root, "src")).SelectMany(folder => Directory.GetFiles(folder, "README.md")))
            .Concat(Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "bench"), "*.md"))
            .Select(Repository.Relative).Order(StringComparer.Ordinal),
    ];

    public static MarkdownPage At(string path) => new(path);

    /// <summary>What it shows in a language.</summary>
    public IEnumerable<string> Shown(string language) =>
        Snippet().Matches(Text).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    /// <summary>The cells of the table whose head is this, row by row.</summary>
    public IReadOnlyList<string[]> Table(Func<string, bool> isHead)
    {
        var head = Array.FindIndex(_lines, line => line.StartsWith('|') && isHead(line));
        return head < 0 ? [] : [.. _lines.Skip(head + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells)];
    }

    /// <summary>The cells of every row that is in a table, whatever the table.</summary>
    public IEnumerable<string[]> Rows() => _lines.Where(line => line.StartsWith('|')).Select(Cells);

    /// <summary>The lines outside of code.</summary>
    public IEnumerable<string> Lines() => _lines;

    private static string[] Cells(string line) => [.. line.Split('|', StringSplitOptions.TrimEntries)[1..^1]];

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^```(\\w+)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Snippet();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?:\]\(|^\[[^\]\n]+\]:\s*)<?([^\s)>]+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{Nd}_ -]")]
    private static partial Regex NotInAnchors();
}
