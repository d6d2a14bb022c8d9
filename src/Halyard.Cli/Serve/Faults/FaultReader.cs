using System.Text.Json;

namespace Halyard.Cli;

/// <summary>Reads what is asked of <c>/api/faults</c>.</summary>
internal static class FaultReader
{
    private static readonly string[] Names = ["status", "delay", "drop", "cut", "garbage", "goodbye", "error", "fallback"];
    private static readonly string[] Properties = ["kind", "path", "times", "now", "status", "delayMs", "bytes", "ttlSeconds", "reason"];

    public static string NameOf(FaultKind kind) => Names[(int)kind];

    /// <summary>Reads a fault, and whether it is to happen now on open streams rather than to answers.</summary>
    /// <exception cref="MalformedDataException">The text is not a fault.</exception>
    public static (Fault Fault, bool Now) Read(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new MalformedDataException($"Not JSON: {exception.Message}", "", exception);
        }

        using (document)
        {
            try
            {
                return Read(document.RootElement);
            }
            catch (InvalidOperationException exception)
            {
                throw new MalformedDataException("A text in it is not valid: it holds half of a surrogate pair.", "", exception);
            }
        }
    }

    private static (Fault Fault, bool Now) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new MalformedDataException("A JSON object is expected.", "");
        }

        foreach (var property in root.EnumerateObject())
        {
            if (!Properties.Contains(property.Name))
            {
                throw new MalformedDataException($"There is no \"{property.Name}\"; there are {string.Join(", ", Properties)}.", property.Name);
            }
        }

        var kind = Array.IndexOf(Names, Text(root, "kind")) is >= 0 and var index
            ? (FaultKind)index
            : throw new MalformedDataException($"kind is one of {string.Join(", ", Names)}.", "kind");
        var now = root.TryGetProperty("now", out var given) && Flag(given);
        Allow(root, "status", kind == FaultKind.Status, required: true, kind);
        Allow(root, "delayMs", kind == FaultKind.Delay, required: true, kind);
        Allow(root, "bytes", kind == FaultKind.Cut, required: true, kind);
        Allow(root, "ttlSeconds", kind is FaultKind.Fallback or FaultKind.Goodbye, required: false, kind);
        Allow(root, "reason", kind is FaultKind.Goodbye or FaultKind.Error, required: false, kind);
        if (now && !Fault.HitsOpenStreams(kind))
        {
            throw new MalformedDataException($"A fault of kind {NameOf(kind)} happens to answers only; now is for drop, garbage, goodbye and error.", "now");
        }

        if (now && root.TryGetProperty("times", out _))
        {
            throw new MalformedDataException("What happens now happens once; leave out times.", "times");
        }

        var path = Text(root, "path");
        if (path is not null && !path.StartsWith('/'))
        {
            throw new MalformedDataException("path begins with a slash, as in /sdk/poll.", "path");
        }

        return (
            new Fault(kind)
            {
                Path = path,
                Times = Number(root, "times", 1, int.MaxValue),
                StatusCode = Number(root, "status", 400, 599) ?? 0,
                Delay = TimeSpan.FromMilliseconds(Number(root, "delayMs", 0, int.MaxValue) ?? 0),
                Bytes = Number(root, "bytes", 0, int.MaxValue) ?? 0,
                TtlSeconds = Number(root, "ttlSeconds", 0, int.MaxValue),
                Reason = Text(root, "reason"),
            },
            now);
    }

    private static void Allow(JsonElement root, string property, bool allowed, bool required, FaultKind kind)
    {
        var given = root.TryGetProperty(property, out _);
        if (given && !allowed)
        {
            throw new MalformedDataException($"{property} does not go with a fault of kind {NameOf(kind)}.", property);
        }

        if (!given && allowed && required)
        {
            throw new MalformedDataException($"A fault of kind {NameOf(kind)} needs {property}.", property);
        }
    }

    private static string? Text(JsonElement root, string property) =>
        !root.TryGetProperty(property, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new MalformedDataException($"{property} is a text.", property);

    private static int? Number(JsonElement root, string property, int least, int most) =>
        !root.TryGetProperty(property, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most ? number
        : throw new MalformedDataException($"{property} is a whole number from {least} to {most}.", property);

    private static bool Flag(JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new MalformedDataException("now is true or false.", "now");
}
