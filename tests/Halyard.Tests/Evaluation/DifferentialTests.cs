using System.Text.Json.Nodes;
using Halyard.Evaluation;

namespace Halyard.Tests.Evaluation;

/// <summary>
/// Cases on which independent implementations differ. Each tells what the others answer, what Halyard does, and why; the page
/// docs/evaluation.md has the choices in words.
/// </summary>
public sealed class DifferentialTests
{
    private static readonly JsonArray Cases = JsonNode.Parse(File.ReadAllText(EvaluationCase.PathOf("differential")))!.AsArray();

    public static TheoryData<string> Names => [.. Cases.Select(@case => (string)@case!["name"]!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_choice_is_kept(string name)
    {
        var @case = Cases.Single(candidate => (string)candidate!["name"]! == name)!;
        Assert.Equal((string)@case["expect"]!, Answer(@case["data"]!, @case["context"]!));
    }

    /// <summary>The choice needs a reason, and who is alone with his answer needs a good one.</summary>
    [Fact]
    public void Nobody_stands_against_three_that_agree()
    {
        foreach (var @case in Cases)
        {
            Assert.NotEmpty((string)@case!["because"]!);
            var others = @case["others"]!.AsObject().Select(other => (string)other.Value!).ToArray();
            Assert.False(
                others.Length == 3 && others.Distinct().Count() == 1 && others[0] != (string)@case["expect"]!, (string)@case["name"]!);
        }
    }

    private static string Answer(JsonNode data, JsonNode contextJson)
    {
        var context = Context.FromJson(contextJson.ToJsonString());
        if (!context.IsValid)
        {
            return "context rejected";
        }

        var scope = new EvaluationScope(Testing.SnapshotOf(data.ToJsonString()));
        var flag = scope.GetFlag("f")!;
        var (variation, reason) = Evaluator.Evaluate(flag, context, ref scope);
        var value = variation == EvaluationResult.None ? "null" : flag.Variations[variation].ToString();
        var error = reason.ErrorKind == EvaluationErrorKind.None ? "" : $"({Wire(reason.ErrorKind.ToString())})";
        var experiment = reason.InExperiment ? "+exp" : "";
        var status = reason.BigSegmentsStatus == BigSegmentsStatus.None ? "" : "+" + Wire(reason.BigSegmentsStatus.ToString());
        return $"{value} {Wire(reason.Kind.ToString())}{error}{experiment}{status}{(variation == EvaluationResult.None ? "" : " idx")}";
    }

    private static string Wire(string name) =>
        string.Concat(name.Select((letter, at) => at > 0 && char.IsUpper(letter) ? "_" + letter : letter.ToString())).ToUpperInvariant();
}
