using System.Text;
using Halyard.DataModel.Clauses;

namespace Halyard.Fuzzing.Targets;

/// <summary>Two versions, a line each: read and compared as the standard says, in both directions.</summary>
internal static class VersionTarget
{
    public static FuzzTarget Target { get; } = new("version", "two semantic versions, a line each", Run)
    {
        Words = [".", "-", "+", "-alpha", "-rc.1", "-0", "-01", "+001", "1.2.3", "0.0.0", "01", "-a.b", "-1.a", "18446744073709551616", "\n", "--", ".."],
        MostLength = 512,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n', 2);
        var (isFirst, first, plainFirst) = Read(lines[0]);
        var (isSecond, second, plainSecond) = Read(lines[^1]);
        if (!isFirst || !isSecond)
        {
            return;
        }

        var expected = plainFirst!.CompareTo(plainSecond!);
        Promise.Holds(Math.Sign(first.CompareTo(second)) == expected, "versions compare as the standard says", $"{first.CompareTo(second)} and not {expected}");
        Promise.Holds(Math.Sign(second.CompareTo(first)) == -expected, "versions compare in both directions");

        // It compares the version that the text says with this one.
        Promise.Holds(!first.TryCompareNumbers(lines[^1], out var order) || Math.Sign(order) == -expected, "plain numbers compare as versions do", $"{order} and not {-expected}");
    }

    private static (bool IsVersion, SemanticVersion Version, PlainVersion? Plain) Read(string text)
    {
        var isVersion = SemanticVersion.TryParse(text, out var version);
        var plain = PlainVersion.Of(text);
        Promise.Holds(isVersion == plain is not null, "a version is one by the standard", $"{text}");
        return (isVersion, version, plain);
    }
}
