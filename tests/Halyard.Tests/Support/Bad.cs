using System.Text;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.Tests.Support;

/// <summary>Short ways to make items that cannot be understood.</summary>
internal static class Bad
{
    public static string Json(string key, long? version) =>
        version is null ? $$"""{"key":"{{key}}","rules":[{},{},{"clauses":7}]}""" : $$"""{"key":"{{key}}","version":{{version}},"rules":[{},{},{"clauses":7}]}""";

    public static MalformedItem Flag(string key, long? version) => Item(DataKind.Flag, key, version);

    public static MalformedItem Segment(string key, long? version) => Item(DataKind.Segment, key, version);

    private static MalformedItem Item(DataKind kind, string key, long? version)
    {
        var reader = new JsonCursor(Encoding.UTF8.GetBytes(Json(key, version)));
        reader.Read();
        return (MalformedItem)ModelReader.ReadItemOrMalformed(kind, key, ref reader);
    }
}
