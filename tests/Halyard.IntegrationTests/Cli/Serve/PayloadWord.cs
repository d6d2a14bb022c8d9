using System.Text.Json;

namespace Halyard.IntegrationTests.Cli;

/// <summary>An event of FDv2 as it came over the wire.</summary>
internal sealed class PayloadWord
{
    public PayloadWord(string name, string data)
    {
        Name = name;
        using var json = JsonDocument.Parse(data);
        Data = json.RootElement.Clone();
    }

    public string Name { get; }

    public JsonElement Data { get; }

    /// <summary>An intent's code.</summary>
    public string? Code => Intent("intentCode");

    /// <summary>An intent's reason.</summary>
    public string? Reason => Intent("reason");

    /// <summary>The state that a transfer leads to.</summary>
    public string? State => Data.TryGetProperty("state", out var state) ? state.GetString() : null;

    public static List<PayloadWord> OfPoll(string body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("events").EnumerateArray().Select(e => new PayloadWord(e.GetProperty("event").GetString()!, e.GetProperty("data").GetRawText()))];
    }

    /// <summary>The event in short, as in <c>put-object flag/a 3</c>.</summary>
    public override string ToString() => Name switch
    {
        "server-intent" => $"{Code} {Reason}",
        "put-object" or "delete-object" => $"{Name} {Data.GetProperty("kind")}/{Data.GetProperty("key")} {Data.GetProperty("version")}",
        _ => Name,
    };

    private string? Intent(string property) =>
        Name == "server-intent" ? Assert.Single(Data.GetProperty("payloads").EnumerateArray()).GetProperty(property).GetString() : null;
}
