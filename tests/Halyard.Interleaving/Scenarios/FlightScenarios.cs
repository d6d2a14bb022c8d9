using Halyard.Concurrency;

namespace Halyard.Interleaving.Scenarios;

/// <summary>The fetches that many readers share.</summary>
internal static class FlightScenarios
{
    /// <summary>No key is fetched twice at once, whoever asks is answered, and nothing is left; alone, and gathered.</summary>
    public static Run Make(int largestBatch, bool isEnded)
    {
        var flights = new Flights(largestBatch);
        var answers = new List<PendingFetch<string, int>>();
        void Ask(params string[] keys)
        {
            foreach (var key in keys)
            {
                answers.Add(flights.JoinOrStart(key, 0, callerBlocks: false));
            }
        }

        var threads = new List<(string, Action)> { ("reader", () => Ask("a", "b")), ("reader", () => Ask("a")), ("reader", () => Ask("b")) };
        if (isEnded)
        {
            threads[2] = ("end", () => flights.CompleteAll(0));
        }

        return new(threads, () =>
        {
            Run.Require(answers.TrueForAll(static fetch => fetch.Task.IsCompletedSuccessfully), "a reader waits for ever");
            Run.Require(flights.UnderWay().Count == 0, "a fetch is left");
            Run.Require(!flights.WasTwice, "a key was fetched twice at once");
        });
    }

    private sealed class Flights(int largestBatch) : SingleFlight<string, int>(new StoreThreads("none"), largestBatch)
    {
        private readonly HashSet<string> _fetching = [];
        private readonly FetchGroup<string, int> _group = new();

        public bool WasTwice { get; private set; }

        protected override bool TryAnswer(string key, long now, out int answer)
        {
            answer = 0;
            return false;
        }

        protected override FetchGroup<string, int>? GroupOf(string key) => _group;

        protected override Task FetchAsync(FetchBatch<string, int> batch)
        {
            foreach (var fetch in batch.Fetches)
            {
                WasTwice |= !_fetching.Add(fetch.Key);
            }

            Engine.Schedule.Point("the store");
            foreach (var fetch in batch.Fetches)
            {
                _fetching.Remove(fetch.Key);
            }

            Complete(batch, 1);
            return Task.CompletedTask;
        }
    }
}
