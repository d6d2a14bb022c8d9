using System.Globalization;
using System.Text;

namespace Halyard;

/// <summary>
/// Reads values of Redis' protocol, versions 2 and 3, as a listener needs them: texts and lists. Bounded in the size and
/// the depth of what it takes. For one reader at a time.
/// </summary>
/// <param name="stream">The connection.</param>
internal sealed class RespReader(Stream stream)
{
    /// <summary>What one value may be made of, in bytes; the names of a million keys are refused.</summary>
    public const int LongestValue = 8 << 20;

    private const int Deepest = 8;

    private readonly byte[] _buffer = new byte[1_024];
    private int _at;
    private int _end;
    private int _left;

    /// <summary>Reads the next value, waiting for it if need be.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">What came is not Redis' protocol, or too large.</exception>
    public async ValueTask<RespValue> ReadAsync(CancellationToken cancellationToken)
    {
        _left = LongestValue;
        return await ReadAsync(0, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<RespValue> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken).ConfigureAwait(false);
        if (line.Length == 0)
        {
            throw new InvalidDataException("The server's answer is not Redis' protocol: an empty line.");
        }

        var text = line[1..];
        switch (line[0])
        {
            case '+' or ':' or ',' or '#' or '(' or '-' or '_':
                return new(line[0], text, null);
            case '$' or '=' or '!':
                var length = Length(text);
                return new(line[0], length < 0 ? null : await TextAsync(length, cancellationToken).ConfigureAwait(false), null);
            case '*' or '>' or '~' or '%' or '|':
                var count = Length(text) * (line[0] is '%' or '|' ? 2L : 1L);
                return new(line[0], null, count < 0 ? null : await ItemsAsync(count, depth, cancellationToken).ConfigureAwait(false));
            default:
                throw new InvalidDataException($"The server's answer is not Redis' protocol: a value that begins with 0x{(int)line[0]:x2}.");
        }
    }

    private async ValueTask<RespValue[]> ItemsAsync(long count, int depth, CancellationToken cancellationToken)
    {
        if (depth == Deepest || count > _left)
        {
            throw new InvalidDataException("The server's answer is larger than a listener takes.");
        }

        // Grows with what arrives: the count is the server's word alone.
        var items = new List<RespValue>();
        for (var i = 0L; i < count; i++)
        {
            items.Add(await ReadAsync(depth + 1, cancellationToken).ConfigureAwait(false));
        }

        return [.. items];
    }

    private static int Length(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length)
        ? length
        : throw new InvalidDataException("The server's answer is not Redis' protocol: a length that is no number.");

    private async ValueTask<string> TextAsync(int length, CancellationToken cancellationToken)
    {
        if (length > _left)
        {
            throw new InvalidDataException("The server's answer is larger than a listener takes.");
        }

        var text = new MemoryStream();
        while (text.Length < length)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
            var part = Math.Min(length - (int)text.Length, _end - _at);
            text.Write(_buffer, _at, part);
            Take(part);
        }

        if (await LineAsync(cancellationToken).ConfigureAwait(false) != "")
        {
            throw new InvalidDataException("The server's answer is not Redis' protocol: a text without its end.");
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, length);
    }

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
            var next = (char)_buffer[_at];
            Take(1);
            if (next == '\n')
            {
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
            }

            line.Append(next);
        }
    }

    private void Take(int bytes)
    {
        _at += bytes;
        _left -= bytes;
        if (_left < 0)
        {
            throw new InvalidDataException("The server's answer is larger than a listener takes.");
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_at < _end)
        {
            return;
        }

        _at = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        if (_end == 0)
        {
            throw new IOException("Redis closed the connection.");
        }
    }
}
