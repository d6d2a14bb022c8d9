using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests;

/// <summary>What a service can make a client's memory grow by, measured in a process of its own.</summary>
[Collection(typeof(Alone))]
public sealed class BombTests : IAsyncDisposable
{
    private const long Limit = 32 << 20;
    private const long Allowance = 64 << 20;
    private const int PieceSize = 64 * 1024;

    /// <summary>So much comes of what has no end, unless the client leaves.</summary>
    private const long Most = 600L << 20;

    private const string Data = """{"flags":{"a":{"key":"a","version":1}},"segments":{}}""";

    private static readonly string Program = BuiltProgram.Of("Halyard.SnapshotWriter");

    private readonly ScriptedServer _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("streaming", "line", "InvalidData")]
    [InlineData("streaming", "lines", "InvalidData")]
    [InlineData("streaming", "put", "InvalidData")]
    [InlineData("streaming", "name", "InvalidData")]
    [InlineData("streaming", "comments", "NetworkError")]
    [InlineData("streaming", "headers", "NetworkError")]
    [InlineData("fdv2-streaming", "line", "InvalidData")]
    [InlineData("fdv2-streaming", "keys", "InvalidData")]
    [InlineData("fdv2-streaming", "same", "NetworkError")]
    [InlineData("polling", "gzip", "InvalidData")]
    [InlineData("polling", "claim", "NetworkError")]
    [InlineData("polling", "body", "InvalidData")]
    [InlineData("fdv2-polling", "keys", "InvalidData")]
    public async Task A_bomb_costs_at_most_the_limit_and_a_little(string source, string bomb, string expected)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("The peak of a process is read from /proc.");
        }

        var isStream = source.EndsWith("streaming", StringComparison.Ordinal);
        WireEvent[] good = [WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one")];
        if (isStream)
        {
            _server.ThenStream(x => x.WriteAsync(source == "streaming" ? "event: put\ndata: {\"path\":\"/\",\"data\":" + Data + "}\n\n" : WireEvent.Stream(good)));
        }
        else
        {
            _server.Then("200 OK", "", source == "polling" ? Data : WireEvent.Body(good));
        }

        _server.Then(x => ExplodeAsync(x, isStream, bomb));
        var token = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Program, "-", "-", "bomb", source, _server.Address.AbsoluteUri, Limit.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        })!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(token).AsTask().WaitAsync(TimeSpan.FromSeconds(120), token);
            TestContext.Current.TestOutputHelper!.WriteLine(line ?? "");
            var parts = line!.Split(' ');
            Assert.Equal(expected, parts[1]);
            Assert.InRange(long.Parse(parts[0], CultureInfo.InvariantCulture), 0, Limit + Allowance);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(token).WaitAsync(TimeSpan.FromSeconds(30), token);
        }
    }

    private static async Task ExplodeAsync(ScriptedExchange x, bool isStream, string bomb)
    {
        var number = 0;
        if (bomb == "gzip")
        {
            var packed = new MemoryStream();
            await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                for (long i = 0; i < Most; i += PieceSize)
                {
                    await gzip.WriteAsync(new byte[PieceSize]);
                }
            }

            await x.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n");
            await x.WriteAsync(packed.ToArray());
            return;
        }

        if (bomb == "claim")
        {
            await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n{\"a\"");
            await x.HoldAsync();
            return;
        }

        await x.WriteAsync(
            "HTTP/1.1 200 OK\r\n"
            + (bomb == "headers" ? "" : (isStream ? "Content-Type: text/event-stream\r\n" : "Content-Type: application/json\r\n") + "Connection: close\r\n\r\n"));
        await x.WriteAsync(bomb switch
        {
            "line" => (isStream ? "event: server-intent\n" : "") + "data: ",
            "lines" => "event: patch\n",
            "put" => "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"a\":{\"version\":1}",
            "name" => "event: ",
            "keys" or "same" => isStream ? WireEvent.Stream(WireEvent.Full) : "{\"events\":[{\"event\":\"heart-beat\",\"data\":{}}",
            _ => "",
        });
        for (long sent = 0; sent < Most;)
        {
            var text = new StringBuilder(PieceSize + 300);
            while (text.Length < PieceSize)
            {
                text.Append(bomb switch
                {
                    "lines" => "data: xxxxxxxxxxxxxxxx\n",
                    "comments" => ": a comment\n",
                    "headers" => "X-More: and more\r\n",
                    "put" => $",\"f{number++}\":{{\"version\":1}}",
                    "keys" => isStream
                        ? WireEvent.Stream(WireEvent.Put($"f{number++}", 1))
                        : $",{{\"event\":\"put-object\",\"data\":{WireEvent.Put($"f{number++}", 1).Data}}}",
                    "same" => WireEvent.Stream(WireEvent.Put("a", number++)),
                    _ => "                                ",
                });
            }

            await x.WriteAsync(text.ToString());
            sent += text.Length;
        }
    }
}
