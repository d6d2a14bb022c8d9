using System.Text.Json;
using System.Text.Json.Serialization;

namespace Halyard.Tests.TypedFlags;

internal sealed record Limits(int Requests, string[] Paths);

internal enum Provider
{
    Unknown = 0,
    NorthPay = 1,
    SouthPay = 2,
    south_bank = 3,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Limits))]
[JsonSerializable(typeof(TimeSpan))]
[JsonSerializable(typeof(decimal))]
[JsonSerializable(typeof(int[][]))]
internal sealed partial class TestJson : JsonSerializerContext;

/// <summary>Counts what it reads, and throws where it is told to.</summary>
internal sealed class CountingConverter : JsonConverter<Limits>
{
    public int Reads { get; private set; }

    public bool Throws { get; init; }

    public override Limits? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Reads++;
        reader.Skip();
        return Throws ? throw new InvalidOperationException("not today") : new(Reads, []);
    }

    public override void Write(Utf8JsonWriter writer, Limits value, JsonSerializerOptions options) => throw new NotSupportedException();
}
