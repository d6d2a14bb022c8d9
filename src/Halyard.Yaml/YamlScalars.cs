using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Halyard;

/// <summary>What scalars mean: the core schema of YAML 1.2 (chapter 10.3).</summary>
internal static partial class YamlScalars
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    public static void Write(Utf8JsonWriter writer, YamlScalar scalar)
    {
        switch (scalar.Tag)
        {
            case null when scalar.IsPlain:
                if (!TryWriteNull(writer, scalar) && !TryWriteBool(writer, scalar) && !TryWriteInt(writer, scalar) && !TryWriteFloat(writer, scalar))
                {
                    writer.WriteStringValue(scalar.Text);
                }

                break;
            case null or "!" or TagPrefix + "str":
                writer.WriteStringValue(scalar.Text);
                break;
            case TagPrefix + "null":
                Expect(scalar, TryWriteNull(writer, scalar), "null");
                break;
            case TagPrefix + "bool":
                Expect(scalar, TryWriteBool(writer, scalar), "a boolean");
                break;
            case TagPrefix + "int":
                Expect(scalar, TryWriteInt(writer, scalar), "an integer");
                break;
            case TagPrefix + "float":
                Expect(scalar, TryWriteInt(writer, scalar) || TryWriteFloat(writer, scalar), "a number");
                break;
            default:
                throw scalar.Error($"the tag {scalar.Tag} is not supported");
        }
    }

    private static void Expect(YamlScalar scalar, bool written, string what)
    {
        if (!written)
        {
            throw scalar.Error($"\"{scalar.Text}\" is tagged as {what}, but is none");
        }
    }

    private static bool TryWriteNull(Utf8JsonWriter writer, YamlScalar scalar)
    {
        if (scalar.Text is not ("" or "~" or "null" or "Null" or "NULL"))
        {
            return false;
        }

        writer.WriteNullValue();
        return true;
    }

    private static bool TryWriteBool(Utf8JsonWriter writer, YamlScalar scalar)
    {
        bool? value = scalar.Text switch
        {
            "true" or "True" or "TRUE" => true,
            "false" or "False" or "FALSE" => false,
            _ => null,
        };
        if (value is { } known)
        {
            writer.WriteBooleanValue(known);
        }

        return value is not null;
    }

    private static bool TryWriteInt(Utf8JsonWriter writer, YamlScalar scalar)
    {
        var text = scalar.Text;
        if (Decimal().IsMatch(text))
        {
            // Digits stay as they are, so that no identifier of any length is rounded; JSON allows no leading zero or plus.
            var digits = text.TrimStart('+', '-').TrimStart('0');
            writer.WriteRawValue(digits.Length == 0 ? "0" : text[0] == '-' ? "-" + digits : digits, skipInputValidation: true);
            return true;
        }

        if (Octal().IsMatch(text))
        {
            var value = BigInteger.Zero;
            foreach (var digit in text.AsSpan(2))
            {
                value = (value << 3) + (digit - '0');
            }

            writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
            return true;
        }

        if (Hexadecimal().IsMatch(text))
        {
            // The leading zero keeps the highest digit from reading as a sign.
            var value = BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture), skipInputValidation: true);
            return true;
        }

        return false;
    }

    private static bool TryWriteFloat(Utf8JsonWriter writer, YamlScalar scalar)
    {
        var text = scalar.Text;
        if (NotFinite().IsMatch(text))
        {
            throw scalar.Error($"{text} is not a number that flag data can hold; quote it if it is meant as text");
        }

        var match = Float().Match(text);
        if (!match.Success)
        {
            return false;
        }

        if (!double.IsFinite(double.Parse(text, CultureInfo.InvariantCulture)))
        {
            throw scalar.Error($"{text} is out of the range of numbers; quote it if it is meant as text");
        }

        // As JSON spells it: digits on both sides of the point, no leading zeros, no plus before it.
        var whole = match.Groups["whole"].Value.TrimStart('0');
        var fraction = match.Groups["fraction"].Value;
        writer.WriteRawValue(
            (text[0] == '-' ? "-" : "") + (whole.Length == 0 ? "0" : whole)
            + (fraction.Length == 0 ? "" : "." + fraction) + match.Groups["exponent"].Value,
            skipInputValidation: true);
        return true;
    }

    [GeneratedRegex(@"\A[-+]?[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"\A0o[0-7]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Octal();

    [GeneratedRegex(@"\A0x[0-9a-fA-F]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"\A(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"\A[-+]?(?:(?<whole>[0-9]+)(?:\.(?<fraction>[0-9]*))?|\.(?<fraction>[0-9]+))(?<exponent>[eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Float();
}
