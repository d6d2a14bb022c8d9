using System.Text;
using CsCheck;
using Halyard.Cli;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Tests.Cli;

public class PayloadHistoryTests
{
    private const int Limit = 8;

    private static readonly Gen<(int Key, int Value, bool Segment)> Edit = Gen.Select(Gen.Int[0, 4], Gen.Int[-1, 3], Gen.Bool);

    [Fact]
    public void From_any_state_a_transfer_leads_to_the_newest_data() => Edit.Array[0, 30].Sample(edits =>
    {
        var repository = new FlagRepository();
        var snapshots = new List<RepositorySnapshot> { repository.Current };
        foreach (var (key, value, segment) in edits)
        {
            var kind = segment ? DataKind.Segment : DataKind.Flag;
            if (repository.Apply([Item(kind, "k" + key, value)]) is not null)
            {
                snapshots.Add(repository.Current);
            }
        }

        var history = new PayloadHistory(Limit);
        var newest = repository.Current;
        foreach (var held in snapshots)
        {
            var transfer = history.Plan(history.Selector(held.Revision), newest);
            var data = transfer.Code == PayloadTransfer.Full ? [] : Data(held);
            foreach (var item in transfer.Items)
            {
                if (item.Json is { } json)
                {
                    data[(item.Kind, item.Key)] = Encoding.UTF8.GetString(json);
                }
                else
                {
                    Assert.Equal(PayloadTransfer.Changes, transfer.Code);
                    data.Remove((item.Kind, item.Key));
                }
            }

            Assert.Equal(Data(newest), data);
            Assert.Equal(newest.Revision, transfer.Revision);
            Assert.Equal(
                held == newest ? PayloadTransfer.None : newest.Revision - held.Revision <= Limit ? PayloadTransfer.Changes : PayloadTransfer.Full,
                transfer.Code);
            // Nothing is sent that did not change.
            Assert.All(transfer.Items, item => Assert.True(transfer.Code == PayloadTransfer.Full || item.Revision > held.Revision));
        }
    });

    [Fact]
    public void The_whole_payload_is_put_into_words_once_for_each_revision()
    {
        var repository = new FlagRepository();
        repository.Apply([Item(DataKind.Flag, "a", 1)]);
        var history = new PayloadHistory(0);
        var first = history.Plan(null, repository.Current);
        var again = history.Plan("nonsense", repository.Current);
        Assert.Equal((first.Frames, first.Body, first.BodyGzip), (again.Frames, again.Body, again.BodyGzip));

        var state = history.Selector(repository.Current.Revision);
        repository.Apply([Item(DataKind.Flag, "a", 2)]);
        var late = history.Plan(state, repository.Current);
        var missing = history.Plan(null, repository.Current);
        Assert.Equal(("cant-catchup", "payload-missing"), (late.Reason, missing.Reason));
        Assert.All([late, missing], transfer =>
        {
            Assert.Contains($"\"reason\":\"{transfer.Reason}\"", Encoding.UTF8.GetString(transfer.Frames.Span), StringComparison.Ordinal);
            Assert.Contains("\"salt\":\"2\"", Encoding.UTF8.GetString(transfer.Frames.Span), StringComparison.Ordinal);
            Assert.Contains("\"salt\":\"2\"", Encoding.UTF8.GetString(transfer.Body.Span), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void No_text_is_taken_for_a_state_unless_it_was_given_out() => Gen.String.Sample(text =>
    {
        var history = new PayloadHistory(Limit);
        foreach (var basis in new[] { text, history.PayloadId + text, $"(p:{history.PayloadId}:{text}", $"(p:{text}:0)" })
        {
            Assert.Equal("payload-missing", history.Plan(basis, RepositorySnapshot.Empty).Reason);
        }
    });

    private static Dictionary<(DataKind Kind, string Key), string> Data(RepositorySnapshot snapshot) =>
        snapshot.Live().ToDictionary(item => (item.Kind, item.Key), item => Encoding.UTF8.GetString(item.Json!));

    private static ItemDescriptor Item(DataKind kind, string key, int value) =>
        value < 0
            ? ItemDescriptor.Tombstone(kind, key, 1)
            : ModelReader.ReadItem(kind, key, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":1,"salt":"{{value}}"}"""));
}
