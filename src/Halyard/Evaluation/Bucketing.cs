using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Halyard.Evaluation;

/// <summary>
/// Places a context in [0, 1] by a hash of one attribute, in the arithmetic that all servers and SDKs share: a context
/// must get the same variation from each of them.
/// </summary>
internal static class Bucketing
{
    /// <summary>What weights add up to.</summary>
    public const float TotalWeight = 100_000f;

    // The longest decimal text of a long, with its sign.
    private const int MaxDigits = 20;
    private const int StackLimit = 512;
    private const int MaxBytesPerChar = 3;

    // 0xFFFFFFFFFFFFFFF as a float32 is exactly two to the 60th, so dividing by it loses nothing.
    private const float Scale = 0xFFF_FFFF_FFFF_FFFFL;

    /// <summary>
    /// The bucket of an attribute's value; 0 when it is neither text nor an integral number: only these two
    /// have a text that all SDKs agree on.
    /// </summary>
    [SkipLocalsInit]
    public static float Of(long? seed, string key, string salt, in Value value)
    {
        var text = value.AsString;
        long number = 0;
        if (text is null && !TryIntegral(value, out number))
        {
            return 0;
        }

        var limit = (((seed is null ? key.Length + salt.Length : 0) + (text?.Length ?? 0)) * MaxBytesPerChar) + (2 * MaxDigits) + 2;
        byte[]? rented = null;
        var buffer = limit <= StackLimit ? stackalloc byte[StackLimit] : rented = ArrayPool<byte>.Shared.Rent(limit);
        int length;
        if (seed is { } given)
        {
            given.TryFormat(buffer, out length, default, CultureInfo.InvariantCulture);
        }
        else
        {
            length = Encoding.UTF8.GetBytes(key, buffer);
            buffer[length++] = (byte)'.';
            length += Encoding.UTF8.GetBytes(salt, buffer[length..]);
        }

        buffer[length++] = (byte)'.';
        if (text is null)
        {
            number.TryFormat(buffer[length..], out var digits, default, CultureInfo.InvariantCulture);
            length += digits;
        }
        else
        {
            length += Encoding.UTF8.GetBytes(text, buffer[length..]);
        }

        // From a signed integer the conversion rounds once; from an unsigned one it may go through a double and round twice.
        var bucket = (float)(long)Sha1Prefix.First60Bits(buffer[..length]) / Scale;
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return bucket;
    }

    private static bool TryIntegral(in Value value, out long number)
    {
        var exact = value.AsDouble;
        number = (long)exact;

        // The limits of long as doubles: the upper one is just outside of the range.
        return value.IsNumber && exact >= long.MinValue && exact < -(double)long.MinValue && number == exact;
    }
}
