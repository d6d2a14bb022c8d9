using System.Globalization;
using System.Text;
using CsCheck;
using Halyard.DataComponents;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>The whole source, from the bytes of its connections to what it writes and asks for, against a reference model.</summary>
public sealed class Fdv2ModelTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(1234);

    /// <summary>
    /// Several connections, each with random events (I full, C changes, N none, X unknown intent, a..e put, A, B delete,
    /// T transferred, E error, G goodbye, ? unknown kind, . heartbeat, ! what is not JSON), and cut after a random part
    /// of its bytes, in the middle of an event as often as not.
    /// </summary>
    private static readonly Gen<(string Events, int Permille)[]> Connections = Gen.Select(
        Gen.Frequency(
            (2, Gen.Const('I')), (2, Gen.Const('C')), (1, Gen.Const('N')), (6, Gen.Char['a', 'e']), (3, Gen.Char['A', 'B']), (6, Gen.Const('T')),
            (1, Gen.Const('E')), (1, Gen.Const('.')), (1, Gen.Const('?')), (1, Gen.Const('X')), (1, Gen.Const('G')), (1, Gen.Const('!'))).Array[0, 16].Select(c => new string(c)),
        Gen.Frequency((1, Gen.Const(1000)), (2, Gen.Int[0, 1000]))).Array[1, 5];

    [Fact]
    public async Task However_connections_are_cut_what_is_written_and_asked_for_is_what_was_transferred() => await Connections.SampleAsync(
        async connections =>
        {
            await using var it = new SourceFixture();
            var model = new Model();
            foreach (var (events, permille) in connections)
            {
                var texts = events.Select(name => EventOf(name, model.NextNumber()).ToString()).ToArray();
                var bytes = Encoding.UTF8.GetBytes(string.Concat(texts));
                var cut = bytes.Length * permille / 1000;
                it.Service.ThenStreamOf(Encoding.UTF8.GetString(bytes, 0, cut));
                model.Connect(events, texts, cut);
            }

            await it.Fdv2StreamAsync(o => (o.InitialReconnectDelay, o.MaxReconnectDelay) = (Delay, Delay));
            for (var ended = 1; ended <= connections.Length; ended++)
            {
                await it.Time.PassAsync(Delay, ended);
            }

            var last = await it.Service.Requests.EntryAsync(connections.Length + 1);
            Assert.Equal([.. model.Asked, model.Basis], it.Service.Requests.Entries.Select(r => r.RequestUri!.Query));
            Assert.Equal(model.Basis, last.RequestUri!.Query);

            // Each write leads from one state of the model to the next, and none between is ever shown.
            var store = new MemoryStore();
            var shown = new List<string>();
            foreach (ChangeSet changes in it.Destination.Writes.Entries)
            {
                store.Apply(changes);
                shown.Add(string.Join(' ', store.AllFlags().OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + f.Version)) + " @" + store.Snapshot.Selector.State);
            }

            Assert.Equal(model.Shown, shown);
        },
        iter: 150,
        print: connections => string.Join(" / ", connections.Select(c => $"{c.Events} cut at {c.Permille}")));

    private static WireEvent EventOf(char name, int number) => name switch
    {
        'I' => WireEvent.Full,
        'C' => WireEvent.Changes,
        'N' => WireEvent.UpToDate,
        'X' => WireEvent.Intent("xfer-magic"),
        'T' => WireEvent.Transferred("s" + number, number),
        'E' => WireEvent.Error(),
        'G' => WireEvent.Goodbye(),
        '?' => WireEvent.Put("e", number, "e"),
        '.' => new("heartbeat", "{}"),
        '!' => new("put-object", "{"),
        >= 'a' and <= 'z' => WireEvent.Put(name.ToString(), number),
        _ => WireEvent.Delete(char.ToLowerInvariant(name).ToString(), number),
    };

    /// <summary>What is right, as plain as can be.</summary>
    private sealed class Model
    {
        private readonly SortedDictionary<string, int> _data = new(StringComparer.Ordinal);
        private string _state = "";
        private int _made;
        private int _numbered;

        /// <summary>What each connection asked for.</summary>
        public List<string> Asked { get; } = [];

        /// <summary>What was to be seen after each write.</summary>
        public List<string> Shown { get; } = [];

        public string Basis => _state.Length == 0 ? "" : "?basis=" + _state;

        public int NextNumber() => ++_made;

        public void Connect(string events, string[] texts, int cut)
        {
            Asked.Add(Basis);
            var intent = ' ';
            var pending = new List<(string Key, int? Version)>();
            var end = 0;
            for (var i = 0; i < events.Length; i++)
            {
                var (name, number) = (events[i], _numbered + i + 1);
                end += Encoding.UTF8.GetByteCount(texts[i]);
                if (end > cut)
                {
                    break;
                }

                if (name is 'I' or 'C' or 'N')
                {
                    intent = name == 'I' ? 'I' : 'C';
                    pending.Clear();
                    if (name == 'N')
                    {
                        Show();
                    }
                }
                else if (name is 'E')
                {
                    pending.Clear();
                }
                else if (name is >= 'a' and <= 'e')
                {
                    pending.Add((name.ToString(), number));
                }
                else if (name is 'A' or 'B')
                {
                    pending.Add((char.ToLowerInvariant(name).ToString(), null));
                }
                else if (name is 'T' && intent != ' ')
                {
                    Commit(intent == 'I', pending);
                    _state = string.Create(CultureInfo.InvariantCulture, $"s{number}");
                    intent = 'C';
                    Show();
                }
                else if (name is 'T' or 'X' or 'G' or '!')
                {
                    break; // The client leaves.
                }

                if (intent == ' ')
                {
                    pending.Clear(); // What no transfer announced counts for nothing.
                }
            }

            _numbered += events.Length;
        }

        private void Commit(bool isFull, List<(string Key, int? Version)> pending)
        {
            if (isFull)
            {
                _data.Clear();
            }

            foreach (var (key, version) in pending)
            {
                _data.Remove(key);
                if (version is not null)
                {
                    _data[key] = version.Value;
                }
            }

            pending.Clear();
        }

        private void Show() => Shown.Add(string.Join(' ', _data.Select(item => item.Key + item.Value)) + " @" + _state);
    }
}
