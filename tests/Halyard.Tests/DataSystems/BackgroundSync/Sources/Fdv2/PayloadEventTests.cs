using System.Text;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class PayloadEventTests
{
    [Theory]
    [InlineData("""{"version":7,"kind":"flag","key":"a","object":{"key":"a","version":3,"on":true}}""")]
    [InlineData("""{"object":{"key":"a","version":3,"on":true},"key":"a","kind":"flag","version":7}""")]
    [InlineData("""{"key":"a","object":{"key":"a","version":3,"on":true},"x":[{}],"kind":"flag","version":7}""")]
    [InlineData("""{"kind":"flag","key":"a","object":{"key":"a","version":1},"object":{"key":"a","version":3,"on":true},"version":7}""")]
    public void A_put_is_read_in_any_order_of_its_properties(string data)
    {
        var what = Parse("put-object", data);
        var item = Assert.IsType<ItemDescriptor<Flag>>(what.Item);
        Assert.Equal((PayloadEventKind.Item, "a", 7L, 3L, true), (what.Kind, item.Key, item.Version, item.Item!.Version, item.Item.On));
    }

    [Fact]
    public void A_put_without_a_version_has_that_of_its_object()
    {
        var what = Parse("put-object", """{"kind":"segment","key":"s","object":{"key":"s","version":3}}""");
        Assert.Equal((DataKind.Segment, "s", 3L), (what.Item!.Kind, what.Item.Key, what.Item.Version));
    }

    [Fact]
    public void A_put_of_a_deleted_object_is_a_tombstone_of_the_events_version()
    {
        var item = Parse("put-object", """{"kind":"flag","key":"a","version":9,"object":{"key":"$deleted","version":3,"deleted":true}}""").Item!;
        Assert.Equal(("a", 9L, true), (item.Key, item.Version, item.IsTombstone));
    }

    [Fact]
    public void A_delete_is_a_tombstone()
    {
        var item = Parse("delete-object", """{"kind":"segment","key":"s/1","version":9}""").Item!;
        Assert.Equal((DataKind.Segment, "s/1", 9L, true), (item.Kind, item.Key, item.Version, item.IsTombstone));
    }

    [Theory]
    [InlineData("put-object", """{"kind":"experiment","key":"e","version":1,"object":[1,{"a":2}]}""")]
    [InlineData("put-object", """{"object":3,"key":"e","version":1,"kind":"experiment"}""")]
    [InlineData("delete-object", """{"kind":"experiment","version":1}""")]
    public void An_item_of_an_unknown_kind_is_told_apart(string name, string data)
    {
        var what = Parse(name, data);
        Assert.Equal((PayloadEventKind.UnknownItem, "experiment"), (what.Kind, what.Text));
    }

    [Theory]
    [InlineData("""{"payloads":[{"intentCode":"xfer-full"}]}""", (int)PayloadEventKind.IntentFull)]
    [InlineData("""{"payloads":[{"id":"p","target":3,"intentCode":"xfer-changes","reason":"stale"},{"intentCode":"xfer-full"}]}""", (int)PayloadEventKind.IntentChanges)]
    [InlineData("""{"x":{},"payloads":[{"intentCode":"none"},7,null]}""", (int)PayloadEventKind.IntentNone)]
    [InlineData("""{"payloads":[{"intentCode":"xfer-magic"}]}""", (int)PayloadEventKind.IntentUnknown)]
    public void Only_the_first_payload_of_an_intent_counts_and_only_its_code_is_required(string data, int kind) =>
        Assert.Equal((PayloadEventKind)kind, Parse("server-intent", data).Kind);

    [Theory]
    [InlineData("heartbeat", "{}")]
    [InlineData("heart-beat", "not json")]
    [InlineData("put-everything", "not json")]
    [InlineData("message", "")]
    public void Heartbeats_and_unknown_events_are_ignored_whatever_they_hold(string name, string data) =>
        Assert.Equal(PayloadEventKind.Ignored, Parse(name, data).Kind);

    [Theory]
    [InlineData("""{"id":"p1","reason":"broken"}""", "broken (payload p1)")]
    [InlineData("""{"payloadId":"p1","reason":"broken"}""", "broken (payload p1)")]
    [InlineData("""{"reason":"broken"}""", "broken")]
    [InlineData("{}", "no reason given")]
    public void An_error_names_its_payload_under_either_name(string data, string text) =>
        Assert.Equal((PayloadEventKind.Error, text), (Parse("error", data).Kind, Parse("error", data).Text));

    [Theory]
    [InlineData("""{"reason":"bye","silent":true,"catastrophe":false}""", null)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":null}""", null)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":90}""", 90.0)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":0}""", 0.0)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":-1}""", 3600.0)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":1.5}""", 3600.0)]
    [InlineData("""{"reason":"bye","protocolFallbackTTL":{"a":[1]}}""", 3600.0)]
    [InlineData("""{"protocolFallbackTTL":99999999999,"reason":"bye"}""", 24 * 86400.0)]
    public void A_goodbye_may_order_FDv1(string data, double? seconds)
    {
        var what = Parse("goodbye", data);
        Assert.Equal("bye", what.Text);
        Assert.Equal(seconds, what.Directive is { } directive ? directive.RetryAfter?.TotalSeconds ?? 0 : null);
    }

    /// <summary>Nobody can ask for such an item; the items beside it count.</summary>
    [Theory]
    [InlineData("put-object", """{"kind":"flag","key":"","version":1,"object":{"key":"a","version":1}}""")]
    [InlineData("put-object", """{"object":{"key":"","version":1},"kind":"segment","key":"","version":1}""")]
    [InlineData("delete-object", """{"kind":"flag","key":"","version":1}""")]
    public void An_item_with_an_empty_key_is_skipped(string name, string data) =>
        Assert.Equal(PayloadEventKind.Ignored, Parse(name, data).Kind);

    [Theory]
    [InlineData("put-object", "")]
    [InlineData("put-object", "{")]
    [InlineData("put-object", "[]")]
    [InlineData("put-object", "{} {}")]
    [InlineData("put-object", """{"kind":"flag","key":"a","version":1}""")]
    [InlineData("put-object", """{"kind":"flag","version":1,"object":{"key":"a","version":1}}""")]
    [InlineData("put-object", """{"key":"a","version":1,"object":{"key":"a","version":1}}""")]
    [InlineData("put-object", """{"kind":1,"key":"a","version":1,"object":{"key":"a","version":1}}""")]
    [InlineData("put-object", """{"kind":"flag","key":"a","version":"1","object":{"key":"a","version":1}}""")]
    [InlineData("delete-object", """{"kind":"flag","key":"a"}""")]
    [InlineData("delete-object", """{"kind":"flag","version":1}""")]
    [InlineData("server-intent", """{"payloads":[]}""")]
    [InlineData("server-intent", """{"payloads":{}}""")]
    [InlineData("server-intent", """{"payloads":[3]}""")]
    [InlineData("server-intent", """{"payloads":[{"id":"p"}]}""")]
    [InlineData("server-intent", """{"payloads":[{"intentCode":4}]}""")]
    [InlineData("server-intent", "{}")]
    [InlineData("payload-transferred", """{"version":1}""")]
    [InlineData("payload-transferred", """{"state":1,"version":1}""")]
    [InlineData("payload-transferred", """{"state":"s","version":1.5}""")]
    [InlineData("error", "nonsense")]
    [InlineData("goodbye", "null")]
    public void Malformed_data_of_a_known_event_is_one_fault(string name, string data)
    {
        Assert.Throws<MalformedDataException>(() => Parse(name, data));

        // In a polled body too, with the place.
        var body = Encoding.UTF8.GetBytes($$$"""{"events":[{"event":"heartbeat","data":{}},{"event":"{{{name}}}","data":{{{data}}}}]}""");
        Assert.Throws<MalformedDataException>(() => PayloadBody.Read(body, static (in PayloadEvent _) => null));
    }

    [Theory]
    [InlineData("""{"kind":"flag","key":"a","version":7,"object":{"key":"a","version":1,"on":3}}""", "flags.a.on")]
    [InlineData("""{"kind":"flag","key":"a","version":7,"object":null}""", "flags.a")]
    [InlineData("""{"kind":"flag","key":"a","version":7,"object":[{}]}""", "flags.a")]
    [InlineData("""{"object":{"key":"a","version":1,"rules":{}},"kind":"segment","key":"a.b","version":7}""", "segments['a.b'].rules")]
    [InlineData("""{"object":{"key":"a","version":1,"rules":{}},"version":7,"key":"a","kind":"flag"}""", "flags.a.rules")]
    public void An_object_that_cannot_be_understood_is_an_item_of_its_transfer(string data, string path)
    {
        var item = Assert.IsType<MalformedItem>(Parse("put-object", data).Item);
        Assert.Equal((path, 7L), (item.Path, item.Version));
        var read = new List<PayloadEvent>();
        PayloadBody.Read(
            Encoding.UTF8.GetBytes($$$"""{"events":[{"event":"put-object","data":{{{data}}}},{"event":"heartbeat","data":{}}]}"""),
            (in PayloadEvent what) =>
            {
                read.Add(what);
                return null;
            });
        Assert.Equal([PayloadEventKind.Item, PayloadEventKind.Ignored], read.Select(what => what.Kind));
        Assert.Equal(path, Assert.IsType<MalformedItem>(read[0].Item).Path);
    }

    [Fact]
    public void Text_that_is_no_UTF_8_is_a_fault() =>
        Assert.Throws<MalformedDataException>(() => PayloadEventReader.Parse(
            "payload-transferred"u8, [.. "{\"state\":\""u8, 0xFF, 0xC0, .. "\"}"u8]));

    [Fact]
    public void A_bodys_fault_names_the_place()
    {
        var body = Encoding.UTF8.GetBytes(WireEvent.Body(
            WireEvent.Full, new("put-object", """{"kind":"flag","key":"a","version":"1","object":{"key":"a","version":1}}""")));
        var fault = Assert.Throws<MalformedDataException>(() => PayloadBody.Read(body, static (in PayloadEvent _) => null));
        Assert.Equal("events[1].data.version", fault.Path);
        Assert.Contains("events[1]", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"events":[]}""", "")]
    [InlineData("""{"events":[{"event":"pay\u006coad-transferred","data":{"state":"s","version":2}}]}""", "Transferred")]
    [InlineData("""{"x":1,"events":[{"data":{"state":"s","version":2},"event":"payload-transferred"}],"y":{}}""", "Transferred")]
    [InlineData("""{"events":[{"event":"news"},{"event":"news","data":[1,2]},{"event":"heartbeat","data":{},"id":1}]}""", "Ignored Ignored Ignored")]
    public void A_body_is_read_in_any_order_of_its_properties(string body, string kinds)
    {
        var read = new List<PayloadEventKind>();
        Assert.Null(PayloadBody.Read(Encoding.UTF8.GetBytes(body), (in PayloadEvent what) =>
        {
            read.Add(what.Kind);
            return null;
        }));
        Assert.Equal(kinds, string.Join(' ', read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"events":{}}""")]
    [InlineData("""{"events":[1]}""")]
    [InlineData("""{"events":[{"data":{}}]}""")]
    [InlineData("""{"events":[{"event":1,"data":{}}]}""")]
    [InlineData("""{"events":[{"event":"put-object"}]}""")]
    [InlineData("""{"events":[]} x""")]
    [InlineData("""{"events":[]""")]
    public void A_malformed_body_is_one_fault(string body) =>
        Assert.Throws<MalformedDataException>(() => PayloadBody.Read(Encoding.UTF8.GetBytes(body), static (in PayloadEvent _) => null));

    private static PayloadEvent Parse(string name, string data) => PayloadEventReader.Parse(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(data));
}
