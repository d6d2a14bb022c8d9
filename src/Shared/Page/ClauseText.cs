using System.Text.Json;
using Halyard.Model;

namespace Halyard;

/// <summary>Says clauses in words, with what the context has to them.</summary>
internal sealed class ClauseText
{
    private const int MostValues = 5;
    private const int LongestValue = 60;

    private readonly Context _context;

    public ClauseText(Context context) => _context = context;

    /// <summary>A clause as a statement.</summary>
    public string Of(Clause clause)
    {
        var values = string.Join(", ", clause.Values.Take(MostValues).Select(Short)) + (clause.Values.Length > MostValues ? $" or {clause.Values.Length - MostValues} more" : "");
        var any = clause.Values.Length > 1 ? " one of" : "";
        if (clause.Op == "segmentMatch")
        {
            return $"the context is {(clause.Negate ? "not " : "")}in {(clause.Values.Length > 1 ? "one of the segments" : "the segment")} {values}";
        }

        var kind = clause.ContextKind ?? Context.DefaultKind;
        var attribute = clause.Attribute?.Text ?? "(no attribute)";
        var verb = (clause.Op, clause.Negate) switch
        {
            ("in", false) => "is" + any,
            ("in", true) => any.Length == 0 ? "is not" : "is none of",
            ("startsWith", _) => "begins with" + any,
            ("endsWith", _) => "ends with" + any,
            ("contains", _) => "contains" + any,
            ("matches", _) => "matches" + any,
            ("lessThan", _) => "is less than",
            ("lessThanOrEqual", _) => "is at most",
            ("greaterThan", _) => "is greater than",
            ("greaterThanOrEqual", _) => "is at least",
            ("before", _) => "is before",
            ("after", _) => "is after",
            ("semVerEqual", _) => "is the version",
            ("semVerLessThan", _) => "is a version below",
            ("semVerGreaterThan", _) => "is a version above",
            _ => clause.Op,
        };
        var sentence = $"{kind}.{attribute} {verb} {values}";
        if (clause.Negate && clause.Op != "in")
        {
            sentence = "it is not so that " + sentence;
        }

        return $"{sentence}: {Has(clause, kind, attribute)}";
    }

    private string Has(Clause clause, string kind, string attribute)
    {
        if (attribute == "kind")
        {
            return $"the context is of {(_context.IsMulti ? "the kinds " + string.Join(", ", _context.Members.Select(static one => one.Kind)) : "the kind " + _context.Kind)}";
        }

        var single = _context.IsMulti ? _context.Members.FirstOrDefault(one => one.Kind == kind) : _context.Kind == kind ? _context : null;
        if (single is null)
        {
            return $"the context has no {kind}";
        }

        using var json = JsonDocument.Parse(single.ToJson(), ObjectText.AnyDepth);
        var found = json.RootElement;
        foreach (var part in Parts(clause.Attribute!))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found) || found.ValueKind == JsonValueKind.Null)
            {
                return $"the {kind} has no {attribute}";
            }
        }

        return $"it is {Short(found.GetRawText())}";
    }

    private static string[] Parts(AttributeReference reference) => !reference.Text.StartsWith('/')
        ? [reference.Text]
        : [.. reference.Text[1..].Split('/').Select(static part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    private static string Short(Value value) => Short(value.ToString());

    private static string Short(string text) => text.Length <= LongestValue ? text : text[..LongestValue] + "...";
}
