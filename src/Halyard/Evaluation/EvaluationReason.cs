using System.Text.Json;
using Halyard.Evaluation;

namespace Halyard;

/// <summary>Why an evaluation gave its result; only the members that belong to <see cref="Kind"/> are set.</summary>
public readonly record struct EvaluationReason
{
    // Two words, so that a reason travels in registers: wider structs are copied through memory at every return, which
    // cost more than all the rest of a simple evaluation. The kind, the error, the status of big segments and
    // two switches are a byte each from the lowest; the rule's index is the upper half.
    private const int ErrorShift = 8;
    private const int BigSegmentsShift = 16;
    private const ulong ExperimentBit = 1ul << 24;
    private const ulong OverrideBit = 1ul << 25;
    private const int RuleShift = 32;

    private readonly ulong _bits;
    private readonly string? _detail;

    private EvaluationReason(EvaluationReasonKind kind, string? detail, uint ruleIndex = 0, EvaluationErrorKind error = EvaluationErrorKind.None)
    {
        _bits = (ulong)kind | ((ulong)error << ErrorShift) | ((ulong)ruleIndex << RuleShift);
        _detail = detail;
    }

    /// <summary>The kind of reason.</summary>
    public EvaluationReasonKind Kind
    {
        get => (EvaluationReasonKind)(byte)_bits;
        init => _bits = WithByte(_bits, 0, (byte)value);
    }

    /// <summary>The kind as it is called in JSON, such as <c>RULE_MATCH</c>.</summary>
    public string KindName => EvaluationReasonText.NameOf(Kind);

    /// <summary>What went wrong, for <see cref="EvaluationReasonKind.Error"/>.</summary>
    public EvaluationErrorKind ErrorKind
    {
        get => (EvaluationErrorKind)(byte)(_bits >> ErrorShift);
        init => _bits = WithByte(_bits, ErrorShift, (byte)value);
    }

    /// <summary>Whether the context is part of an experiment.</summary>
    public bool InExperiment
    {
        get => (_bits & ExperimentBit) != 0;
        init => _bits = value ? _bits | ExperimentBit : _bits & ~ExperimentBit;
    }

    /// <summary>Whether the flag stands in place of the data's own (<see cref="Client.Overrides"/>).</summary>
    public bool IsOverride
    {
        get => (_bits & OverrideBit) != 0;
        init => _bits = value ? _bits | OverrideBit : _bits & ~OverrideBit;
    }

    /// <summary>How well big segments were known; the worst status of all asked.</summary>
    public BigSegmentsStatus BigSegmentsStatus
    {
        get => (BigSegmentsStatus)(byte)(_bits >> BigSegmentsShift);
        init => _bits = WithByte(_bits, BigSegmentsShift, (byte)value);
    }

    /// <summary>The rule's position, for <see cref="EvaluationReasonKind.RuleMatch"/>; otherwise -1.</summary>
    public int RuleIndex => Kind == EvaluationReasonKind.RuleMatch ? (int)(_bits >> RuleShift) : -1;

    /// <summary>The rule's identifier, for <see cref="EvaluationReasonKind.RuleMatch"/>; may be null.</summary>
    public string? RuleId => Kind == EvaluationReasonKind.RuleMatch ? _detail : null;

    /// <summary>The failed prerequisite's key, for <see cref="EvaluationReasonKind.PrerequisiteFailed"/>.</summary>
    public string? PrerequisiteKey => Kind == EvaluationReasonKind.PrerequisiteFailed ? _detail : null;

    /// <summary>The flag is off.</summary>
    public static EvaluationReason Off => new(EvaluationReasonKind.Off, null);

    /// <summary>No target or rule matched.</summary>
    public static EvaluationReason Fallthrough => new(EvaluationReasonKind.Fallthrough, null);

    /// <summary>The context's key is targeted.</summary>
    public static EvaluationReason TargetMatch => new(EvaluationReasonKind.TargetMatch, null);

    /// <summary>A rule matched; an empty identifier is left out.</summary>
    public static EvaluationReason RuleMatch(int index, string? id) =>
        new(EvaluationReasonKind.RuleMatch, string.IsNullOrEmpty(id) ? null : id, (uint)index);

    /// <summary>A prerequisite failed.</summary>
    public static EvaluationReason PrerequisiteFailed(string key) => new(EvaluationReasonKind.PrerequisiteFailed, key);

    /// <summary>The flag could not be evaluated.</summary>
    public static EvaluationReason Error(EvaluationErrorKind kind) => new(EvaluationReasonKind.Error, null, error: kind);

    /// <summary>A short form for people: <c>RULE_MATCH(1,rule-id)</c>, <c>ERROR(FLAG_NOT_FOUND)</c>, <c>OFF, override</c>.</summary>
    public override string ToString() => EvaluationReasonText.Describe(this);

    /// <summary>Writes the reason as a JSON object, such as <c>{"kind":"RULE_MATCH","ruleIndex":0}</c>, with the members that belong to its kind.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        EvaluationReasonText.Write(writer, this);
    }

    private static ulong WithByte(ulong bits, int shift, byte value) => (bits & ~(0xFFul << shift)) | ((ulong)value << shift);
}
