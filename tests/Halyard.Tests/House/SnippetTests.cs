using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Halyard.Tests.House;

/// <summary>What pages show as C# compiles, as a program of its own with the namespaces that a web application has.</summary>
public sealed class SnippetTests
{
    // What a web application imports, and what a snippet may take as given.
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading;
        global using System.Threading.Tasks; global using Halyard; global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Http;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging; global using static Given;

        static class Given
        {
            public static ClientOptions options => null!;
            public static Client client => null!;
            public static Halyard.Model.Flag flag => null!;
            public static Context context => null!;
            public static WebApplicationBuilder builder => null!;
            public static WebApplication app => null!;
            public static IServiceCollection services => null!;
            public static IConfiguration configuration => null!;
        }

        sealed record Limits(int Items) { public static Limits Default { get; } = new(1); }
        enum Provider { NorthPay }
        abstract class MyFactory : IFlagContextFactory { public abstract Context Create(HttpContext http); }
        static class Flags { public static TypedFlag<bool> NewCheckout => null!; }
        sealed class MyJson { public static MyJson Default => null!; public System.Text.Json.Serialization.Metadata.JsonTypeInfo<Limits> Limits => null!; }
        """;

    // A snippet may say what a namespace holds though it is known here, and an example declares what it does not use.
    private static readonly string[] Ignored = ["CS8019", "CS8933", "CS0105", "CS8321", "CS8892"];

    private static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    public static TheoryData<string> Pages => [.. MarkdownPage.All.Where(page => MarkdownPage.At(page).Snippets.Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_snippet_compiles(string page)
    {
        Assert.All(MarkdownPage.At(page).Snippets, snippet =>
        {
            var options = new CSharpParseOptions(LanguageVersion.Latest);
            var compilation = CSharpCompilation.Create(
                "snippet",
                [CSharpSyntaxTree.ParseText(snippet, options, cancellationToken: TestContext.Current.CancellationToken), CSharpSyntaxTree.ParseText(Usings, options, cancellationToken: TestContext.Current.CancellationToken)],
                References,
                new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
            var problems = compilation.GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(problem => problem.Severity >= DiagnosticSeverity.Warning && !Ignored.Contains(problem.Id)).ToList();
            Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\nin\n{snippet}");
        });
    }
}
