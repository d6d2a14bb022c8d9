using System.Runtime.CompilerServices;
using System.Text.Json;
using Halyard.DataComponents;
using Halyard.DataSystems.Sources.Files;
using Halyard.Evaluation;

namespace Halyard.Tests.Sources;

/// <summary>The files under samples/ are what people try first.</summary>
public sealed class SampleFilesTests
{
    [Theory]
    [InlineData("flags.json", 34, 4)]
    [InlineData("flags.yaml", 7, 1)]
    public async Task A_sample_loads_without_a_warning_and_evaluates_for_every_sample_context(string name, int flags, int segments)
    {
        using var file = await FlagFileText.ReadAsync(Sample(name), TestContext.Current.CancellationToken);
        var load = new FlagFileData([new YamlFlagFile()], DuplicateKeys.Fail, TimeProvider.System).Load([file]);
        Assert.Empty(load.Errors);
        Assert.Empty(load.Warnings);
        Assert.Equal((flags, segments), (load.DataSet!.Flags.Count, load.DataSet.Segments.Count));

        var store = new MemoryStore();
        store.Init(load.DataSet);
        foreach (var context in Contexts())
        {
            foreach (var flag in store.AllFlags())
            {
                var scope = new EvaluationScope(store.Snapshot);
                var result = Evaluator.Evaluate(flag.Item!, context, ref scope);
                Assert.True(result.VariationIndex >= 0, $"{flag.Key}: {result.Reason}");
                Assert.NotEqual(EvaluationReasonKind.Error, result.Reason.Kind);
            }
        }
    }

    [Fact]
    public async Task Targeting_in_the_sample_works_as_its_names_say()
    {
        using var file = await FlagFileText.ReadAsync(Sample("flags.json"), TestContext.Current.CancellationToken);
        var store = new MemoryStore();
        store.Init(new FlagFileData([], DuplicateKeys.Fail, TimeProvider.System).Load([file]).DataSet!);
        var contexts = Contexts().ToDictionary(context => context.FullyQualifiedKey);
        var ines = contexts.Values.Single(context => context.IsMulti);

        Assert.Equal("RULE_MATCH(0,staff-on-new)", Reason("orders-database-migration", contexts["u-ada"]));
        Assert.Equal("RULE_MATCH(0,disposable-mail)", Reason("fraud-check-level", contexts["u-chloe"]));
        Assert.Equal("RULE_MATCH(1,new-accounts)", Reason("fraud-check-level", contexts["u-bram"]));
        Assert.Equal("RULE_MATCH(0,enterprise-admins)", Reason("audit-log-export", ines));
        Assert.Equal("RULE_MATCH(0,app-3-and-newer)", Reason("mobile-offline-cart", ines));
        Assert.Equal("PREREQUISITE_FAILED(new-cart-service)", Reason("checkout-redesign", ines));
        Assert.Equal("RULE_MATCH(0,anonymous-visitors)", Reason("guest-checkout", contexts["visitor-5b1d0c"]));
        Assert.Equal("RULE_MATCH(0,service-traffic)", Reason("warehouse-routing", contexts["service:svc-warehouse-sync"]));
        Assert.Equal("RULE_MATCH(0,early-access)", Reason("winter-sale", ines));

        string Reason(string key, Context context)
        {
            var scope = new EvaluationScope(store.Snapshot);
            return Evaluator.Evaluate(scope.GetFlag(key)!, context, ref scope).Reason.ToString();
        }
    }

    private static List<Context> Contexts()
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(Sample("contexts.json")));
        var contexts = document.RootElement.EnumerateArray().Select(element => Context.FromJson(element.GetRawText())).ToList();
        Assert.All(contexts, context => Assert.Null(context.Error));
        Assert.Equal(6, contexts.Count);
        return contexts;
    }

    private static string Sample(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../../../../samples", name));
}
