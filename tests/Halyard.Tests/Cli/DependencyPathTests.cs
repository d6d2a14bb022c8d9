using Halyard.Cli;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Tests.Cli;

public class DependencyPathTests
{
    private static readonly DataSet Data = ModelReader.ReadDataSet("""
        {
          "flags": {
            "top": {"key":"top","version":1,"prerequisites":[{"key":"middle","variation":0},{"key":"gone","variation":0}]},
            "middle": {"key":"middle","version":1,"prerequisites":[{"key":"top","variation":0}],
              "rules":[{"clauses":[{"op":"segmentMatch","values":["outer"]}]}]},
            "alone": {"key":"alone","version":1,"rules":[{"clauses":[{"attribute":"key","op":"in","values":["inner"]}]}]}
          },
          "segments": {
            "outer": {"key":"outer","version":1,"rules":[{"clauses":[{"op":"segmentMatch","values":["inner"]}]}]},
            "inner": {"key":"inner","version":1}
          }
        }
        """u8);

    [Fact]
    public void The_way_leads_through_prerequisites_and_segments_of_segments() => Assert.Equal(
        "flag middle → segment outer → segment inner", DependencyPath.Find(Data, "top", DataKind.Segment, "inner"));

    [Fact]
    public void Cycles_end_and_no_way_is_null()
    {
        Assert.Null(DependencyPath.Find(Data, "alone", DataKind.Segment, "inner"));
        Assert.Null(DependencyPath.Find(Data, "top", DataKind.Flag, "alone"));
    }
}
