extern alias redis;
using System.Text;
using redis::Halyard;

namespace Halyard.Fuzzing.Targets;

/// <summary>Answers of Redis: the same in any pieces, and refused as no protocol, as too large or as cut off.</summary>
internal static class RespTarget
{
    public static FuzzTarget Target { get; } = new("resp", "answers of Redis", Run)
    {
        Words =
        [
            "+OK\r\n", "-ERR x\r\n", ":1\r\n", "$3\r\nabc\r\n", "$0\r\n\r\n", "$-1\r\n", "*0\r\n", "*-1\r\n", "*2\r\n", ">2\r\n", "%1\r\n", "~1\r\n", "|1\r\n", "=7\r\ntxt:abc\r\n", "_\r\n", "#t\r\n",
            ",1.5\r\n", "(123\r\n", "!3\r\nerr\r\n", "\r\n", "\n", "$2147483647\r\n", "*2147483647\r\n", "$8388609\r\n", "%2147483647\r\n", "invalidate", "message",
        ],
        BytesForEach = 3_000,
        MostLength = 4 * 1024,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        Promise.Same(Read(new MemoryStream(bytes)), Read(new PiecesStream(bytes)), "answers are the same in any pieces");
    }

    private static string Read(Stream stream)
    {
        var reader = new RespReader(stream);
        var told = new StringBuilder();
        try
        {
            while (true)
            {
                Tell(reader.ReadAsync(default).AsTask().GetAwaiter().GetResult(), told);
            }
        }
        catch (Exception end) when (end is IOException or InvalidDataException)
        {
            return told.Append(end.GetType().Name).Append(end.Message).ToString();
        }
    }

    private static void Tell(RespValue value, StringBuilder told)
    {
        told.Append(value.Type).Append(value.IsPush ? "p" : "").Append(value.IsError ? "e" : "").Append(value.Text);
        foreach (var item in value.Items ?? [])
        {
            Tell(item, told.Append('['));
        }

        told.Append('\n');
    }
}
