using System.Text;
using Halyard.Benchmarks.Naive;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Clients as the scenarios need them.</summary>
internal static class BenchClient
{
    /// <summary>A client with that data and nothing that changes it, and the way into its data.</summary>
    public static async Task<(Client Client, IDataDestination Destination)> StartAsync(DataSet data)
    {
        OneShotSource? source = null;
        var client = await Client.StartAsync(new() { DataSystem = DataSystem.FromSynchronizer(context => source = new(context.Status, data)) });
        return (client, source!.Destination);
    }

    /// <summary>Makes sure that both give the same answers, all flags for several contexts: who answers wrongly is not compared.</summary>
    public static void ExpectSameAnswers(Client client, NaiveClient naive)
    {
        foreach (var text in Payload.ContextTexts.Take(10))
        {
            var (context, naiveContext) = (Context.FromJson(text), new NaiveContext(text));
            foreach (var flag in naive.Store.Flags())
            {
                var detail = client.JsonVariationDetail(flag.Key, context, Value.Null);
                var other = naive.Detail(flag.Key, naiveContext);
                var value = other.Value is { } json ? JsonText.Parse(Encoding.UTF8.GetBytes(json.GetRawText())) : Value.Null;
                if (detail.Value != value || detail.VariationIndex != other.Index || detail.Reason.ToString().Split('(')[0] != other.Reason)
                {
                    throw new InvalidOperationException($"{flag.Key} differs: {detail} and {other}.");
                }
            }
        }
    }
}
