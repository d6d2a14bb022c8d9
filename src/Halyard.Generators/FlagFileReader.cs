using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Halyard.FlagGeneration;

/// <summary>Finds the flags of a file and what their values are.</summary>
internal static class FlagFileReader
{
    private const int ShownVariations = 6;
    private const int ShownCharacters = 40;

    /// <summary>Reads a file; of a key that is there several times the first counts.</summary>
    public static (IReadOnlyList<FlagShape> Flags, IReadOnlyList<FileFault> Faults) Read(AdditionalText file, CancellationToken cancellationToken)
    {
        var flags = new List<FlagShape>();
        var faults = new List<FileFault>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (file.GetText(cancellationToken) is not { } text)
        {
            faults.Add(new(Rules.Unreadable.Id, file.Path, default, default, "The file cannot be read."));
            return (flags, faults);
        }

        try
        {
            var root = JsonParser.Parse(text.ToString());
            var (whole, values) = (root.Find("flags"), root.Find("flagValues"));
            if (whole is not { Kind: JsonKind.Object } && values is not { Kind: JsonKind.Object })
            {
                faults.Add(Fault(Rules.Unreadable, root.Position, root.Position, "This is no flag file: it has neither \"flags\" nor \"flagValues\". YAML is not read here; 'halyard pull --file flags.yaml > flags.json' makes JSON of it."));
                return (flags, faults);
            }

            foreach (var (key, flag) in Members(whole).Where(static member => member.Value.Find("deleted") is not { Kind: JsonKind.True }))
            {
                Add(key, flag, flag.Find("variations"), OffIndex(flag), IsForFrontEnds(flag));
            }

            foreach (var (key, value) in Members(values))
            {
                var only = new JsonNode(JsonKind.Array, value.Position, value.End) { Members = [("", value)] };
                Add(key, value, only, 0, isForFrontEnds: false);
            }
        }
        catch (JsonFault fault)
        {
            faults.Add(Fault(Rules.Unreadable, fault.Position, fault.Position, $"This is no JSON: {fault.Message} YAML is not read here; 'halyard pull --file flags.yaml > flags.json' makes JSON of it."));
        }

        return (flags, faults);

        void Add(string key, JsonNode flag, JsonNode? variations, int off, bool isForFrontEnds)
        {
            if (!seen.Add(key))
            {
                return;
            }

            if (variations is not { Kind: JsonKind.Array, Members.Count: > 0 })
            {
                faults.Add(Fault(Rules.NoMember, flag.Position, flag.Position, key, "it has no variations."));
                return;
            }

            var (type, isMixed) = TypeOf(variations);
            if (isMixed)
            {
                faults.Add(Fault(Rules.SeveralTypes, variations.Position, variations.End, key));
            }

            var defaultCode = DefaultOf(type, off >= 0 && off < variations.Members.Count ? variations.Members[off].Value : null);
            flags.Add(new(key, type, defaultCode, Summary(variations, type, off, isForFrontEnds, text)));
        }

        FileFault Fault(DiagnosticDescriptor rule, int from, int to, params string[] arguments)
        {
            var span = TextSpan.FromBounds(Math.Min(from, text.Length), Math.Min(to, text.Length));
            return new(rule.Id, file.Path, span, text.Lines.GetLinePositionSpan(span), arguments);
        }
    }

    private static IReadOnlyList<(string Name, JsonNode Value)> Members(JsonNode? node) => node is { Kind: JsonKind.Object } ? node.Members : [];

    private static int OffIndex(JsonNode flag) =>
        flag.Find("offVariation") is { Kind: JsonKind.Number } index && int.TryParse(index.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var off) ? off : -1;

    private static bool IsForFrontEnds(JsonNode flag) =>
        (flag.Find("clientSideAvailability")?.Find("usingEnvironmentId") ?? flag.Find("clientSide")) is { Kind: JsonKind.True };

    private static (FlagType Type, bool IsMixed) TypeOf(JsonNode variations)
    {
        FlagType? all = null;
        foreach (var (_, value) in variations.Members)
        {
            var type = TypeOfValue(value);
            all = all is null || all == type ? type
                : all is FlagType.Int or FlagType.Long or FlagType.Double && type is FlagType.Int or FlagType.Long or FlagType.Double
                    ? (FlagType)Math.Max((int)all.Value, (int)type)
                : null;
            if (all is null)
            {
                return (FlagType.Json, true);
            }
        }

        return (all ?? FlagType.Json, false);
    }

    private static FlagType TypeOfValue(JsonNode value) => value.Kind switch
    {
        JsonKind.True or JsonKind.False => FlagType.Bool,
        JsonKind.Text => FlagType.Text,
        JsonKind.Number when int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => FlagType.Int,
        JsonKind.Number when long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => FlagType.Long,
        JsonKind.Number => FlagType.Double,
        _ => FlagType.Json,
    };

    private static string DefaultOf(FlagType type, JsonNode? off) => type switch
    {
        FlagType.Bool => off is { Kind: JsonKind.True } ? "true" : "false",
        FlagType.Text => SymbolDisplay.FormatLiteral(off?.Text ?? "", quote: true),
        FlagType.Int => off is null ? "0" : int.Parse(off.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        FlagType.Long => off is null ? "0L" : LongCode(long.Parse(off.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        FlagType.Double => off is null ? "0D" : DoubleCode(off.Text),
        _ => "default",
    };

    // Its digits alone are no literal of a long.
    private static string LongCode(long value) => value == long.MinValue ? "long.MinValue" : value.ToString(CultureInfo.InvariantCulture) + "L";

    // Beyond the range of a double the runtime's reader gives the greatest finite one.
    private static string DoubleCode(string text)
    {
        var isFinite = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !double.IsInfinity(value);
        return isFinite ? value.ToString("R", CultureInfo.InvariantCulture) + "D" : text[0] == '-' ? "double.MinValue" : "double.MaxValue";
    }

    private static string Summary(JsonNode variations, FlagType type, int off, bool isForFrontEnds, SourceText text)
    {
        var shown = variations.Members.Take(ShownVariations).Select(variation => Shown(text, variation.Value)).ToList();
        if (variations.Members.Count > ShownVariations)
        {
            shown.Add($"{variations.Members.Count - ShownVariations} more");
        }

        var summary = type == FlagType.Bool ? "true or false." : $"{string.Join(", ", shown)}.";
        if (off >= 0 && off < variations.Members.Count)
        {
            summary += $" Off: {Shown(text, variations.Members[off].Value)}.";
        }

        return isForFrontEnds ? summary + " Front ends may see it." : summary;
    }

    private static string Shown(SourceText text, JsonNode value)
    {
        var json = text.ToString(TextSpan.FromBounds(value.Position, Math.Min(value.End, value.Position + ShownCharacters)));
        json = string.Join(" ", json.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return value.End - value.Position > ShownCharacters ? json + "…" : json;
    }
}
