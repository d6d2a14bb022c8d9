using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Halyard.Tests.House;

/// <summary>Holds the page of log lines against the sources: what somebody searches for at night is what is logged.</summary>
public sealed class LogLinesTests
{
    private static readonly MarkdownPage Page = MarkdownPage.At("docs/reference/log-events.md");

    private static readonly IReadOnlyList<SyntaxNode> Nodes = [.. ProductSources.Instance.Trees
        .Where(tree => !Repository.Relative(tree.FilePath).StartsWith("src/Halyard.Cli/", StringComparison.Ordinal))
        .SelectMany(tree => tree.GetRoot(TestContext.Current.CancellationToken).DescendantNodes())];

    [Fact]
    public void Every_line_is_listed_with_its_id_its_name_and_its_level()
    {
        var logged = Nodes.OfType<MethodDeclarationSyntax>().SelectMany(Line).Order(StringComparer.Ordinal).ToList();
        Assert.True(logged.Count > 50);
        var listed = Page.Rows().Where(cells => cells is [_, ['`', ..], _, _]).Select(cells => Row(cells[0], cells[1].Trim('`'), cells[2])).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(("", ""), (string.Join('\n', logged.Except(listed)), string.Join('\n', listed.Except(logged))));
        Assert.Equal(logged, listed);
        Assert.All(Page.Rows().Where(cells => cells is [_, ['`', ..], _, _]), cells => Assert.NotEqual("", cells[3]));
    }

    [Fact]
    public void Every_category_is_named()
    {
        var literals = Nodes.OfType<InvocationExpressionSyntax>()
            .Where(call => call.Expression.ToString().Split('.')[^1] is "CreateLogger" or "Logger")
            .Select(call => call.ArgumentList.Arguments is [{ Expression: LiteralExpressionSyntax literal }] ? literal.Token.ValueText : null)
            .OfType<string>()
            .Select(name => name.StartsWith("Halyard.", StringComparison.Ordinal) ? name : "Halyard." + name);
        var typed = Nodes.OfType<GenericNameSyntax>().Where(name => name.Identifier.Text == "ILogger").Select(name => "Halyard." + name.TypeArgumentList.Arguments[0]);
        var named = Page.Lines().Where(line => line.StartsWith("Category:", StringComparison.Ordinal))
            .SelectMany(line => line.Split('`').Where(part => part.StartsWith("Halyard.", StringComparison.Ordinal)));
        Assert.Equal(literals.Concat(typed).Distinct().Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_line_that_the_page_about_operating_names_is_logged()
    {
        var names = Page.Rows().Where(cells => cells is [_, ['`', ..], _, _]).Select(cells => cells[1].Trim('`')).ToHashSet();
        var log = MarkdownPage.At("docs/operating.md").Text.Split("\n## ").Single(part => part.StartsWith("Log\n", StringComparison.Ordinal));
        var named = log.Split('`').Where((part, i) => i % 2 == 1 && part.All(char.IsAsciiLetter) && part != "Debug").ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(names));
    }

    private static IEnumerable<string> Line(MethodDeclarationSyntax method)
    {
        if (method.AttributeLists.SelectMany(list => list.Attributes).SingleOrDefault(attribute => attribute.Name.ToString() == "LoggerMessage") is not { } message)
        {
            yield break;
        }

        var arguments = message.ArgumentList!.Arguments;
        string? Named(string name) => arguments.SingleOrDefault(argument => argument.NameEquals?.Name.Identifier.Text == name)?.Expression is { } value ? Text(value) : null;
        string? At(int place) => arguments.Count > place && arguments[place].NameEquals is null ? Text(arguments[place].Expression) : null;
        yield return Row(
            Named("EventId") ?? At(0) ?? "",
            Named("EventName") ?? method.Identifier.Text,
            (Named("Level") ?? At(1))!.Replace("LogLevel.", "", StringComparison.Ordinal));
    }

    private static string Text(ExpressionSyntax value) => value is LiteralExpressionSyntax literal ? literal.Token.ValueText : value.ToString();

    private static string Row(string id, string name, string level) => $"| {id} | `{name}` | {level} |";
}
