using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// An immutable JSON value: a flag's variation or a context's attribute. Two words wide, so scalars never allocate.
/// The default is JSON <c>null</c>. Thread-safe.
/// </summary>
public readonly struct Value : IEquatable<Value>
{
    // The reference tells the kind: a marker object for bool and number, the data itself for the others.
    private static readonly object BoolTag = new();
    private static readonly object NumberTag = new();

    private const long MaxSafeInteger = 1L << 53;

    private readonly object? _ref;
    private readonly double _number;

    private Value(object? reference, double number)
    {
        _ref = reference;
        _number = number;
    }

    /// <summary>JSON <c>null</c>.</summary>
    public static Value Null => default;

    /// <summary>JSON <c>true</c>.</summary>
    public static Value True => new(BoolTag, 1);

    /// <summary>JSON <c>false</c>.</summary>
    public static Value False => new(BoolTag, 0);

    /// <summary>The JSON type.</summary>
    public ValueKind Kind => _ref switch
    {
        null => ValueKind.Null,
        string => ValueKind.String,
        _ when ReferenceEquals(_ref, NumberTag) => ValueKind.Number,
        _ when ReferenceEquals(_ref, BoolTag) => ValueKind.Bool,
        Value[] => ValueKind.Array,
        NumberText => ValueKind.Number,
        _ => ValueKind.Object,
    };

    /// <summary>Whether this is JSON <c>null</c>.</summary>
    public bool IsNull => _ref is null;

    /// <summary>Whether this is a number.</summary>
    public bool IsNumber => ReferenceEquals(_ref, NumberTag) || _ref is NumberText;

    /// <summary>Whether this is <c>true</c> or <c>false</c>.</summary>
    public bool IsBool => ReferenceEquals(_ref, BoolTag);

    /// <summary>The boolean, or false when this is not one.</summary>
    public bool AsBool => IsBool && _number != 0;

    /// <summary>The number, or 0 when this is not one.</summary>
    public double AsDouble => IsNumber ? _number : 0;

    /// <summary>The number cut toward zero and saturated to the range of <see cref="int"/>, or 0 when this is not a number.</summary>
    public int AsInt => IsNumber ? (int)Math.Clamp(_number, int.MinValue, int.MaxValue) : 0;

    /// <summary>
    /// The number cut toward zero and saturated to the range of <see cref="long"/>, or 0 when this is not a number. Integers beyond 2^53 keep all
    /// their digits.
    /// </summary>
    public long AsLong => ExactNumberText is { } text ? JsonNumber.ToLong(text, _number) : IsNumber ? (long)_number : 0;

    /// <summary>The string, or null when this is not one.</summary>
    public string? AsString => _ref as string;

    /// <summary>The elements, or empty when this is not an array.</summary>
    public ImmutableArray<Value> AsArray => ImmutableCollectionsMarshal.AsImmutableArray(_ref as Value[] ?? []);

    /// <summary>The members in their order, or empty when this is not an object.</summary>
    public IReadOnlyDictionary<string, Value> AsObject => Members;

    /// <summary>The members as they are kept, or empty when this is not an object.</summary>
    internal ObjectMembers Members => _ref as ObjectMembers ?? ObjectMembers.Empty;

    /// <summary>The exact text of a number that a double cannot carry without loss; null otherwise.</summary>
    internal string? ExactNumberText => (_ref as NumberText)?.Text;

    /// <summary>The object that the value is, by which the same value is found again; null for <c>null</c>.</summary>
    internal object? Reference => _ref;

    /// <summary>Whether <see cref="Reference"/> is that of all values of the kind: booleans and ordinary numbers.</summary>
    internal bool IsShared => ReferenceEquals(_ref, NumberTag) || ReferenceEquals(_ref, BoolTag);

    internal ReadOnlySpan<Value> Elements => _ref as Value[];

    /// <summary>Makes a boolean.</summary>
    public static Value Of(bool value) => value ? True : False;

    /// <summary>Makes a number. Not-a-number and infinities have no JSON form and become <c>null</c>.</summary>
    public static Value Of(double value) => double.IsFinite(value) ? new(NumberTag, value) : Null;

    /// <summary>
    /// Makes a number from an integer. Beyond 2^53 a double cannot carry every integer; such a value keeps all its
    /// digits in JSON and in equality, while <see cref="AsDouble"/> is rounded.
    /// </summary>
    public static Value Of(long value) =>
        value is >= -MaxSafeInteger and <= MaxSafeInteger || IsExactDouble(value)
            ? Of((double)value)
            : OfExactNumber(value, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes a string; a null reference becomes JSON <c>null</c>.</summary>
    public static Value Of(string? value) => new(value, 0);

    /// <summary>Makes an array of a copy of the elements.</summary>
    public static Value Array(params ReadOnlySpan<Value> elements) => new(elements.ToArray(), 0);

    /// <summary>Makes an object of a copy of the members; a repeated name keeps its last value.</summary>
    public static Value Object(IEnumerable<KeyValuePair<string, Value>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return OwnedObject([.. members.Select(static member => new ObjectMember(member.Key, member.Value))]);
    }

    /// <summary>Takes ownership of the array: the caller must not keep or change it.</summary>
    internal static Value OwnedArray(Value[] elements) => new(elements, 0);

    /// <summary>Makes an object of members that the caller no longer changes; a repeated name keeps its last value.</summary>
    internal static Value OwnedObject(ObjectMember[] members) => new(ObjectMembers.Of(members), 0);

    /// <summary>A number whose JSON text must survive although a double rounds it, such as a 64-bit identifier.</summary>
    internal static Value OfExactNumber(double value, string text) => new(new NumberText(text), value);

    /// <summary>
    /// Stricter and cheaper than equality: the same bits, text or instance, so that either may take the other's place
    /// without any trace.
    /// </summary>
    internal bool IsIdenticalTo(in Value other) =>
        ReferenceEquals(_ref, other._ref)
            ? BitConverter.DoubleToInt64Bits(_number) == BitConverter.DoubleToInt64Bits(other._number)
            : _ref is string text && other._ref is string otherText && string.Equals(text, otherText);

    /// <summary>Whether this is an object of exactly these members in this order, each identical.</summary>
    internal bool HasIdenticalMembers(BufferPart<ObjectMember> members)
    {
        if (_ref is not ObjectMembers own || own.Count != members.Length)
        {
            return false;
        }

        var at = 0;
        foreach (var member in own.Own)
        {
            if (!string.Equals(member.Name, members[at].Name) || !member.Value.IsIdenticalTo(members[at].Value))
            {
                return false;
            }

            at++;
        }

        return true;
    }

    /// <summary>A hash that agrees with <see cref="IsIdenticalTo"/>.</summary>
    internal uint IdentityHash => _ref is string text
        ? KeyHash.Of(text)
        : (uint)(RuntimeHelpers.GetHashCode(_ref) ^ BitConverter.DoubleToInt64Bits(_number).GetHashCode());

    /// <summary>Looks up a member of an object.</summary>
    /// <returns>False when this is not an object or has no such member.</returns>
    public bool TryGetMember(string name, out Value value)
    {
        if (_ref is ObjectMembers members)
        {
            return members.TryGetValue(name, out value);
        }

        value = default;
        return false;
    }

    /// <summary>Converts a boolean.</summary>
    public static implicit operator Value(bool value) => Of(value);

    /// <summary>Converts a number.</summary>
    public static implicit operator Value(double value) => Of(value);

    /// <summary>Converts a number.</summary>
    public static implicit operator Value(int value) => Of((double)value);

    /// <summary>Converts a number; see <see cref="Of(long)"/>.</summary>
    public static implicit operator Value(long value) => Of(value);

    /// <summary>Converts a string.</summary>
    public static implicit operator Value(string? value) => Of(value);

    /// <summary>Deep JSON equality: strict in type, 1 equals 1.0, the order of object members does not matter.</summary>
    public bool Equals(Value other)
    {
        if (ReferenceEquals(_ref, other._ref))
        {
            return _number.Equals(other._number);
        }

        return (_ref, other._ref) switch
        {
            (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
            (Value[] a, Value[] b) => a.AsSpan().SequenceEqual(b),
            (ObjectMembers a, ObjectMembers b) => SameMembers(a, b),
            (NumberText a, NumberText b) => _number.Equals(other._number) && JsonNumber.Same(a.Text, b.Text),
            _ => IsNumber && other.IsNumber && _number.Equals(other._number),
        };
    }

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _ref switch
    {
        null => 0,
        string s => string.GetHashCode(s, StringComparison.Ordinal),
        Value[] elements => elements.Length == 0 ? 1 : HashCode.Combine(elements.Length, elements[0], elements[^1]),
        ObjectMembers members => members.Count,
        _ => HashCode.Combine(Kind, _number),
    };

    /// <summary>Deep JSON equality.</summary>
    public static bool operator ==(Value left, Value right) => left.Equals(right);

    /// <summary>Deep JSON inequality.</summary>
    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    /// <summary>The JSON text.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Bool => AsBool ? "true" : "false",
        ValueKind.Number => ExactNumberText ?? _number.ToString("R", CultureInfo.InvariantCulture),
        _ => JsonText.Of(this),
    };

    /// <summary>Writes the value as JSON; a number with the text it was read with.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        JsonText.Write(writer, this);
    }

    private static bool SameMembers(ObjectMembers a, ObjectMembers b)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        foreach (var member in a.Own)
        {
            if (!b.TryGetValue(member.Name, out var other) || !member.Value.Equals(other))
            {
                return false;
            }
        }

        return true;
    }

    // By its shortest text, as JSON writes it: 2^60 is exact, yet its shortest text ends in zeros that it does not have.
    private static bool IsExactDouble(long value) =>
        decimal.TryParse(((double)value).ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var shortest)
        && shortest == value;

    private sealed class NumberText(string text)
    {
        public string Text { get; } = text;
    }
}
