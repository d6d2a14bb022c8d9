using System.Text.RegularExpressions;

namespace Halyard.Tests.House;

/// <summary>Holds the page about the architecture against the tree: what it names is there.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Tree = [.. Directory
        .EnumerateFileSystemEntries(Repository.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Select(Repository.Relative)
        .Where(path => !path.Split('/').Any(part => part is "obj" or "bin" or ".git" or ".tools"))];

    // Every name within backticks, in tables as in sentences.
    private static readonly string[] Names = [.. Quoted()
        .Matches(Fence().Replace(File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md")), ""))
        .Select(match => match.Groups[1].Value)];

    [Fact]
    public void Every_file_and_folder_that_the_page_names_exists()
    {
        var named = Names.Where(IsPath).Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Exists(name), $"{name} is not there"));
    }

    [Fact]
    public void Every_type_that_the_page_names_exists()
    {
        var types = ProductSources.Instance.Declared().Select(symbol => symbol.Name).ToHashSet();
        Assert.All(
            Names.Where(name => TypeName().IsMatch(name)).Distinct(),
            name => Assert.True(types.Contains(name.Split('.')[0]) || Exists(name), $"{name} is not there"));
    }

    [Fact]
    public void Every_test_that_the_page_about_reliability_names_exists()
    {
        var named = Quoted().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reliability.md")))
            .Select(match => match.Groups[1].Value)
            .Where(name => name.EndsWith("Tests", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Exists(name + ".cs"), $"{name} is not there"));
    }

    private static bool IsPath(string name) =>
        !name.Contains(' ', StringComparison.Ordinal)
        && (name.Contains('/', StringComparison.Ordinal) || Extension().IsMatch(name));

    // A path may be written from the root, from the core's folder or from any folder whose name is clear; ".cs" may be left out,
    // and "*" stands for any part.
    private static bool Exists(string name)
    {
        var pattern = new Regex($"(^|/){Regex.Escape(name.TrimEnd('/')).Replace("\\*", "[^/]*", StringComparison.Ordinal)}(\\.cs)?$", RegexOptions.CultureInvariant);
        return Tree.Any(path => pattern.IsMatch(path));
    }

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\.(cs|md|json|txt|csproj|props|slnx|sh|yaml|yml)$")]
    private static partial Regex Extension();

    [GeneratedRegex(@"^[A-Z](?=\w*[a-z])[A-Za-z]+(\.[A-Z][A-Za-z]+)?$")]
    private static partial Regex TypeName();
}
