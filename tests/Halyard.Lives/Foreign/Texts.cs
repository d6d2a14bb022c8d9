using System.Text;
using Halyard.Model;

namespace Halyard.Lives.Foreign;

/// <summary>What services, files and stores say when nothing is wrong.</summary>
internal static class Texts
{
    public const int Flags = 4;

    public static DataSet DataSet { get; } = new(
        [.. Enumerable.Range(0, Flags).Select(static i => Flag(i, 1))],
        [(ItemDescriptor<Segment>)ItemDescriptor.FromJson(DataKind.Segment, "s", Encoding.UTF8.GetBytes(SegmentJson))]);

    public static string DataSetJson { get; } =
        $"{{\"flags\":{{{string.Join(',', Enumerable.Range(0, Flags).Select(static i => $"\"{Key(i)}\":{FlagJson(i, 1)}"))}}},\"segments\":{{\"s\":{SegmentJson}}}}}";

    /// <summary>A stream of FDv1: everything, and a change.</summary>
    public static string Stream1 { get; } =
        Event("put", $"{{\"path\":\"/\",\"data\":{DataSetJson}}}") + Event("patch", $"{{\"path\":\"/flags/f0\",\"data\":{FlagJson(0, 2)}}}");

    private static (string Name, string Data)[] Payload { get; } =
    [
        ("server-intent", "{\"payloads\":[{\"id\":\"p\",\"target\":1,\"intentCode\":\"xfer-full\",\"reason\":\"life\"}]}"),
        .. Enumerable.Range(0, Flags).Select(static i => ("put-object", $"{{\"version\":1,\"kind\":\"flag\",\"key\":\"{Key(i)}\",\"object\":{FlagJson(i, 1)}}}")),
        ("put-object", $"{{\"version\":1,\"kind\":\"segment\",\"key\":\"s\",\"object\":{SegmentJson}}}"),
        ("payload-transferred", "{\"state\":\"(p:p:1)\",\"version\":1,\"id\":\"p\"}"),
    ];

    /// <summary>A stream of FDv2: everything.</summary>
    public static string Stream2 { get; } = string.Concat(Payload.Select(static e => Event(e.Name, e.Data)));

    /// <summary>The body of a poll of FDv2.</summary>
    public static string Poll2 { get; } =
        $"{{\"events\":[{string.Join(',', Payload.Select(static e => $"{{\"event\":\"{e.Name}\",\"data\":{e.Data}}}"))}]}}";

    // Its rule asks the big segment, so that reads do.
    private static string SegmentJson => "{\"key\":\"s\",\"version\":1,\"unbounded\":true,\"generation\":1,\"included\":[],\"excluded\":[],\"rules\":[],\"salt\":\"x\",\"deleted\":false}";

    public static string Key(int flag) => $"f{flag}";

    public static ItemDescriptor<Flag> Flag(int flag, int version) =>
        (ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, Key(flag), Encoding.UTF8.GetBytes(FlagJson(flag, version)));

    public static string FlagJson(int flag, int version)
    {
        var rules = flag == 1
            ? "{\"id\":\"r\",\"variation\":1,\"clauses\":[{\"attribute\":\"\",\"op\":\"segmentMatch\",\"values\":[\"s\"],\"negate\":false}],\"trackEvents\":false}"
            : "";
        var prerequisites = flag == 2 ? "{\"key\":\"f1\",\"variation\":1}" : "";
        return $"{{\"key\":\"{Key(flag)}\",\"version\":{version},\"on\":true,\"salt\":\"x\",\"prerequisites\":[{prerequisites}],\"targets\":[],\"rules\":[{rules}],\"fallthrough\":{{\"variation\":0}},\"offVariation\":1,\"variations\":[true,false],\"trackEvents\":true,\"deleted\":false}}";
    }

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
