using System.Globalization;
using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>Why a flag gives a context what it gives, in words, down to the clause that decided. Immutable.</summary>
internal sealed class FlagExplanation
{
    private readonly EvaluationDetail<Value> _detail;
    private readonly List<ExplainedStep> _steps = [];

    private FlagExplanation(string words, EvaluationDetail<Value> detail) => (Words, _detail) = (words, detail);

    private string Words { get; }

    /// <summary>Explains a flag; null when there is none.</summary>
    /// <param name="flags">All flags of one moment: a flag may change meanwhile, and with it the rule that a reason counts.</param>
    /// <param name="segments">The segments of the same moment.</param>
    /// <param name="key">The flag.</param>
    /// <param name="context">Whom it is evaluated for.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<FlagExplanation?> OfAsync(
        IReadOnlyCollection<ItemDescriptor<Flag>> flags,
        IReadOnlyCollection<ItemDescriptor<Segment>> segments,
        string key,
        Context context,
        CancellationToken cancellationToken)
    {
        if (flags.FirstOrDefault(item => item.Key == key)?.Item is not { } flag)
        {
            return null;
        }

        var client = await FixedData.OpenAsync(new(flags, segments), cancellationToken).ConfigureAwait(false);
        await using var ended = client.ConfigureAwait(false);
        var detail = client.JsonVariationDetail(key, context, Value.Null);
        var explanation = new FlagExplanation(InWords(flag, detail), detail);
        if (flag.On)
        {
            var clauses = await ClauseProbe.RunAsync(flag, segments, context, cancellationToken).ConfigureAwait(false);
            explanation.AddPrerequisites(client, flag, context);
            if (detail.Reason.Kind is not (EvaluationReasonKind.PrerequisiteFailed or EvaluationReasonKind.Error))
            {
                explanation.AddTargets(flag);
                explanation.AddRules(flag, clauses, new ClauseText(context));
            }
        }
        else
        {
            explanation._steps.Add(new("The flag is on", false) { Decides = true });
        }

        return explanation;
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("value"u8);
        _detail.Value.WriteTo(writer);
        writer.WritePropertyName("variation"u8);
        if (_detail.VariationIndex is { } variation)
        {
            writer.WriteNumberValue(variation);
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WritePropertyName("reason"u8);
        _detail.Reason.WriteTo(writer);
        writer.WriteString("words"u8, Words);
        writer.WriteStartArray("steps"u8);
        foreach (var step in _steps)
        {
            step.WriteTo(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string InWords(Flag flag, in EvaluationDetail<Value> detail)
    {
        var served = detail.VariationIndex is { } index
            ? string.Create(CultureInfo.InvariantCulture, $"variation {index} is served")
            : "no variation is served, and the application uses its default";
        return detail.Reason.Kind switch
        {
            EvaluationReasonKind.Off => $"The flag is off, so {served}.",
            EvaluationReasonKind.PrerequisiteFailed => $"The prerequisite {detail.Reason.PrerequisiteKey} does not serve what it must, so {served}.",
            EvaluationReasonKind.TargetMatch => $"The context is named by its key, so {served}.",
            EvaluationReasonKind.RuleMatch => string.Create(
                CultureInfo.InvariantCulture,
                $"Rule {detail.Reason.RuleIndex + 1} matches{Share(flag.Rules[detail.Reason.RuleIndex].Serve)}, so {served}."),
            EvaluationReasonKind.Fallthrough => $"Nothing that is more particular matches{Share(flag.Fallthrough)}, so {served}.",
            _ => $"The flag cannot be evaluated: {detail.Reason}.",
        };
    }

    private static string Share(VariationOrRollout serve) => serve.Rollout is null ? "" : ", and the context's share decides which variation";

    private void AddPrerequisites(Client client, Flag flag, Context context)
    {
        foreach (var prerequisite in flag.Prerequisites)
        {
            var gives = client.JsonVariationDetail(prerequisite.Key, context, Value.Null);
            var holds = gives.VariationIndex == prerequisite.Variation && gives.Reason.Kind != EvaluationReasonKind.Off;
            var now = gives.Reason.Kind switch
            {
                EvaluationReasonKind.Error => $"it cannot be evaluated, {gives.Reason}",
                EvaluationReasonKind.Off => "it is off",
                _ => string.Create(CultureInfo.InvariantCulture, $"it serves {gives.VariationIndex}"),
            };
            _steps.Add(new(string.Create(CultureInfo.InvariantCulture, $"The prerequisite {prerequisite.Key} serves variation {prerequisite.Variation}: {now}"), holds) { Decides = !holds });
            if (!holds)
            {
                return;
            }
        }
    }

    private void AddTargets(Flag flag)
    {
        var hit = _detail.Reason.Kind == EvaluationReasonKind.TargetMatch;
        if (hit || flag.Targets.Length + flag.ContextTargets.Length != 0)
        {
            _steps.Add(new("The context is named by its key", hit) { Decides = hit });
        }
    }

    private void AddRules(Flag flag, bool[][] clauses, ClauseText text)
    {
        if (_detail.Reason.Kind == EvaluationReasonKind.TargetMatch)
        {
            return;
        }

        for (var i = 0; i < flag.Rules.Length; i++)
        {
            var rule = flag.Rules[i];
            var matches = _detail.Reason.RuleIndex == i;
            var name = string.IsNullOrEmpty(rule.Id) ? "" : $" ({rule.Id})";
            var step = new ExplainedStep(string.Create(CultureInfo.InvariantCulture, $"Rule {i + 1}{name} matches"), matches) { Decides = matches };

            // The first clause that does not hold ends a rule.
            var failed = Array.IndexOf(clauses[i], false);
            for (var j = 0; j < rule.Clauses.Length; j++)
            {
                step.Parts.Add(new(text.Of(rule.Clauses[j]), clauses[i][j]) { Decides = matches || j == failed });
            }

            _steps.Add(step);
            if (matches)
            {
                return;
            }
        }

        _steps.Add(new("Everybody else", true) { Decides = true });
    }
}
