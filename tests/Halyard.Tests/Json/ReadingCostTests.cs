using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

public sealed class ReadingCostTests
{
    [Fact]
    public void Reading_a_payload_allocates_little_more_than_what_is_kept()
    {
        var payload = Payloads.Small;
        ModelReader.ReadDataSet(payload);
        var allocated = Allocations.Least(() => ModelReader.ReadDataSet(payload));

        // Measured at 2.4 MB. A list or an intermediate string on the good path shows at once.
        Assert.InRange(allocated, 0, 3_000_000);
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
