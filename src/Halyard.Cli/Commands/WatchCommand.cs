using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary><c>halyard watch</c>: values as they change.</summary>
internal static class WatchCommand
{
    // How often ages are redrawn while nothing changes.
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(500);

    // How often a store is looked at, which announces nothing.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Create(CliEnvironment environment)
    {
        var flags = new Argument<string[]>("flag") { Description = "The flags; all flags without any.", Arity = ArgumentArity.ZeroOrMore };
        var duration = DurationOption.Create();
        var source = new SourceArguments(new StoreArguments());
        var command = new CliCommand("watch", "Watch flags change for a context: a live table, or a line for each change when the output is redirected.")
        {
            Examples =
            [
                ("halyard watch --file samples/flags.json --key u-ada", "watch a file while editing it"),
                ("halyard watch winter-sale --stream http://127.0.0.1:8765 --sdk-key any --key u-ada", "watch one flag of a running server"),
                ("halyard watch --stream http://127.0.0.1:8765 --sdk-key any --key u-ada --for 60 > changes.log", "log the changes of a minute"),
            ],
            Notes =
            [
                "Exit codes:",
                "  0  ended by Ctrl+C or --for",
                "  2  the command line is wrong",
                "  3  the source cannot be reached or gave no data",
                "",
                .. SecretText.Notes,
            ],
        };
        command.AddArgument(flags);
        source.AddTo(command, withContext: true);
        command.Add(duration);
        command.SetAction((result, cancellationToken) =>
            RunAsync(environment, source, result, result.GetValue(flags) ?? [], result.GetValue(duration), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliEnvironment environment, SourceArguments source, ParseResult arguments, string[] flags, double? seconds, CancellationToken cancellationToken)
    {
        DurationOption.Check(seconds);
        var context = source.ReadContext(arguments);
        try
        {
            await using var client = await source.StartClientAsync(arguments, follow: true, environment, cancellationToken);
            using var limit = DurationOption.Start(seconds, environment);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            var watch = new Watch(environment, client, context, new WatchBoard(flags), source.Describe(arguments));
            await watch.RunAsync(end.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C while connecting.
        }

        return ExitCode.Ok;
    }

    private sealed class Watch(CliEnvironment environment, Client client, Context context, WatchBoard board, string source)
    {
        // One pending signal says all: a look at the client takes in everything that happened before it.
        private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private readonly Channel<DataSourceStatus> _states = Channel.CreateUnbounded<DataSourceStatus>();

        public async Task RunAsync(CancellationToken end)
        {
            client.FlagChanges.Changed += OnFlagChange;
            client.DataSourceStatus.Changed += OnStatus;
            try
            {
                // After listening began, so that no change falls in between.
                Update();
                if (environment.IsTerminal)
                {
                    await environment.Console.Live(Draw()).Overflow(VerticalOverflow.Ellipsis).StartAsync(live => RedrawAsync(live, end));
                }
                else
                {
                    await PrintAsync(end);
                }
            }
            finally
            {
                client.FlagChanges.Changed -= OnFlagChange;
                client.DataSourceStatus.Changed -= OnStatus;
            }
        }

        private void OnFlagChange(FlagChange change) => _signals.Writer.TryWrite(true);

        private void OnStatus(DataSourceStatus status)
        {
            _states.Writer.TryWrite(status);
            _signals.Writer.TryWrite(true);
        }

        private DateTimeOffset Now => environment.TimeProvider.GetUtcNow();

        private IReadOnlyList<WatchedFlag> Update() => board.Update(FlagReading.All(client, context), Now);

        private Spectre.Console.Rendering.IRenderable Draw() => WatchTable.Draw(board, client.DataSourceStatus.Current, source, Now, environment.Console.Profile.Width);

        private async Task RedrawAsync(LiveDisplayContext live, CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                Update();
                live.UpdateTarget(Draw());
                await Task.WhenAny(_signals.Reader.WaitToReadAsync(end).AsTask(), Task.Delay(Redraw, environment.TimeProvider, end));
                _signals.Reader.TryRead(out _);
            }
        }

        private async Task PrintAsync(CancellationToken end)
        {
            Print($"{source}: {WatchTable.Describe(client.DataSourceStatus.Current, Now)}");
            foreach (var flag in board.Flags)
            {
                Print(flag.Now is { } now ? $"{flag.Key} = {now.Value}  {now.Reason}  version {now.Version}" : $"{flag.Key}: no such flag");
            }

            using var looks = client.LazyLoadStatistics is not null
                ? environment.TimeProvider.CreateTimer(_ => _signals.Writer.TryWrite(true), null, Look, Look)
                : null;
            try
            {
                while (await _signals.Reader.WaitToReadAsync(end))
                {
                    _signals.Reader.TryRead(out _);
                    while (_states.Reader.TryRead(out var status))
                    {
                        Print($"{source}: {WatchTable.Name(status.State)}{(status.State is DataSourceState.Valid ? "" : $"; {status.LastError?.Message}")}");
                    }

                    foreach (var flag in Update())
                    {
                        Print(flag.Now is { } now ? $"{flag.Key}: {flag.Change}  {now.Reason}  version {now.Version}" : $"{flag.Key}: {flag.Change}");
                    }
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The watch is over.
            }
        }

        private void Print(string line) => environment.Output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{environment.TimeProvider.GetLocalNow():HH:mm:ss.fff} {line}"));
    }
}
