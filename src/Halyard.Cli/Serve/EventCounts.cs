using System.Collections.Immutable;
using System.Text.Json;

namespace Halyard.Cli;

/// <summary>How many analytics events have come, by kind. Thread-safe.</summary>
internal sealed class EventCounts
{
    private const int MostKinds = 50;
    private const string Other = "other";
    private const string Unreadable = "unreadable";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _kinds = new(StringComparer.Ordinal);

    /// <summary>How many bodies have come.</summary>
    public long Payloads { get; private set; }

    /// <summary>How many events have come, by their kind.</summary>
    public ImmutableSortedDictionary<string, long> Kinds
    {
        get
        {
            lock (_lock)
            {
                return _kinds.ToImmutableSortedDictionary(StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Raised after each body.</summary>
    public event Action? Changed;

    /// <summary>Counts the events of a body: an array of them, or one.</summary>
    public void Count(ReadOnlySpan<byte> body)
    {
        var kinds = new List<string>();
        try
        {
            ReadKinds(body, kinds);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            kinds.Add(Unreadable);
        }

        lock (_lock)
        {
            Payloads++;
            foreach (var kind in kinds)
            {
                // A client may send any text; the count of texts has an end.
                var counted = _kinds.ContainsKey(kind) || _kinds.Count < MostKinds ? kind : Other;
                _kinds[counted] = _kinds.GetValueOrDefault(counted) + 1;
            }
        }

        Changed?.Invoke();
    }

    private static void ReadKinds(ReadOnlySpan<byte> body, List<string> kinds)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            // Events are objects, in an array or alone; what else they hold is skipped.
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                continue;
            }

            var kind = Other;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isKind = reader.ValueTextEquals("kind"u8);
                reader.Read();
                if (isKind && reader.TokenType == JsonTokenType.String)
                {
                    kind = reader.GetString()!;
                }

                reader.Skip();
            }

            kinds.Add(kind.Length is > 0 and <= 40 ? kind : Other);
        }
    }
}
