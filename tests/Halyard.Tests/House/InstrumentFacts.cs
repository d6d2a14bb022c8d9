namespace Halyard.Tests.House;

/// <summary>An instrument of the meter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">As the documentation calls it.</param>
/// <param name="Unit">As OpenTelemetry writes units.</param>
/// <param name="Tags">The keys of all tags that its measurements may bear, the client's name among them.</param>
internal sealed record InstrumentFacts(string Name, string Kind, string Unit, IReadOnlySet<string> Tags)
{
    /// <summary>The names of its series in Prometheus, as OpenTelemetry's exporters make them.</summary>
    public IEnumerable<string> InPrometheus()
    {
        var name = Escape(Name);
        var unit = Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            ['{', .., '}'] => "",
            _ => throw new InvalidOperationException($"The unit '{Unit}' of {Name} is not known here: what does Prometheus call it?"),
        };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return Kind switch
        {
            "counter" => [name + "_total"],
            "histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    /// <summary>What Prometheus makes of a name of OpenTelemetry's.</summary>
    public static string Escape(string name) => name.Replace('.', '_');
}
