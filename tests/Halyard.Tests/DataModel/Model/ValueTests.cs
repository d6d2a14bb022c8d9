using CsCheck;
using Halyard.Tests.Support;

namespace Halyard.Tests.Model;

public sealed class ValueTests
{
    [Fact]
    public void Equal_values_have_equal_hashes() =>
        Gen.Select(Generators.Value, Generators.Value).Sample((a, b) =>
        {
            Assert.Equal(a == b, b == a);
            Assert.True(a != b || a.GetHashCode() == b.GetHashCode());
            Assert.True(a.Equals(a));
        });

    [Fact]
    public void Identical_values_are_equal_and_hash_alike() =>
        Gen.Select(Generators.Scalar, Generators.Scalar).Sample((a, b) =>
        {
            Assert.True(!a.IsIdenticalTo(b) || (a == b && a.IdentityHash == b.IdentityHash));
            Assert.True(a.IsIdenticalTo(a));
        });

    [Fact]
    public void A_long_keeps_all_its_digits()
    {
        Gen.OneOf(Gen.Long, Gen.Int.Select(number => (long)number)).Sample(number => Assert.Equal(number, WholeNumber(number)));
        Assert.Equal("9007199254740993", Value.Of(9007199254740993).ToString());
        Assert.Null(Value.Of(9007199254740992).ExactNumberText);
    }

    [Fact]
    public void A_number_that_has_no_JSON_is_null()
    {
        Assert.True(Value.Of(double.NaN).IsNull);
        Assert.True(Value.Of(double.PositiveInfinity).IsNull);
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(-1.9, -1)]
    [InlineData(1e300, int.MaxValue)]
    [InlineData(-1e300, int.MinValue)]
    public void A_number_is_cut_to_an_int(double number, int expected) => Assert.Equal(expected, Value.Of(number).AsInt);

    // By way of the text, since a cast from double to decimal rounds.
    private static decimal WholeNumber(Value value) =>
        decimal.Parse(value.ToString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);
}
