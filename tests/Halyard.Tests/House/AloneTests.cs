using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Halyard.Tests.House;

/// <summary>A test that measures the process fails for what others do, unless it runs alone.</summary>
public sealed class AloneTests
{
    // What measures, or changes, more than the test itself.
    private static readonly string[] OfTheProcess =
    [
        "Allocations.None", "Allocations.Least", "Allocations.Exactly",
        "GC.Collect", "GC.CollectionCount", "GC.GetAllocatedBytesForCurrentThread", "GC.GetTotalAllocatedBytes", "GC.GetTotalMemory",
        "GC.GetGCMemoryInfo", "Environment.TickCount", "Environment.TickCount64", "Environment.WorkingSet", "Process.GetCurrentProcess",
        "Stopwatch.StartNew", "Stopwatch.GetTimestamp", "ThreadPool.SetMinThreads", "ThreadPool.SetMaxThreads", "ThreadPool.ThreadCount",
        "ThreadPool.PendingWorkItemCount", "Timer.ActiveCount", "Thread.Sleep",
    ];

    [Theory]
    [InlineData("tests/Halyard.Tests")]
    [InlineData("tests/Halyard.IntegrationTests")]
    public void Tests_that_measure_the_process_run_alone(string project)
    {
        var types = Repository.CSharpFiles(project)
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file))
            .SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>())
            .Where(type => type.Parent is not TypeDeclarationSyntax)
            .ToList();
        // Support that is linked from the other project is part of this one as well.
        var alone = types.Where(IsAloneDefinition).Select(type => type.Identifier.Text).Append("Alone").ToHashSet();

        Assert.Contains(types, IsTestClass);
        Assert.Empty(types.Where(IsTestClass)
            .Where(type => !CollectionsOf(type).Any(alone.Contains))
            .SelectMany(type => Measurements(type).Select(call => $"{Place(call)} {type.Identifier.Text} measures with {call}")));
    }

    private static bool IsTestClass(ClassDeclarationSyntax type) =>
        type.DescendantNodes().OfType<AttributeSyntax>().Any(attribute => attribute.Name.ToString() is "Fact" or "Theory");

    private static bool IsAloneDefinition(ClassDeclarationSyntax type) =>
        Attributes(type, "CollectionDefinition").Any(attribute => attribute.ToString().Contains("DisableParallelization = true", StringComparison.Ordinal));

    private static IEnumerable<string> CollectionsOf(ClassDeclarationSyntax type) =>
        Attributes(type, "Collection").SelectMany(attribute => attribute.DescendantNodes().OfType<TypeOfExpressionSyntax>())
            .Select(collection => collection.Type.ToString());

    private static IEnumerable<AttributeSyntax> Attributes(ClassDeclarationSyntax type, string name) =>
        type.AttributeLists.SelectMany(list => list.Attributes).Where(attribute => attribute.Name.ToString() == name);

    private static IEnumerable<MemberAccessExpressionSyntax> Measurements(ClassDeclarationSyntax type) =>
        type.DescendantNodes().OfType<MemberAccessExpressionSyntax>().Where(call => OfTheProcess.Contains(call.ToString()));

    private static string Place(SyntaxNode node) =>
        $"{Repository.Relative(node.SyntaxTree.FilePath)}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
