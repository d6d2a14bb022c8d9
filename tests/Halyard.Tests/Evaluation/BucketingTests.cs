using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Halyard.Evaluation;

namespace Halyard.Tests.Evaluation;

public sealed class BucketingTests
{
    /// <summary>The values that every server and SDK agrees on.</summary>
    [Theory]
    [InlineData(null, "userKeyA", 0.42157587f)]
    [InlineData(null, "userKeyB", 0.6708485f)]
    [InlineData(null, "userKeyC", 0.10343106f)]
    [InlineData(61L, "userKeyA", 0.09801207f)]
    [InlineData(61L, "userKeyB", 0.14483777f)]
    [InlineData(61L, "userKeyC", 0.9242641f)]
    public void Buckets_are_those_of_the_reference(long? seed, string key, float bucket) =>
        Assert.Equal(bucket, Bucketing.Of(seed, "hashKey", "saltyA", key));

    [Fact]
    public void An_integer_is_bucketed_by_its_decimal_text()
    {
        Assert.Equal(0.54771423f, Bucketing.Of(null, "hashKey", "saltyA", 33333));
        Assert.Equal(0.54771423f, Bucketing.Of(null, "hashKey", "saltyA", "33333"));
        Assert.Equal(Bucketing.Of(null, "k", "s", "-9223372036854775808"), Bucketing.Of(null, "k", "s", (double)long.MinValue));
        Assert.Equal(Bucketing.Of(null, "k", "s", "0"), Bucketing.Of(null, "k", "s", -0.0));
    }

    [Fact]
    public void A_seed_stands_for_key_and_salt_at_its_full_range() => Gen.Select(Gen.Long, Gen.String[0, 20]).Sample((seed, value) =>
        Assert.Equal(
            ReferenceBucket(SHA1.HashData(Encoding.UTF8.GetBytes($"{seed}.{value}"))), Bucketing.Of(seed, "ignored", "ignored", value)));

    [Fact]
    public void What_has_no_agreed_text_is_in_bucket_zero()
    {
        foreach (var value in new Value[] { Value.Null, true, false, 1.5, 1e300, -1e300, 9223372036854775808.0, Value.Array("u"), Value.Object([]) })
        {
            Assert.Equal(0f, Bucketing.Of(null, "hashKey", "saltyA", value));
        }
    }

    [Fact]
    public void The_hash_is_that_of_the_platform_at_any_length() => Gen.Byte.Array[0, 300].Sample(message =>
        Assert.Equal(Convert.ToHexString(SHA1.HashData(message))[..15], Sha1Prefix.First60Bits(message).ToString("X15")));

    [Fact]
    public void The_text_is_hashed_as_UTF8_whatever_its_length() => Gen.Select(Gen.String[0, 300], Gen.String[0, 20], Gen.String[0, 300]).Sample((key, salt, value) =>
    {
        var digest = SHA1.HashData(Encoding.UTF8.GetBytes($"{key}.{salt}.{value}"));
        Assert.Equal(ReferenceBucket(digest), Bucketing.Of(null, key, salt, value));
    });

    /// <summary>Half a unit above a float32's last place, by less than a double can tell: rounding twice would go down.</summary>
    [Fact]
    public void The_conversion_to_float_rounds_once()
    {
        // Not a constant, so that the conversion happens when the test runs.
        var place = Random.Shared.Next(59, 60);
        var value = (1L << place) + (1L << (place - 24)) + 1;
        Assert.Equal((float)((1L << place) + (1L << (place - 23))), (float)value);
    }

    [Fact]
    public void Buckets_are_spread_evenly()
    {
        const int buckets = 100, contexts = 100_000;
        var counts = new int[buckets];
        for (var i = 0; i < contexts; i++)
        {
            counts[(int)(Bucketing.Of(null, "flag", "salt", $"user-{i}") * buckets)]++;
        }

        const double expected = (double)contexts / buckets;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);

        // 99 degrees of freedom: the mean is 99, the standard deviation 14; the input is fixed, so this cannot waver.
        Assert.InRange(chiSquare, 55, 160);
    }

    private static float ReferenceBucket(byte[] digest) =>
        Convert.ToInt64(Convert.ToHexString(digest)[..15], 16) / (float)0xFFFFFFFFFFFFFFF;
}
