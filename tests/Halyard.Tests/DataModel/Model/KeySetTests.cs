using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Tests.Model;

public sealed class KeySetTests
{
    [Fact]
    public void Keys_that_were_read_are_those_that_were_written() =>
        Gen.String[0, 12].Where(key => !key.Any(char.IsSurrogate)).Array[0, 20].Sample(keys =>
        {
            var given = KeySet.Of(keys);
            var read = Read(keys);
            Assert.Equal(keys, read);
            Assert.Equal(keys, read.Keys);
            Assert.Equal(keys.Length, read.Count);
            for (var i = 0; i < keys.Length; i++)
            {
                Assert.Equal(keys[i], read[i]);
                Assert.True(read.Contains(keys[i]));
                Assert.True(given.Contains(keys[i]));
                Assert.Equal(keys.Contains(keys[i] + "x"), read.Contains(keys[i] + "x"));
            }

            Assert.Equal(keys.Contains(""), read.Contains(""));
            Assert.Equal(keys.Contains(""), given.Contains(""));
        });

    [Fact]
    public void A_key_that_is_written_ever_again_is_one_key_to_look_up()
    {
        var set = Read([.. Enumerable.Repeat("a", 100_000), "b"]);
        Assert.Equal(100_001, set.Count);
        Assert.True(set.Contains("a"));
        Assert.True(set.Contains("b"));
        Assert.False(set.Contains("c"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(5000)]
    public void Neighbours_do_not_run_into_each_other(int count)
    {
        var keys = Enumerable.Range(0, count).Select(i => $"k{i}é").ToArray();
        var set = Read(keys);
        Assert.All(keys, key => Assert.True(set.Contains(key)));
        Assert.False(set.Contains(keys[0] + keys[1]));
        Assert.False(set.Contains("k"));
        Assert.False(set.Contains(""));
        Assert.Equal(keys, set);
    }

    private static KeySet Read(string[] keys)
    {
        var json = $$"""{"key":"s","version":1,"included":{{System.Text.Json.JsonSerializer.Serialize(keys)}}}""";
        return Assert.IsType<ItemDescriptor<Segment>>(ModelReader.ReadItem(DataKind.Segment, null, Encoding.UTF8.GetBytes(json))).Item!.Included;
    }
}
