using Halyard.DataModel.Clauses;
using Halyard.Model;

namespace Halyard.Tests.Evaluation;

public sealed class DataProblemsTests
{
    [Fact]
    public void Each_problem_of_a_flag_has_its_place()
    {
        var snapshot = Testing.SnapshotOf(
            """
            {"flags":{"flag":{"key":"flag","version":1,"on":true,"variations":[0,1],"offVariation":5,
                "prerequisites":[{"key":"flag","variation":0}],
                "targets":[{"variation":0,"values":["u"]},{"variation":2,"values":["u"]}],
                "contextTargets":[{"contextKind":"org","variation":-1,"values":["o"]}],
                "rules":[
                    {"variation":0,"clauses":[{"attribute":"a","op":"in","values":[1]},{"attribute":"a","op":"foo","values":[1]}]},
                    {"variation":7,"clauses":[{"attribute":"a","op":"matches","values":["ok","("]},{"attribute":"","op":"in","values":[1]}]},
                    {"clauses":[{"contextKind":"user","attribute":"//","op":"before","values":["soon"]},{"attribute":"","op":"segmentMatch","values":["s"]}]},
                    {"rollout":{"contextKind":"user","bucketBy":"/","variations":[{"variation":3,"weight":100000}]},"clauses":[]}],
                "fallthrough":{"rollout":{"kind":"experiment","contextKind":"user","bucketBy":"/","variations":[]}}}}}
            """);
        Assert.Equal(
            [
                "offVariation: there is no variation 5, the flag has 2",
                "prerequisites: the flag is its own prerequisite",
                "targets[1]: there is no variation 2, the flag has 2",
                "contextTargets[0]: there is no variation -1, the flag has 2",
                "rules[0].clauses[1]: unknown operator 'foo'",
                "rules[1].clauses[0]: invalid regular expression: Invalid pattern '(' at offset 1. Not enough )'s.",
                "rules[1].clauses[1]: an attribute is missing",
                "rules[1]: there is no variation 7, the flag has 2",
                "rules[2].clauses[0]: invalid date 'soon': RFC 3339 text with a zone is expected",
                "rules[2].clauses[0]: invalid attribute reference '//': an attribute reference must not have a double or trailing slash",
                "rules[2]: neither a variation nor a rollout with variations",
                "rules[3].rollout: there is no variation 3, the flag has 2",
                "rules[3].rollout.bucketBy: invalid attribute reference '/': an attribute reference must not be empty",
                "fallthrough: neither a variation nor a rollout with variations",
            ],
            DataProblems.Of(snapshot.Flags.Find("flag")!));
    }

    [Fact]
    public void Each_problem_of_a_segment_has_its_place()
    {
        var snapshot = Testing.SnapshotOf(
            """
            {"flags":{},"segments":{"s":{"key":"s","version":1,"rules":[
                {"clauses":[]},
                {"clauses":[{"attribute":"v","op":"semVerEqual","values":["v1"]}],"weight":1,"bucketBy":"/a/","rolloutContextKind":"user"}]}}}
            """);
        Assert.Equal(
            [
                "rules[1].clauses[0]: invalid semantic version 'v1'",
                "rules[1].bucketBy: invalid attribute reference '/a/': an attribute reference must not have a double or trailing slash",
            ],
            DataProblems.Of(snapshot.Segments.Find("s")!));
    }

    [Fact]
    public void Sound_items_and_tombstones_have_none()
    {
        var flag = new Flag { Key = "flag", On = true, Variations = [1], Fallthrough = new(0, null), Rules = default, Targets = default };
        Assert.Empty(DataProblems.Of(ItemDescriptor<Flag>.Of("flag", 1, flag)));
        Assert.Empty(DataProblems.Of(ItemDescriptor<Segment>.Of("s", 1, new Segment { Key = "s" })));
        Assert.Empty(DataProblems.Of(ItemDescriptor.Tombstone(DataKind.Flag, "gone", 2)));
    }
}
