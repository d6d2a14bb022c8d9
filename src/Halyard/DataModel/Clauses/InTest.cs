using Halyard.Model;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// The operator <c>in</c>: JSON equality with a string, a number or a boolean. Null, arrays and objects match
/// nothing, as in the reference evaluator.
/// </summary>
internal sealed class InTest : ClauseTest
{
    // A scan of fewer numbers is no slower than a binary search.
    private const int SortFrom = 8;

    private readonly KeySet _strings;
    private readonly double[] _numbers;
    private readonly Value[] _exactNumbers; // those that a double rounds: compared by their digits
    private readonly bool _true;
    private readonly bool _false;

    private InTest(KeySet strings, double[] numbers, Value[] exactNumbers, bool hasTrue, bool hasFalse)
    {
        _strings = strings;
        _numbers = numbers;
        _exactNumbers = exactNumbers;
        _true = hasTrue;
        _false = hasFalse;
    }

    public static ClauseTest Of(Value[] values)
    {
        int strings = 0, numbers = 0, exactNumbers = 0;
        bool hasTrue = false, hasFalse = false;
        foreach (var value in values)
        {
            switch (value.Kind)
            {
                case ValueKind.String:
                    strings++;
                    break;
                case ValueKind.Number when value.ExactNumberText is null:
                    numbers++;
                    break;
                case ValueKind.Number:
                    exactNumbers++;
                    break;
                case ValueKind.Bool when value.AsBool:
                    hasTrue = true;
                    break;
                case ValueKind.Bool:
                    hasFalse = true;
                    break;
            }
        }

        if (strings == values.Length && strings is > 1 and <= FewStrings.Most)
        {
            return new FewStrings(values);
        }

        var stringArray = strings == 0 ? [] : new string[strings];
        var numberArray = numbers == 0 ? [] : new double[numbers];
        var exactArray = exactNumbers == 0 ? [] : new Value[exactNumbers];
        foreach (var value in values)
        {
            if (value.AsString is { } text)
            {
                stringArray[^strings--] = text;
            }
            else if (value.IsNumber)
            {
                if (value.ExactNumberText is null)
                {
                    numberArray[^numbers--] = value.AsDouble;
                }
                else
                {
                    exactArray[^exactNumbers--] = value;
                }
            }
        }

        if (numberArray.Length >= SortFrom)
        {
            Array.Sort(numberArray);
        }

        if (values.Length == 1 && stringArray.Length == 1)
        {
            return new OneString(stringArray[0]);
        }

        var keys = stringArray.Length == 0 ? KeySet.Empty : new KeySet(stringArray);
        return stringArray.Length == values.Length
            ? new StringsOnly(keys)
            : new InTest(keys, numberArray, exactArray, hasTrue, hasFalse);
    }

    public override bool Matches(in Value value)
    {
        if (value.AsString is { } text)
        {
            return _strings.Contains(text);
        }

        return value.IsNumber ? MatchesNumber(value) : value.IsBool && (value.AsBool ? _true : _false);
    }

    private bool MatchesNumber(in Value value)
    {
        var number = value.AsDouble;
        if (_numbers.Length >= SortFrom ? Array.BinarySearch(_numbers, number) >= 0 : _numbers.AsSpan().Contains(number))
        {
            return true;
        }

        foreach (ref readonly var candidate in _exactNumbers.AsSpan())
        {
            if (candidate.Equals(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The common case: every clause value is a string.</summary>
    private sealed class StringsOnly(KeySet strings) : ClauseTest
    {
        public override bool Matches(in Value value) => value.AsString is { } text && strings.Contains(text);
    }

    /// <summary>A few strings, as they lie in the clause: no set is made of them.</summary>
    private sealed class FewStrings(Value[] values) : ClauseTest
    {
        public const int Most = 4;

        public override bool Matches(in Value value)
        {
            if (value.AsString is not { } text)
            {
                return false;
            }

            foreach (var candidate in values)
            {
                if (string.Equals(candidate.AsString, text))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The commonest case of all, without the way through a set.</summary>
    private sealed class OneString(string text) : ClauseTest
    {
        public override bool Matches(in Value value) => string.Equals(value.AsString, text);
    }
}
