using System.Text;
using System.Text.RegularExpressions;

namespace Halyard.Fuzzing.Targets;

/// <summary>References to attributes: every text gives one, and its path gives the text again.</summary>
internal static partial class AttributeTarget
{
    public static FuzzTarget Target { get; } = new("attribute", "a reference to an attribute", Run)
    {
        Words = ["/", "//", "~", "~0", "~1", "~2", "~01", "~10", "a", "/a", "/a/b", "kind", "key"],
        MostLength = 2 * 1024,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var reference = AttributeReference.Parse(text);
        Promise.Holds(reference.Text == text, "a reference keeps its text");
        Promise.Holds(reference.IsValid == IsValid(text), "a reference is valid by its text", $"{text} {reference.Error}");
        Promise.Holds(reference.Equals(AttributeReference.Parse(reference.PathText)), "a reference's path gives the same reference", $"{reference.PathText}");
        if (reference.IsValid)
        {
            var path = text[0] != '/' ? reference.Name : $"/{string.Join('/', new[] { reference.Name }.Concat(reference.Rest ?? []).Select(Escape))}";
            Promise.Same(text, path, "the parts give the text again");
        }

        var literal = AttributeReference.Literal(text);
        Promise.Holds(literal.IsValid == (text.Length > 0) && (!literal.IsValid || literal.Name == text), "a literal reference is its text");
        Promise.Holds(!literal.IsValid || AttributeReference.Parse(literal.PathText) is { IsValid: true, Rest: null } same && same.Name == text, "a literal reference has a path", $"{literal.PathText}");
    }

    private static bool IsValid(string text) =>
        text.Length > 0 && (text[0] != '/' || Path().IsMatch(text));

    [GeneratedRegex(@"\A(/([^/~]|~[01])+)+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Path();

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
