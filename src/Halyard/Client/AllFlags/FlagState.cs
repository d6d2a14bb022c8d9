using System.Text.Json;
using Halyard.DataModel.Json.Writing;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard.AllFlags;

/// <summary>One flag of an <see cref="AllFlagsState"/>. Five words wide, because a state is an array of them.</summary>
internal readonly struct FlagState
{
    /// <summary>Of more prerequisites than this the keys are noted.</summary>
    public const int MostCounted = ushort.MaxValue;

    private static readonly JsonEncodedText ValueName = JsonEncodedText.Encode("value");
    private static readonly JsonEncodedText VariationName = JsonEncodedText.Encode("variation");
    private static readonly JsonEncodedText VersionName = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText TrackEventsName = JsonEncodedText.Encode("trackEvents");
    private static readonly JsonEncodedText TrackReasonName = JsonEncodedText.Encode("trackReason");
    private static readonly JsonEncodedText DebugEventsUntilDateName = JsonEncodedText.Encode("debugEventsUntilDate");
    private static readonly JsonEncodedText ReasonName = JsonEncodedText.Encode("reason");
    private static readonly JsonEncodedText PrerequisitesName = JsonEncodedText.Encode("prerequisites");

    private readonly ItemDescriptor<Flag> _descriptor;
    private readonly EvaluationReason _reason;
    private readonly string[]? _otherKeys;
    private readonly int _variationIndex;
    private readonly ushort _prerequisites;
    private readonly FlagStateParts _parts;

    /// <param name="descriptor">The flag.</param>
    /// <param name="variationIndex">The variation served; negative for none.</param>
    /// <param name="reason">Why it was served.</param>
    /// <param name="prerequisites">How many of the prerequisites that the flag names were evaluated, up to <see cref="MostCounted"/>.</param>
    /// <param name="otherKeys">Their keys, where they are more or not those that the flag names.</param>
    /// <param name="parts">What is shown.</param>
    public FlagState(
        ItemDescriptor<Flag> descriptor, int variationIndex, EvaluationReason reason, int prerequisites, string[]? otherKeys, FlagStateParts parts)
    {
        _descriptor = descriptor;
        _variationIndex = variationIndex;
        _reason = reason;
        _prerequisites = (ushort)(otherKeys is null ? prerequisites : 0);
        _otherKeys = otherKeys;
        _parts = parts;
    }

    public string Key => _descriptor.Key;

    public Value Value => _variationIndex < 0 ? Value.Null : _descriptor.Item!.Variations[_variationIndex];

    public int? Variation => _variationIndex < 0 ? null : _variationIndex;

    public EvaluationReason Reason => _reason;

    public bool HasReason => Has(FlagStateParts.Reason);

    /// <summary>Writes what goes into the bootstrap's metadata.</summary>
    public void WriteMetadata<T>(ref T output)
        where T : IJsonOutput, allows ref struct => Write(ref output, withValue: false);

    /// <summary>Writes what client-side SDKs are told of a flag: value and metadata in one.</summary>
    public void WriteWhole<T>(ref T output)
        where T : IJsonOutput, allows ref struct => Write(ref output, withValue: true);

    private void Write<T>(ref T output, bool withValue)
        where T : IJsonOutput, allows ref struct
    {
        output.Name(Key);
        output.StartObject();
        if (withValue)
        {
            output.Name(ValueName);
            ValueWriter.Write(ref output, Value);
            if (_variationIndex < 0)
            {
                output.Name(VariationName);
                output.Null();
            }
        }

        if (_variationIndex >= 0)
        {
            output.Name(VariationName);
            output.Number((long)_variationIndex);
        }

        if (Has(FlagStateParts.Version))
        {
            output.Name(VersionName);
            output.Number(_descriptor.OwnVersion);
        }

        if (Has(FlagStateParts.Track))
        {
            output.Name(TrackEventsName);
            output.Bool(true);
        }

        if (Has(FlagStateParts.TrackReason))
        {
            output.Name(TrackReasonName);
            output.Bool(true);
        }

        if (_descriptor.Item!.DebugEventsUntilDate is { } until and not 0)
        {
            output.Name(DebugEventsUntilDateName);
            output.Number(until);
        }

        if (HasReason)
        {
            output.Name(ReasonName);
            EvaluationReasonText.Write(ref output, _reason);
        }

        var prerequisites = _otherKeys?.Length ?? _prerequisites;
        if (prerequisites != 0)
        {
            output.Name(PrerequisitesName);
            output.StartArray();
            for (var i = 0; i < prerequisites; i++)
            {
                output.Text(_otherKeys is { } keys ? keys[i] : _descriptor.Item.Prerequisites[i].Key);
            }

            output.EndArray();
        }

        output.EndObject();
    }

    private bool Has(FlagStateParts part) => (_parts & part) != 0;
}
