using System.Text.Json.Nodes;
using Halyard.Evaluation;

namespace Halyard.Tests.Evaluation;

/// <summary>The tables in Cases: one test for each file, one row for each case.</summary>
public sealed class EvaluatorCaseTests
{
    public static TheoryData<string> Serving => EvaluationCase.NamesIn("serving");

    public static TheoryData<string> Prerequisites => EvaluationCase.NamesIn("prerequisites");

    public static TheoryData<string> Targets => EvaluationCase.NamesIn("targets");

    public static TheoryData<string> Rules => EvaluationCase.NamesIn("rules");

    public static TheoryData<string> Segments => EvaluationCase.NamesIn("segments");

    public static TheoryData<string> BigSegments => EvaluationCase.NamesIn("big-segments");

    public static TheoryData<string> Rollouts => EvaluationCase.NamesIn("rollouts");

    public static TheoryData<string, string, string, bool> Operators
    {
        get
        {
            var rows = new TheoryData<string, string, string, bool>();
            foreach (var (op, cases) in JsonNode.Parse(File.ReadAllText(EvaluationCase.PathOf("operators")))!.AsObject())
            {
                foreach (var row in cases!.AsArray())
                {
                    rows.Add(op, row![0]?.ToJsonString() ?? "null", row[1]!.ToJsonString(), (bool)row[2]!);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Serving))]
    public void A_flag_serves(string name) => Check("serving", name);

    [Theory]
    [MemberData(nameof(Prerequisites))]
    public void Prerequisites_decide(string name) => Check("prerequisites", name);

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_target_is_served(string name) => Check("targets", name);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_matches(string name) => Check("rules", name);

    [Theory]
    [MemberData(nameof(Segments))]
    public void A_segment_contains(string name) => Check("segments", name);

    [Theory]
    [MemberData(nameof(BigSegments))]
    public void A_big_segment_contains(string name) => Check("big-segments", name);

    [Theory]
    [MemberData(nameof(Rollouts))]
    public void A_rollout_picks(string name) => Check("rollouts", name);

    /// <summary>Each row is tried as it is, negated, and with the attribute as an element of an array.</summary>
    [Theory]
    [MemberData(nameof(Operators))]
    public void An_operator_compares(string op, string attribute, string values, bool expected)
    {
        Assert.Equal(expected, Matches(op, attribute, values, negate: false));
        Assert.Equal(!expected, Matches(op, attribute, values, negate: true));
        if (!attribute.StartsWith('['))
        {
            Assert.Equal(expected, Matches(op, $"[{attribute}]", values, negate: false));
            Assert.Equal(expected, Matches(op, $"[[], {{}}, null, {attribute}]", values, negate: false));
            Assert.Equal(!expected, Matches(op, $"[{attribute}]", values, negate: true));
        }
    }

    private static bool Matches(string op, string attribute, string values, bool negate)
    {
        var clause = $$"""{"contextKind":"user","attribute":"a","op":"{{op}}","values":{{values}},"negate":{{(negate ? "true" : "false")}}}""";
        var snapshot = Testing.SnapshotOf(
            $$$$"""
            {"flags":{"flag":{"key":"flag","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},
                "rules":[{"variation":1,"clauses":[{{{{clause}}}} ]}]}}}
            """);
        var scope = new EvaluationScope(snapshot);
        var context = Context.FromJson($$"""{"kind":"user","key":"k","a":{{attribute}}}""");
        Assert.Null(context.Error);
        return Evaluator.Evaluate(scope.GetFlag("flag")!, context, ref scope).VariationIndex == 1;
    }

    private static void Check(string file, string name)
    {
        var @case = EvaluationCase.In(file).Single(candidate => candidate.Name == name);
        var scope = new EvaluationScope(@case.Snapshot()) { BigSegments = @case.Memberships };
        var result = Evaluator.Evaluate(scope.GetFlag("flag")!, @case.Context, ref scope);
        Assert.Equal(@case.Expected, Testing.Describe(result));
    }
}
