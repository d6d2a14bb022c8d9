using System.Globalization;
using System.Net;
using System.Text;

namespace Halyard.Benchmarks.Suite;

/// <summary>
/// Every ratio of the results as a bar on a logarithmic scale: from the line of the reference to the left for less cost
/// (time, bytes, or seconds for each of a rate) and to the right for more, with a mark at the goal.
/// </summary>
internal static class SvgPlot
{
    private const int Width = 1160;
    private const int BarsLeft = 520;
    private const int BarsRight = Width - 90;
    private const int RowHeight = 21;
    private const int HeadingHeight = 34;
    private const int Top = 92;
    private const int Bottom = 46;

    private const string Ink = "#1f2328";
    private const string Faint = "#d0d7de";
    private const string Met = "#1a7f37";
    private const string NotMet = "#cf222e";
    private const string NoGoal = "#57606a";

    public static string Draw(Results results)
    {
        var groups = results.Scenarios
            .Select(static scenario => (scenario.Title, Bars: scenario.Comparisons().Where(static comparison => comparison.Cost is > 0).ToList()))
            .Where(static group => group.Bars.Count > 0)
            .ToList();
        var scale = new Scale([.. groups.SelectMany(static group => group.Bars)]);
        var rows = groups.Sum(static group => HeadingHeight + (RowHeight * group.Bars.Count));
        var height = Top + rows + Bottom;

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"13\" fill=\"{Ink}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        Text(svg, 20, 32, "Halyard: cost as a multiple of the reference", size: 20, weight: "bold");
        Text(svg, 20, 56, "Measured in the same run; logarithmic. Left of the line: less than the reference. Rates are shown as cost, so less is better everywhere.");
        Legend(svg);
        Grid(svg, scale, height);

        var y = Top;
        foreach (var (title, bars) in groups)
        {
            Text(svg, 20, y + 23, title, size: 14, weight: "bold");
            y += HeadingHeight;
            foreach (var bar in bars)
            {
                Bar(svg, scale, bar, y);
                y += RowHeight;
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void Bar(StringBuilder svg, Scale scale, Comparison bar, int y)
    {
        var cost = bar.Cost!.Value;
        var (one, end) = (scale.X(1), scale.X(cost));
        var colour = bar.Met switch { true => Met, false => NotMet, null => NoGoal };
        Text(svg, BarsLeft - 60, y + 14, Shorten($"{bar.Figure.Work}: {bar.Figure.Subject} / {bar.Figure.Reference}"), anchor: "end", size: 12);
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Math.Min(one, end):0.0}\" y=\"{y + 3}\" width=\"{Math.Max(1.5, Math.Abs(end - one)):0.0}\" height=\"{RowHeight - 7}\" rx=\"2\" fill=\"{colour}\"/>\n");
        if (bar.Figure.GoalRatio is > 0 and var goal)
        {
            var x = scale.X(bar.IsRate ? 1 / goal : goal);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x:0.0} {y}v{RowHeight - 1}\" stroke=\"{Ink}\" stroke-width=\"2\" stroke-dasharray=\"3 2\"/>\n");
        }

        var left = end < one;
        Text(svg, end + (left ? -5 : 5), y + 14, MarkdownReport.Times(cost), anchor: left ? "end" : "start", size: 12, weight: "bold");
    }

    private static void Legend(StringBuilder svg)
    {
        var x = 20;
        foreach (var (colour, words) in new[] { (Met, "goal met"), (NotMet, "goal not met"), (NoGoal, "no goal") })
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"67\" width=\"14\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>\n");
            Text(svg, x + 20, 78, words, size: 12);
            x += 120;
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x + 5} 65v16\" stroke=\"{Ink}\" stroke-width=\"2\" stroke-dasharray=\"3 2\"/>\n");
        Text(svg, x + 15, 78, "goal", size: 12);
    }

    private static void Grid(StringBuilder svg, Scale scale, int height)
    {
        foreach (var (value, major) in scale.Lines())
        {
            var x = scale.X(value);
            var (colour, width) = value == 1 ? (Ink, 1.5) : (Faint, major ? 1 : 0.5);
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x:0.0} {Top}V{height - Bottom + 4}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n");
            if (major)
            {
                Text(svg, x, height - Bottom + 22, value == 1 ? "reference" : MarkdownReport.Times(value), anchor: "middle", size: 12);
            }
        }
    }

    private static void Text(
        StringBuilder svg, double x, double y, string text, string anchor = "start", int size = 13, string weight = "normal") =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{y:0.0}\" text-anchor=\"{anchor}\" font-size=\"{size}\" font-weight=\"{weight}\">{WebUtility.HtmlEncode(text)}</text>\n");

    private static string Shorten(string text) => text.Length <= 74 ? text : text[..73] + "…";

    /// <summary>From ratios to places, whole powers of ten at both ends.</summary>
    private sealed class Scale
    {
        private readonly int _least;
        private readonly int _most;

        public Scale(IReadOnlyList<Comparison> bars)
        {
            var costs = bars.Select(static bar => bar.Cost!.Value).DefaultIfEmpty(1).ToList();
            _least = Math.Min(-1, (int)Math.Floor(Math.Log10(costs.Min())));
            _most = Math.Max(1, (int)Math.Ceiling(Math.Log10(costs.Max())));
        }

        public double X(double ratio) =>
            BarsLeft + ((Math.Clamp(Math.Log10(ratio), _least, _most) - _least) / (_most - _least) * (BarsRight - BarsLeft));

        public IEnumerable<(double Value, bool Major)> Lines()
        {
            for (var power = _least; power <= _most; power++)
            {
                yield return (Math.Pow(10, power), true);
                foreach (var part in new[] { 2, 5 })
                {
                    if (power < _most)
                    {
                        yield return (part * Math.Pow(10, power), false);
                    }
                }
            }
        }
    }
}
