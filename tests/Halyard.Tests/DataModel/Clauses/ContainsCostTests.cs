using Halyard.DataModel.Clauses;
using Halyard.Tests.Support;

namespace Halyard.Tests.Evaluation;

[Collection(typeof(Alone))]
public sealed class ContainsCostTests
{
    [Theory]
    [InlineData(50, 12)]
    [InlineData(100, 256)]
    [InlineData(1_000, 12)]
    [InlineData(1_000, 256)]
    public void The_first_search_for_parts_keeps_little_however_many_there_are(int count, int length)
    {
        var test = ClauseTest.Prepare("contains", [.. Enumerable.Range(0, count).Select(i => (Value)string.Concat(Enumerable.Repeat($"{i:D4}", length / 4)))])!;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(test.Matches("0123"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
    }
}
