using System.Diagnostics.Metrics;
using Halyard.Telemetry;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.Tests.House;

/// <summary>The instruments of the meter as they are: of what kind, in what unit, and with which tags they are written.</summary>
internal static class Instruments
{
    /// <summary>What each measurement of a client with a name bears.</summary>
    public const string ClientTag = HalyardMetrics.ClientTag;

    public static IReadOnlyList<InstrumentFacts> All { get; } = Find();

    private static InstrumentFacts[] Find()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = HalyardMetrics.Of(services.GetRequiredService<IMeterFactory>());
        var instruments = new List<Instrument>();
        var tags = new Dictionary<string, HashSet<string>>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter == metrics.CacheHits.Meter)
            {
                instruments.Add(instrument);
                tags[instrument.Name] = [];
                listening.EnableMeasurementEvents(instrument);
            }
        };
        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> measured)
        {
            foreach (var tag in measured)
            {
                tags[instrument.Name].Add(tag.Key);
            }
        }

        listener.SetMeasurementEventCallback<long>((instrument, _, measured, _) => Note(instrument, measured));
        listener.SetMeasurementEventCallback<double>((instrument, _, measured, _) => Note(instrument, measured));
        listener.Start();
        using (metrics.Watch(new EveryKindOfClient()))
        {
            listener.RecordObservableInstruments();
        }

        foreach (var (property, written) in Written())
        {
            var instrument = (Instrument)typeof(HalyardMetrics).GetProperty(property)!.GetValue(metrics)!;
            tags[instrument.Name].UnionWith(written);
            tags[instrument.Name].Add(ClientTag);
        }

        return [.. instruments.Select(instrument => new InstrumentFacts(instrument.Name, KindOf(instrument), instrument.Unit ?? "", tags[instrument.Name]))];
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        nameof(Counter<>) or nameof(ObservableCounter<>) => "counter",
        nameof(UpDownCounter<>) or nameof(ObservableUpDownCounter<>) => "up-down counter",
        nameof(Gauge<>) or nameof(ObservableGauge<>) => "gauge",
        nameof(Histogram<>) => "histogram",
        var other => other,
    };

    // Every call that adds to an instrument, and the tags that its sources show it is given: written there, or in what it names.
    private static IEnumerable<(string Property, IEnumerable<string> Tags)> Written() =>
        from tree in ProductSources.Instance.Trees
        from call in tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
        where call.Expression.ToString().Split('.')[^1] is "Add" or "Record"
        let instrument = call.ArgumentList.Arguments.FirstOrDefault()?.Expression as MemberAccessExpressionSyntax
        where instrument is { Expression: var owner } && owner.ToString().Split('.')[^1] is "Instruments" or "instruments"
        select (instrument.Name.Identifier.Text, call.ArgumentList.Arguments.Skip(1).SelectMany(argument => TagsIn(argument.Expression, tree)));

    private static IEnumerable<string> TagsIn(ExpressionSyntax argument, SyntaxTree tree)
    {
        var names = argument.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Select(name => name.Identifier.Text).ToHashSet();
        var meant = tree.GetRoot().DescendantNodes().Where(node => node switch
        {
            VariableDeclaratorSyntax variable => names.Contains(variable.Identifier.Text),
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax left } => names.Contains(left.Identifier.Text),
            MethodDeclarationSyntax method => names.Contains(method.Identifier.Text),
            _ => false,
        });
        return meant.Append(argument).SelectMany(node => node.DescendantNodesAndSelf()).OfType<MemberAccessExpressionSyntax>()
            .Where(access => access.Expression.ToString() == nameof(HalyardMetrics) && access.Name.Identifier.Text.EndsWith("Tag", StringComparison.Ordinal))
            .Select(access => (string)typeof(HalyardMetrics).GetField(access.Name.Identifier.Text)!.GetValue(null)!);
    }

    /// <summary>A client that has something to say for every instrument that is looked up.</summary>
    private sealed class EveryKindOfClient : IObservedClient
    {
        public string Name => "name";

        public DataSourceStatus Status { get; } = new(DataSourceState.Valid, default, null, null);

        public TimeSpan? Age => TimeSpan.FromSeconds(1);

        public string Source => "source";

        public (int Flags, int Segments) Items => (1, 1);

        public (int Flags, int Segments) Overrides => (1, 1);

        public long Connections => 1;

        public long ReceivedBytes => 1;

        public (int Waiting, long Merged) Listeners => (1, 1);

        public long Failures(DataSourceErrorKind kind) => 1;
    }
}
