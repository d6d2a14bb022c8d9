extern alias consul;

using System.Text.Json;
using consul::Halyard;

namespace Halyard.Fuzzing.Targets;

/// <summary>Consul's answers: read, or refused as something else.</summary>
internal static class ConsulTarget
{
    public static FuzzTarget Target { get; } = new("consul", "an answer of Consul", Run)
    {
        IsJson = true,
        Words = ["Key", "Value", "ModifyIndex", "Results", "KV", "Errors", "What", "OpIndex", "LockIndex", "Flags", "e30=", "####"],
        BytesForEach = 400,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        Check(input, ConsulJson.Entries);
        Check(input, ConsulJson.Keys);
        Check(input, ConsulJson.Results);
        Promise.Holds(ConsulJson.Refusal(input) is not null, "a refusal has words");
    }

    private static void Check<T>(ReadOnlySpan<byte> input, Func<ReadOnlySpan<byte>, List<T>> read)
    {
        try
        {
            Promise.Holds(read(input).Count <= input.Length, "no more is read than is there");
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            Promise.Holds(fault.Message.Length > 0, "a fault says what is wrong");
        }
    }
}
