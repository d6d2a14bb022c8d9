using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Halyard.Tests.Hosting;

/// <summary>What the documentation of the core says of its members, as plain text.</summary>
internal static partial class Documentation
{
    private static readonly Dictionary<string, XElement> Members =
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Halyard.xml")).Descendants("member").ToDictionary(static member => member.Attribute("name")!.Value);

    /// <summary>The summary of a property.</summary>
    public static string Of(Type type, string property)
    {
        var summary = Members[$"P:{type.FullName}.{property}"].Element("summary")!;
        foreach (var reference in summary.Descendants().Where(static element => element.Attribute("cref") is not null || element.Attribute("langword") is not null).ToList())
        {
            var target = (reference.Attribute("langword") ?? reference.Attribute("cref"))!.Value;
            reference.ReplaceWith(reference.Value.Length != 0 ? reference.Value : Name(target));
        }

        return Blanks().Replace(summary.Value, " ").Trim();
    }

    // "M:Halyard.Client.StartAsync(System.Threading.CancellationToken)" is Client.StartAsync.
    private static string Name(string target)
    {
        var name = target[(target.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('(')[0];
        return string.Join('.', name.Split('.')[^(target.StartsWith("T:", StringComparison.Ordinal) || !name.Contains('.', StringComparison.Ordinal) ? 1 : 2)..]);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
