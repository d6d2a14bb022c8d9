using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;
using Halyard.Model;

namespace Halyard.Tests.Json;

/// <summary>
/// Payloads with one odd place, of which it is known who accepts them. What is right is in the data: the item is read, it is
/// skipped, it is quarantined because nobody could say what it means, or the whole payload is refused because it is no JSON.
/// </summary>
public sealed class AcceptanceTests
{
    private static readonly JsonObject Shapes = JsonNode.Parse(File.ReadAllText(PathOf("shapes.json")))!.AsObject();
    private static readonly JsonArray Lexical = JsonNode.Parse(File.ReadAllText(PathOf("lexical.json")))!.AsArray();

    public static TheoryData<string> ShapeNames => [.. Shapes["changes"]!.AsArray().Select(change => (string)change!["name"]!)];

    public static TheoryData<string> LexicalNames => [.. Lexical.Select(change => (string)change!["name"]!)];

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void A_change_of_shape_costs_the_item_at_most(string name)
    {
        var text = (string)Shapes["payload"]!;
        var change = Shapes["changes"]!.AsArray().Single(candidate => (string)candidate!["name"]! == name)!;
        var (at, cut) = ((int)change["at"]!, (int)change["cut"]!);
        var changed = text[..at] + (string)change["put"]! + text[(at + cut)..];
        Check(changed, (string)change["item"]!, (string)change["outcome"]!, ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [MemberData(nameof(LexicalNames))]
    public void An_odd_text_costs_the_item_at_most(string name)
    {
        var @case = Lexical.Single(candidate => (string)candidate!["name"]! == name)!;
        Check((string)@case["payload"]!, (string)@case["item"]!, (string)@case["outcome"]!, DataSet.Empty);
    }

    private static void Check(string payload, string item, string outcome, DataSet whole)
    {
        var utf8 = Encoding.UTF8.GetBytes(payload);
        var (kind, key) = item.StartsWith("segments/", StringComparison.Ordinal)
            ? (DataKind.Segment, item["segments/".Length..])
            : (DataKind.Flag, item.Length == 0 ? "" : item["flags/".Length..]);
        switch (outcome)
        {
            case "read":
                var read = ModelReader.ReadDataSet(utf8);
                Assert.True(item.Length == 0 || Items(read).ContainsKey((kind, key)));
                CheckOthers(read, whole, kind, key);
                break;
            case "skipped":
                var rest = ModelReader.ReadDataSet(utf8);
                Assert.False(Items(rest).ContainsKey((kind, key)));
                CheckOthers(rest, whole, kind, key);
                break;
            case "quarantined":
                Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(kind, key, Encoding.UTF8.GetBytes(TextOf(payload, item))));
                var kept = ModelReader.ReadDataSet(utf8);
                Assert.False(Items(kept).ContainsKey((kind, key)));
                Assert.Contains(kept.Quarantined, bad => bad.Kind == kind && bad.Key == key);
                CheckOthers(kept, whole, kind, key);
                break;
            case "superseded":
                // An item that cannot be understood, in whose place comes a good one of the same key.
                Assert.Equal(key, ModelReader.ReadItem(kind, key, Encoding.UTF8.GetBytes(TextOf(payload, item))).Key);
                var superseding = ModelReader.ReadDataSet(utf8);
                Assert.True(Items(superseding).ContainsKey((kind, key)));
                Assert.Empty(superseding.Quarantined);
                break;
            default:
                Assert.Equal("refused", outcome);
                Assert.Throws<MalformedDataException>(() => ModelReader.ReadDataSet(utf8));
                break;
        }
    }

    private static void CheckOthers(DataSet read, DataSet whole, DataKind kind, string key)
    {
        var items = Items(read);
        foreach (var (place, text) in Items(whole))
        {
            if (place != (kind, key))
            {
                Assert.Equal(text, items[place]);
            }
        }
    }

    private static Dictionary<(DataKind, string), string> Items(DataSet data) =>
        data.Flags.Cast<ItemDescriptor>().Concat(data.Segments)
            .ToDictionary(item => (item.Kind, item.Key), item => Encoding.UTF8.GetString(ModelWriter.ToUtf8(item)));

    private static string TextOf(string payload, string item)
    {
        using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 20_000 });
        var at = item.IndexOf('/', StringComparison.Ordinal);
        return document.RootElement.GetProperty(item[..at]).GetProperty(item[(at + 1)..]).GetRawText();
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "DataModel", "Json", "Data", file);
}
