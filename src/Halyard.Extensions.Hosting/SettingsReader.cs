using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Configuration;

namespace Halyard;

/// <summary>
/// Reads one section by hand, setting by setting: no reflection, and a name or value that means nothing is an error
/// with its full path, gathered with all others.
/// </summary>
internal sealed class SettingsReader(IConfiguration section, List<string> errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public void Text(string name, Action<string> set) => Parsed(name, "a text", static text => (text, true), set);

    public void Switch(string name, Action<bool> set) =>
        Parsed(name, "true or false", static text => (bool.TryParse(text, out var value) && value, bool.TryParse(text, out _)), set);

    public void Time(string name, Action<TimeSpan> set) => Parsed(
        name,
        "a time such as 00:00:05",
        static text => text is "-1" or "infinite"
            ? (Timeout.InfiniteTimeSpan, true)
            : (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : default, IsTime(text)),
        set);

    public void Number(string name, Action<long> set) => Parsed(
        name,
        "a whole number",
        static text => Parse<long>(text, NumberStyles.AllowLeadingSign),
        set);

    /// <summary>A whole number of the usual size.</summary>
    public void Count(string name, Action<int> set) => Parsed(
        name,
        "a whole number",
        static text => Parse<int>(text, NumberStyles.AllowLeadingSign),
        set);

    public void Fraction(string name, Action<double> set) => Parsed(
        name,
        "a number such as 0.1",
        static text => Parse<double>(text, NumberStyles.Float),
        set);

    /// <summary>Whether what the section is about is wanted. Said in a setting, since configuration knows no empty sections.</summary>
    /// <param name="turnOff">Called when it is not.</param>
    public void Enabled(Action turnOff) => Switch("Enabled", value =>
    {
        if (!value)
        {
            turnOff();
        }
    });

    public void Address(string name, Action<Uri> set) => Parsed(
        name,
        "an absolute address such as https://flags.example.com",
        static text => (Uri.TryCreate(text, UriKind.Absolute, out var value) ? value : null!, Uri.TryCreate(text, UriKind.Absolute, out _)),
        set);

    /// <summary>One of a few words; upper and lower case are the same.</summary>
    public void Choice<T>(string name, Action<T> set)
        where T : struct, Enum => Parsed(
        name,
        $"one of {string.Join(", ", Enum.GetNames<T>())}",
        static text => Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? (value, true)
            : (default, false),
        set);

    /// <summary>A list, or a single value in its place.</summary>
    public void List(string name, Action<string> add)
    {
        _known.Add(name);
        var list = section.GetSection(name);
        foreach (var entry in list.Value is null ? list.GetChildren() : [list])
        {
            if (string.IsNullOrEmpty(entry.Value))
            {
                errors.Add($"{entry.Path} is empty.");
            }
            else
            {
                add(entry.Value);
            }
        }
    }

    /// <summary>Names and values.</summary>
    public void Map(string name, Action<string, string> add)
    {
        _known.Add(name);
        foreach (var entry in section.GetSection(name).GetChildren())
        {
            add(entry.Key, entry.Value ?? "");
        }
    }

    /// <summary>A section inside, when it is there.</summary>
    public void Section(string name, Action<SettingsReader> read)
    {
        _known.Add(name);
        var inner = section.GetSection(name);
        if (!inner.Exists())
        {
            return;
        }

        if (!string.IsNullOrEmpty(inner.Value))
        {
            errors.Add($"{inner.Path} is {Shown(inner.Value)}; it must be a section.");
            return;
        }

        var reader = new SettingsReader(inner, errors);
        read(reader);
        reader.End();
    }

    /// <summary>A list of sections, when it is there.</summary>
    public void Sections(string name, Action begin, Action<SettingsReader> read)
    {
        _known.Add(name);
        var list = section.GetSection(name);
        if (!list.Exists())
        {
            return;
        }

        begin();
        var inner = new SettingsReader(list, errors);
        foreach (var child in list.GetChildren())
        {
            inner.Section(child.Key, read);
        }

        inner.End();
    }

    /// <summary>Says what is wrong with the section as a whole.</summary>
    public void Error(string problem) => errors.Add($"{((IConfigurationSection)section).Path} {problem}");

    public void Error(string name, string problem) => errors.Add($"{section.GetSection(name).Path} {problem}");

    /// <summary>Counts every setting as known: an earlier error left open which ones belong here.</summary>
    public void Skip() => _known.UnionWith(section.GetChildren().Select(static child => child.Key));

    /// <summary>Reports every setting that was not read, as an error.</summary>
    public void End()
    {
        foreach (var child in section.GetChildren())
        {
            if (!_known.Contains(child.Key))
            {
                var meant = Similar.To(child.Key, _known) is { } similar ? $"did you mean {similar}? There" : "there";
                errors.Add($"{child.Path} is no setting; {meant} are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
            }
        }
    }

    // A bare "5" would be read as five days, which is hardly ever meant.
    private static (T Value, bool IsValid) Parse<T>(string text, NumberStyles style)
        where T : struct, INumberBase<T>
    {
        var isValid = T.TryParse(text, style, CultureInfo.InvariantCulture, out var value);
        return (value, isValid);
    }

    private static bool IsTime(string text) => text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _);

    private void Parsed<T>(string name, string expected, Func<string, (T Value, bool IsValid)> parse, Action<T> set)
    {
        _known.Add(name);
        var setting = section.GetSection(name);
        if (setting.Value is not { Length: > 0 } text)
        {
            if (setting.GetChildren().Any())
            {
                errors.Add($"{setting.Path} is a section; it must be {expected}.");
            }

            return;
        }

        var (value, isValid) = parse(text.Trim());
        if (isValid)
        {
            set(value);
        }
        else
        {
            errors.Add($"{setting.Path} is {Shown(text)}; it must be {expected}.");
        }
    }

    // An address with a user may have a password too, and so may a connection string.
    private static string Shown(string text) =>
        text.Contains('@', StringComparison.Ordinal) || text.Contains("password", StringComparison.OrdinalIgnoreCase) ? "not valid" : $"'{text}'";
}
