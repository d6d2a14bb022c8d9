using System.Runtime.CompilerServices;
using System.Text;

namespace Halyard.Fuzzing;

/// <summary>The details of a promise, which are put together only when it is not kept.</summary>
[InterpolatedStringHandler]
internal readonly ref struct PromiseDetails
{
    private readonly StringBuilder? _text;

    public PromiseDetails(int literalLength, int formattedCount, bool holds, out bool isWanted)
    {
        isWanted = !holds;
        _text = holds ? null : new StringBuilder(literalLength + (formattedCount * 16));
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value) => _text!.Append(value);

    public override string ToString() => _text?.ToString() ?? "";
}
