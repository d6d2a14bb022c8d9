using CsCheck;
using Halyard.DataModel.Clauses;

namespace Halyard.Tests.Evaluation;

public sealed class InstantTests
{
    private static readonly Gen<DateTimeOffset> GenDate = Gen.Select(
        Gen.Long[DateTime.MinValue.AddDays(2).Ticks, DateTime.MaxValue.AddDays(-2).Ticks], Gen.Int[-14 * 60, 14 * 60],
        (ticks, offset) => new DateTimeOffset(ticks, TimeSpan.FromMinutes(offset)));

    [Fact]
    public void Dates_are_read_as_the_platform_reads_them() => GenDate.Sample(date =>
    {
        Assert.True(Instant.TryParse(date.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz"), out var instant));
        Assert.Equal(date.ToUnixTimeSeconds(), instant.Seconds);
        Assert.Equal((int)(date.UtcTicks % TimeSpan.TicksPerSecond) * 100, instant.Nanoseconds);
    });

    [Fact]
    public void Milliseconds_and_text_agree() => GenDate.Sample(date =>
    {
        var whole = DateTimeOffset.FromUnixTimeMilliseconds(date.ToUnixTimeMilliseconds());
        Assert.True(Instant.TryParse(whole.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"), out var fromText));
        Assert.True(Instant.TryOf((double)whole.ToUnixTimeMilliseconds(), out var fromNumber));
        Assert.Equal(fromText, fromNumber);
    });

    [Fact]
    public void The_order_is_that_of_time() => Gen.Select(GenDate, GenDate).Sample((a, b) =>
    {
        Assert.True(Instant.TryParse(a.ToString("o"), out var x));
        Assert.True(Instant.TryParse(b.ToString("o"), out var y));
        Assert.Equal(a.CompareTo(b), x.CompareTo(y));
    });

    [Fact]
    public void Any_text_is_read_or_refused_without_an_error() =>
        Gen.OneOf(Gen.String, Gen.String["0123456789-:TZ.+"]).Sample(text => Instant.TryParse(text, out _) || true);

    [Fact]
    public void A_text_cut_short_or_made_longer_is_refused()
    {
        const string text = "2024-02-29T23:59:59.123456789+05:30";
        Assert.True(Instant.TryParse(text, out _));
        Assert.False(Instant.TryParse(text + "0", out _));
        for (var length = 0; length < text.Length; length++)
        {
            Assert.False(Instant.TryParse(text.AsSpan(0, length), out _), text[..length]);
        }
    }
}
