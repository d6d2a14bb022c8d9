using System.Text;
using Halyard.Lives.Plan;

namespace Halyard.Lives.Foreign;

/// <summary>The service as one life meets it: answers, right and wrong. Thread-safe.</summary>
internal sealed class Service(LifePlan plan)
{
    private static readonly byte[][] ForeignBodies =
    [
        "<html><body>Bad gateway</body></html>"u8.ToArray(), "{}"u8.ToArray(), "{\"flags\":"u8.ToArray(), "[]"u8.ToArray(), "null"u8.ToArray(), [],
        [0xFF, 0xFE, 0x00, 0x80], "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{}\n\n"u8.ToArray(), "event: goodbye\ndata: {}\n\n"u8.ToArray(),
        Encoding.UTF8.GetBytes(new string('x', 100_000)), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3],
    ];

    private readonly Dice _dice = new(plan.Number, 1);

    private enum Wrong
    {
        Ending,
        Status,
        Body,
        Encoding,
        Elsewhere,
        Order,
    }

    public Answer Answer(string path)
    {
        var (body, isStream) = Right(path);
        var isEvents = body.Length == 0;
        var headers = new List<(string, string)> { ("Content-Type", isStream ? "text/event-stream" : "application/json") };
        if (_dice.Chance(plan.Health))
        {
            return new(AnswerKind.Whole, isEvents ? 202 : 200, headers, body, body.Length, _dice.Pick(int.MaxValue, 64), isStream && _dice.Chance(0.8));
        }

        switch (_dice.Mostly<Wrong>(0.5))
        {
            case Wrong.Status:
                return Of(AnswerKind.Whole, _dice.Pick(204, 304, 400, 401, 403, 404, 408, 413, 414, 429, 431, 500, 503), headers, body);
            case Wrong.Body:
                return Of(AnswerKind.Whole, 200, headers, ForeignBodies[_dice.Below(ForeignBodies.Length)]);
            case Wrong.Encoding:
                headers.Add(("Content-Encoding", _dice.Pick("gzip", "br", "zstd", "nonsense")));
                return Of(AnswerKind.Whole, 200, headers, body);
            case Wrong.Elsewhere:
                headers.Add(("Location", _dice.Pick("/", "", "http://127.0.0.1:1/", "ftp://nowhere", path)));
                return Of(AnswerKind.Whole, _dice.Pick(301, 302, 307, 308), headers, []);
            case Wrong.Order:
                headers.Add(("X-LD-FD-Fallback", "true"));
                return Of(AnswerKind.Whole, _dice.Pick(200, 503), headers, body);
            default:
                var kind = _dice.Pick(Enum.GetValues<AnswerKind>());
                return Of(kind, 200, headers, body, _dice.Below(body.Length + 1));
        }
    }

    private static (byte[] Body, bool IsStream) Right(string path) => path switch
    {
        _ when path.Contains("/sdk/stream", StringComparison.Ordinal) => (Encoding.UTF8.GetBytes(Texts.Stream2), true),
        _ when path.Contains("/sdk/poll", StringComparison.Ordinal) => (Encoding.UTF8.GetBytes(Texts.Poll2), false),
        _ when path.Contains("latest-all", StringComparison.Ordinal) => (Encoding.UTF8.GetBytes(Texts.DataSetJson), false),
        _ when path.EndsWith("/all", StringComparison.Ordinal) || path.Contains("/all?", StringComparison.Ordinal) => (Encoding.UTF8.GetBytes(Texts.Stream1), true),
        _ => ([], false),
    };

    private Answer Of(AnswerKind kind, int status, IReadOnlyList<(string, string)> headers, byte[] body, int? sent = null) =>
        new(kind, status, headers, body, sent ?? body.Length, _dice.Pick(int.MaxValue, 64), StaysOpen: false);
}
