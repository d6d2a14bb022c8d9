using Halyard.DataModel.Json.Reading;
using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

[Collection(typeof(Alone))]
public sealed class ReadingCostTests
{
    [Fact]
    public void Reading_a_payload_allocates_little_more_than_what_is_kept()
    {
        var payload = Payloads.Small;
        ModelReader.ReadDataSet(payload);
        var allocated = Allocations.Least(() => ModelReader.ReadDataSet(payload), rounds: 50);

        // Measured at 1.97 MB; many rounds, because the scratch may be in another thread's hands. A list or an intermediate string
        // on the good path shows at once.
        Assert.InRange(allocated, 0, 2_100_000);
    }

    [Fact]
    public void Reading_a_patch_allocates_the_flag_and_its_own_parts_alone()
    {
        var patch = Payloads.Patch;
        for (var i = 0; i < 50; i++)
        {
            ModelReader.ReadItem(Halyard.Model.DataKind.Flag, "bench-latency", patch);
        }

        // The clauses are known from the reads before. Many rounds, because the scratch may be in another thread's hands.
        Assert.Equal(688, Allocations.Least(() => ModelReader.ReadItem(Halyard.Model.DataKind.Flag, "bench-latency", patch), rounds: 200));
    }

    [Fact]
    public void A_long_list_of_keys_allocates_no_object_for_each_key()
    {
        var keys = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"user-{i:D5}\""));
        var json = System.Text.Encoding.UTF8.GetBytes($$"""{"key":"s","version":1,"included":[{{keys}}]}""");
        ModelReader.ReadItem(Halyard.Model.DataKind.Segment, "s", json);
        var allocated = Allocations.Least(() => ModelReader.ReadItem(Halyard.Model.DataKind.Segment, "s", json), rounds: 200);

        // Two bytes for each of ten characters, and four for where the key ends.
        Assert.InRange(allocated, 24_000, 24_500);
    }

    [Fact]
    public void Reading_one_small_flag_allocates_no_more_than_the_flag()
    {
        var json = """{"key":"f","version":1,"on":true,"variations":[true,false],"fallthrough":{"variation":0},"salt":"x"}"""u8.ToArray();
        ModelReader.ReadItem(Halyard.Model.DataKind.Flag, "f", json);
        var allocated = Allocations.Least(() => ModelReader.ReadItem(Halyard.Model.DataKind.Flag, "f", json));

        // The read's scratch may be in another thread's hands, and then a new one is made.
        Assert.InRange(allocated, 0, 100_000);
    }
}
