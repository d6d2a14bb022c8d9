using System.Text;

namespace Halyard.IntegrationTests;

/// <summary>The listener's reader of Redis' protocol, and bytes that no server should send.</summary>
public sealed class RespReaderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_of_both_versions_are_read()
    {
        var reader = Of("+OK\r\n:1\r\n$5\r\nab\r\nc\r\n$-1\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n%1\r\n+a\r\n#t\r\n-ERR no\r\n*-1\r\n");
        Assert.Equal(new('+', "OK", null), await reader.ReadAsync(Token));
        Assert.Equal("1", (await reader.ReadAsync(Token)).Text);
        Assert.Equal("ab\r\nc", (await reader.ReadAsync(Token)).Text);
        Assert.Equal(new('$', null, null), await reader.ReadAsync(Token));
        var push = await reader.ReadAsync(Token);
        Assert.True(push.IsPush);
        Assert.Equal("k", push.Items![1].Items![0].Text);
        Assert.Null((await reader.ReadAsync(Token)).Items![1].Items);
        Assert.Equal(2, (await reader.ReadAsync(Token)).Items!.Length);
        Assert.True((await reader.ReadAsync(Token)).IsError);
        Assert.Null((await reader.ReadAsync(Token)).Items);
        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(Token).AsTask());
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$3\r\nabcdef\r\n")]
    [InlineData("$2000000000\r\n")]
    [InlineData("*2000000000\r\n")]
    [InlineData("%2000000000\r\n")]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+deep\r\n")]
    public async Task What_is_not_the_protocol_or_too_large_is_refused(string text) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => Of(text).ReadAsync(Token).AsTask());

    [Fact]
    public async Task A_value_without_an_end_is_refused_at_its_limit()
    {
        var reader = new RespReader(new EndlessStream());
        await Assert.ThrowsAsync<InvalidDataException>(() => reader.ReadAsync(Token).AsTask());
    }

    private static RespReader Of(string text) => new(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'+');
            return new(buffer.Length);
        }
    }
}
