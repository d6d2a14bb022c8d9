using System.Text.Json;
using Halyard.AllFlags;
using Halyard.DataModel.Json.Writing;
using Halyard.Model;

namespace Halyard;

/// <summary>The values of all flags for one context, of one moment. Immutable and thread-safe.</summary>
public sealed class AllFlagsState
{
    private static readonly JsonEncodedText FlagsStateName = JsonEncodedText.Encode("$flagsState");
    private static readonly JsonEncodedText ValidName = JsonEncodedText.Encode("$valid");

    private readonly FlagState[] _flags;
    private Dictionary<string, Value>? _values;
    private KeySet? _keys; // in the order of the flags; made when a reason is first asked for

    internal AllFlagsState(FlagState[] flags, bool isValid)
    {
        _flags = flags;
        IsValid = isValid;
    }

    /// <summary>Whether there was data and the context was valid; without data the state holds overridden flags alone.</summary>
    public bool IsValid { get; }

    /// <summary>The values by flag key; null for a flag that could not be evaluated or has no value.</summary>
    public IReadOnlyDictionary<string, Value> Values => _values ??= MakeValues();

    internal static AllFlagsState Invalid { get; } = new([], false);

    /// <summary>The reason for a flag's value; null for an unknown flag or when reasons were not asked for.</summary>
    public EvaluationReason? GetReason(string key)
    {
        var at = (_keys ??= MakeKeys()).IndexOf(key);
        return at >= 0 && _flags[at].HasReason ? _flags[at].Reason : null;
    }

    /// <summary>The index of the variation that a flag gave; null for an unknown flag, or one that gave none.</summary>
    public int? GetVariation(string key)
    {
        var at = (_keys ??= MakeKeys()).IndexOf(key);
        return at >= 0 ? _flags[at].Variation : null;
    }

    /// <summary>
    /// Writes what client-side SDKs are answered when they ask for a context's flags: an object by flag key, each with its value,
    /// variation, version and what events need.
    /// </summary>
    public void WriteEvaluationsTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var output = new Utf8Output(writer);
        output.StartObject();
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            flag.WriteWhole(ref output);
        }

        output.EndObject();
    }

    /// <summary>Writes the bootstrap JSON for front ends (values by key, <c>$flagsState</c>, <c>$valid</c>).</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var output = new Utf8Output(writer);
        Write(ref output);
    }

    /// <summary>The bootstrap JSON for front ends.</summary>
    public string ToJson()
    {
        var output = new CharOutput(stackalloc char[CharOutput.FirstRoom], TextRules.ForPages);
        Write(ref output);
        return output.TakeText();
    }

    private void Write<T>(ref T output)
        where T : IJsonOutput, allows ref struct
    {
        output.StartObject();
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            output.Name(flag.Key);
            ValueWriter.Write(ref output, flag.Value);
        }

        output.Name(FlagsStateName);
        output.StartObject();
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            flag.WriteMetadata(ref output);
        }

        output.EndObject();
        output.Name(ValidName);
        output.Bool(IsValid);
        output.EndObject();
    }

    private KeySet MakeKeys()
    {
        var keys = new string[_flags.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = _flags[i].Key;
        }

        return new(keys);
    }

    private Dictionary<string, Value> MakeValues()
    {
        var values = new Dictionary<string, Value>(_flags.Length, StringComparer.Ordinal);
        foreach (ref readonly var flag in _flags.AsSpan())
        {
            values[flag.Key] = flag.Value;
        }

        return values;
    }
}
