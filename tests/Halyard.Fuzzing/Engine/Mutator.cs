using System.Text;

namespace Halyard.Fuzzing;

/// <summary>
/// Makes inputs out of a target's seeds. The input of a seed and a number is always the same, and none depends on the one
/// before, so that each can be made again alone. Not thread-safe.
/// </summary>
internal sealed class Mutator
{
    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "1.0", "1e0", "7e-1", "0.5", "1e309", "-1e309", "1e-400", "127", "128", "255", "256", "32767", "65536",
        "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999999999999999999", "0.1234567890123456789012345678901234567890", "00", "01", "1.", ".5", "+1", "1e", "1e+", "--1", "NaN",
        "253402300800000", "-62135596800001", "-62135596800000",
    ];

    private static readonly string[] JsonValues =
    [
        "null", "true", "false", "{}", "[]", "\"\"", "\"a\"", "[null]", "{\"a\":null}", "[[]]", "[{}]", "{\"\":{}}", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude00\"", "[1,\"a\",null]", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\u00e9\u4e2d\ud83d\ude00\"", "{\"key\":\"k\",\"version\":1}",
        "{\"version\":2,\"deleted\":true}", "{\"a\":1,\"a\":2}",
    ];

    private const string Marks = " {}[]\",:\\\n\r0-.ue'/~=&*?()|\t\0";

    // Not UTF-8, each in another way: a lone continuation, one too few, an overlong form, half of a pair, beyond Unicode.
    private static readonly byte[][] BadUtf8 =
        [[0x80], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFE], [0xFF]];

    private static readonly string[] Halves = ["\\ud800", "\\udfff", "\\uD83D", "\\ud83d\\ude00", "\\ude00\\ud83d", "\\ud800\\u0041", "\\u0000", "\\u00e9", "\\u", "\\ud8", "\\x"];

    private static readonly int[] Depths = [1, 2, 8, 60, 63, 64, 65, 66, 127, 128, 129, 200, 500, 998, 999, 1000, 1001, 1100, 2000];

    private readonly FuzzTarget _target;
    private readonly IReadOnlyList<byte[]> _seeds;
    private readonly byte[][] _words;
    private readonly Randomness _random = new();
    private readonly InputText _text;

    public Mutator(FuzzTarget target, IReadOnlyList<byte[]> seeds)
    {
        _target = target;
        _seeds = seeds;
        _words = [.. target.Words.Concat(target.IsJson ? JsonValues : Numbers).Select(Encoding.UTF8.GetBytes)];
        _text = new(target.MostLength);
    }

    /// <summary>The input of a seed and a number, good until the next call. The first ones are the target's own seeds.</summary>
    public ReadOnlySpan<byte> Make(ulong seed, long index)
    {
        if (index < _seeds.Count)
        {
            return _seeds[(int)index];
        }

        _random.Begin(seed, index);
        _text.Begin(_random.Of(_seeds));
        for (var changes = _random.Length(16); changes > 0; changes--)
        {
            if (_target.IsJson && !_random.OneIn(4))
            {
                ChangeValue();
            }
            else
            {
                ChangeBytes();
            }
        }

        return _text.Bytes;
    }

    private int Place() => _random.Below(_text.Length + 1);

    private void ChangeBytes()
    {
        var at = Place();
        var length = Math.Min(_random.Length(256), _text.Length - at);
        switch (_random.Below(16))
        {
            case 0 when length > 0:
                _text.Set(at, (byte)(_text.Bytes[at] ^ (1 << _random.Below(8))));
                break;
            case 1 when length > 0:
                _text.Set(at, (byte)_random.Below(256));
                break;
            case 2 when length > 0:
                _text.Set(at, (byte)Marks[_random.Below(Marks.Length)]);
                break;
            case 3 or 4:
                _text.Insert(at, _random.Of(_words));
                break;
            case 5:
                _text.Replace(at, length, _random.Of(_words));
                break;
            case 6:
                _text.Remove(at, length);
                break;
            case 7:
                _text.Insert(Place(), _text.Bytes.Slice(at, length));
                break;
            case 8 when _random.OneIn(3):
                _text.Cut(at);
                break;
            case 9:
                Splice(at);
                break;
            case 10 or 11:
                ChangeNumber(at);
                break;
            case 12 when _random.OneIn(3):
                Nest(at, Math.Min(at + length, _text.Length));
                break;
            case 13:
                _text.Insert(at, Encoding.UTF8.GetBytes(_random.Of(Halves)));
                break;
            case 14:
                _text.Insert(at, _random.Of(BadUtf8));
                break;
            case 15 when _random.OneIn(8):
                Repeat(at, length);
                break;
        }
    }

    // A whole value or member: what is made is JSON again if it was.
    private void ChangeValue()
    {
        if (!JsonSpans.TryFind(_text.Bytes, Place(), out var start, out var end))
        {
            return;
        }

        if (JsonSpans.IsName(_text.Bytes, end))
        {
            ChangeMember(start, end);
            return;
        }

        switch (_random.Below(8))
        {
            case 0 or 1:
                _text.Replace(start, end - start, Encoding.UTF8.GetBytes(_random.Of(JsonValues)));
                break;
            case 2:
                _text.Replace(start, end - start, Encoding.UTF8.GetBytes(_random.Of(Numbers)));
                break;
            case 3 when _target.Words.Count > 0:
                _text.Replace(start, end - start, Encoding.UTF8.GetBytes($"\"{_random.Of(_target.Words)}\""));
                break;
            case 4:
                _text.Replace(start, end - start, ValueOf(_random.Of(_seeds)));
                break;
            case 5:
                _text.Replace(start, end - start, ValueOf(_text.Bytes));
                break;
            case 6 when _random.OneIn(4):
                Nest(start, end);
                break;
            case 7 when _text.Bytes[start] is (byte)'{' or (byte)'[' && end - start > 2:
                _text.Insert(start + 1, _text.Bytes[start] == '[' ? "null,"u8 : "\"a\":[],"u8);
                break;
        }
    }

    private void ChangeMember(int start, int end)
    {
        var colon = end + _text.Bytes[end..].IndexOf((byte)':');
        if (!JsonSpans.TryFind(_text.Bytes, colon + 1, out _, out var memberEnd))
        {
            return;
        }

        switch (_random.Below(4))
        {
            case 0 when _target.Words.Count > 0:
                _text.Replace(start, end - start, Encoding.UTF8.GetBytes($"\"{_random.Of(_target.Words)}\""));
                break;
            case 1:
                var comma = memberEnd < _text.Length && _text.Bytes[memberEnd] == ',' ? 1 : 0;
                _text.Remove(start, memberEnd - start + comma);
                break;
            default:
                byte[] twice = [.. _text.Bytes[start..memberEnd], (byte)','];
                _text.Insert(start, twice);
                break;
        }
    }

    private ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> text) =>
        text.Length > 0 && JsonSpans.TryFind(text, _random.Below(text.Length), out var start, out var end) ? text[start..end] : "0"u8;

    private void ChangeNumber(int at)
    {
        while (at < _text.Length && !char.IsAsciiDigit((char)_text.Bytes[at]))
        {
            at++;
        }

        var end = at;
        while (end < _text.Length && char.IsAsciiDigit((char)_text.Bytes[end]))
        {
            end++;
        }

        _text.Replace(at, end - at, Encoding.UTF8.GetBytes(_random.Of(Numbers)));
    }

    private void Splice(int at)
    {
        var other = _random.Of(_seeds).AsSpan();
        var from = _random.Below(other.Length + 1);
        _text.Replace(at, _text.Length - at, other[from..]);
    }

    private void Nest(int start, int end)
    {
        var (open, close) = _random.Below(3) switch { 0 => ("[", "]"), 1 => ("{\"a\":", "}"), _ => ("(", ")") };
        var depth = _random.Of(Depths);
        _text.Insert(end, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(close, _random.OneIn(8) ? depth - 1 : depth))));
        _text.Insert(start, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, depth))));
    }

    private void Repeat(int at, int length)
    {
        var part = _text.Bytes.Slice(at, length).ToArray();
        for (var times = _random.Length(256); times > 0 && _text.Length < _target.MostLength; times--)
        {
            _text.Insert(at, part);
        }
    }
}
