using System.Diagnostics;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.Tests.Model;

/// <summary>What contexts allocate, to the byte, and that their time does not run away with their size.</summary>
[Collection(typeof(Alone))]
public sealed class ContextCostTests
{
    // Objects of a context, what it has beside its kind and key, and its builder.
    private const int ContextBytes = 40;
    private const int PartsBytes = 72;
    private const int BuilderBytes = 120;

    [Fact]
    public void A_context_of_a_key_alone_is_one_small_object()
    {
        Allocations.Exactly(ContextBytes, () => Context.New("user-1"));
        Allocations.Exactly(ContextBytes, () => Context.New("org", "acme"));
    }

    [Fact]
    public void A_context_of_five_attributes_copies_none_of_them() => Allocations.Exactly(
        BuilderBytes + ArrayBytes(6) + PartsBytes + ContextBytes,
        () => Context.Builder("k").Set("email", "a@example.com").Set("country", "us").Set("plan", "pro").Set("age", 75).Set("beta", true).Build());

    [Fact]
    public void A_context_of_twenty_attributes_copies_them_as_the_list_grows_alone()
    {
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"attribute-{i}")];
        const int reference = 48;
        const int references = 32;
        Allocations.Exactly(
            BuilderBytes + ArrayBytes(6) + ArrayBytes(12) + ArrayBytes(24) + PartsBytes + ContextBytes + reference + references,
            () =>
            {
                var builder = Context.Builder("k");
                foreach (var name in names)
                {
                    builder.Set(name, "v");
                }

                return builder.Private("attribute-3").Build();
            });
    }

    [Fact]
    public void A_multi_context_is_an_array_of_its_members()
    {
        Context[] members = [Context.New("a", "k"), Context.New("b", "k"), Context.New("c", "k")];
        Allocations.Exactly(ContextBytes + PartsBytes + 24 + (3 * 8), () => Context.Multi(members));
    }

    [Fact]
    public void A_context_is_written_without_a_buffer()
    {
        var context = Context.Builder("k").Name("Näme").Set("a", Value.Array(1, 2.5, "x")).Private("a").Build();
        var text = context.ToJson();
        Allocations.Exactly((22 + (2 * text.Length) + 7) / 8 * 8, context.ToJson);
    }

    [Fact]
    public void A_context_is_read_into_its_own_objects_alone()
    {
        var json = """{"kind":"user","key":"user-1","plan":"pro","age":75,"beta":true}"""u8.ToArray();
        const int key = 40;
        Allocations.Exactly(BuilderBytes + ArrayBytes(6) + PartsBytes + ContextBytes + key, () => Context.FromJson(json));
    }

    [Theory]
    [InlineData("""{"kind":"user","key":"k"MORE}""", "\"a@\":1")]
    [InlineData("""{"kind":"user","key":"k","_meta":{"privateAttributes":["z"MORE]}}""", "\"a@\"")]
    [InlineData("""{"kind":"user","key":"k"MORE}""", "\"a@\":1,\"a@\":null")]
    [InlineData("""{"kind":"user","key":"k","x":1MORE}""", "\"b@\":1,\"c@\":1,\"b@\":null,\"b@\":2")]
    [InlineData("""{"key":"k","privateAttributeNames":["z"MORE]}""", "\"a@\"")]
    public void The_time_of_reading_grows_with_the_text_and_not_with_its_square(string json, string part)
    {
        string Many(int count) => json.Replace(
            "MORE", string.Concat(Enumerable.Range(0, count).Select(i => "," + part.Replace("@", $"{i:D6}", StringComparison.Ordinal))), StringComparison.Ordinal);
        TimeSpan Time(byte[] text)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.True(Context.FromJson(text).IsValid);
            return Stopwatch.GetElapsedTime(started);
        }

        var (small, large) = (Encoding.UTF8.GetBytes(Many(2_000)), Encoding.UTF8.GetBytes(Many(64_000)));
        Time(small);

        // 32 times the text: the square would be 1,024 times the time, whenever it is tried. The compiler, the collector and whoever
        // else uses the machine have a share in both, so that it is tried until they leave it alone.
        var times = double.PositiveInfinity;
        for (var round = 0; round < 20 && times > 320; round++)
        {
            times = Math.Min(times, Enumerable.Range(0, 3).Min(_ => Time(large)) / Enumerable.Range(0, 5).Min(_ => Time(small)));
        }

        Assert.InRange(times, 0, 320);
    }

    private static int ArrayBytes(int attributes) => 24 + (attributes * 24);
}
