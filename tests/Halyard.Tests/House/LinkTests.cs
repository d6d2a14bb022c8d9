namespace Halyard.Tests.House;

/// <summary>What pages lead to is there. No network is asked: an address outside of the repository is left alone.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_a_file_of_the_repository_and_to_a_heading_in_it(string path)
    {
        var page = MarkdownPage.At(path);
        var broken = string.Join('\n', page.Links.Where(link => !IsElsewhere(link) && !Leads(page, link)));
        Assert.Equal("", broken);
    }

    [Fact]
    public void Every_page_of_the_documentation_is_reached_from_its_index()
    {
        var reached = new HashSet<string> { "docs/README.md" };
        for (var queue = new Queue<string>(reached); queue.TryDequeue(out var path);)
        {
            foreach (var target in MarkdownPage.At(path).Links.Where(link => !IsElsewhere(link)).Select(link => Target(path, link)))
            {
                if (target.StartsWith("docs/", StringComparison.Ordinal) && target.EndsWith(".md", StringComparison.Ordinal) && reached.Add(target))
                {
                    queue.Enqueue(target);
                }
            }
        }

        Assert.Empty(MarkdownPage.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(reached));
    }

    // The registry that shows it knows no other file of the repository.
    [Fact]
    public void A_package_s_page_has_no_link_into_the_repository() =>
        Assert.Empty(MarkdownPage.All.Where(path => path.StartsWith("src/", StringComparison.Ordinal))
            .SelectMany(path => MarkdownPage.At(path).Links.Where(link => !IsElsewhere(link)).Select(link => $"{path}: {link}")));

    [Theory]
    [InlineData("[a](evaluation.md#choices)", true)]
    [InlineData("[a](evaluation.md#no-such-heading)", false)]
    [InlineData("[a](no-such-page.md)", false)]
    [InlineData("[a](Evaluation.md)", false)]
    [InlineData("[a](../../outside.md)", false)]
    [InlineData("![a](serve-light-1360.png)", true)]
    public void A_broken_link_is_seen(string text, bool leads)
    {
        var page = MarkdownPage.At("docs/fleet.md");
        Assert.Equal(leads, Leads(page, text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..^1]));
    }

    private static bool IsElsewhere(string link) => Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" or "mailto";

    private static string Target(string path, string link)
    {
        var folder = Path.Combine(Repository.Root, Path.GetDirectoryName(path)!);
        var file = link.Split('#')[0];
        return file.Length == 0 ? path : Repository.Relative(Path.GetFullPath(Path.Combine(folder, file)));
    }

    private static bool Leads(MarkdownPage page, string link)
    {
        var target = Target(page.Path, link);
        if (target.StartsWith("..", StringComparison.Ordinal) || !Exists(target))
        {
            return false;
        }

        var anchor = link.Contains('#', StringComparison.Ordinal) ? link[(link.IndexOf('#', StringComparison.Ordinal) + 1)..] : null;
        return anchor is null || (target.EndsWith(".md", StringComparison.Ordinal) && MarkdownPage.At(target).Anchors.Contains(anchor));
    }

    // By the name as it is written, also where the disk does not tell upper from lower case.
    private static bool Exists(string target)
    {
        var folder = Path.Combine(Repository.Root, Path.GetDirectoryName(target)!);
        return Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).Any(entry => Repository.Relative(entry) == target);
    }
}
