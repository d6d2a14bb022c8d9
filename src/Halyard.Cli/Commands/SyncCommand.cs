using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary><c>halyard sync</c>: fills a persistent store from a source, once or for as long as it runs.</summary>
internal static class SyncCommand
{
    // Shorter than the library's default, so that a person who watches sees a wiped store being filled again.
    private static readonly TimeSpan MarkerCheck = TimeSpan.FromSeconds(5);

    private const int NamedItems = 3;

    public static Command Create(CliEnvironment environment)
    {
        var source = new SourceArguments(stores: null);
        var store = new StoreArguments();
        var from = new Option<string?>("--from") { Description = "The kind of source, where its address does not say it. With stream, poll or service and no address: LaunchDarkly's own service.", HelpName = "file|stream|poll|service" };
        var to = new Option<string?>("--to") { Description = "The kind of store, where its address does not say it. With redis and no address: localhost:6379.", HelpName = "redis|dynamodb|sqlite|postgres|consul" };
        from.AcceptOnlyFromAmong(SourceArguments.File, SourceArguments.Stream, SourceArguments.Poll, SourceArguments.Service);
        to.AcceptOnlyFromAmong(StoreArguments.Redis, StoreArguments.DynamoDB, StoreArguments.Sqlite, StoreArguments.Postgres, StoreArguments.Consul);
        var createTable = new Option<bool>("--create-table") { Description = "Print the statements that make PostgreSQL's tables, and do nothing else; for users who may not make any." };
        var follow = new Option<bool>("--follow") { Description = "Keep the store up to date until Ctrl+C, and fill it again if it is wiped." };
        var duration = DurationOption.Create();
        var command = new CliCommand("sync", "Copy the flags of a file or service into a persistent store, for Lazy Load clients to read.")
        {
            Examples =
            [
                ("halyard sync --file samples/flags.json --sqlite flags.db", "fill an SQLite file once"),
                ("halyard sync --from stream --to redis --follow", "keep a local Redis up to date with LaunchDarkly"),
                ("halyard sync --stream http://127.0.0.1:8765 --sdk-key any --redis localhost:6379 --prefix dev --follow", "keep it up to date with a server of your own"),
                ("halyard sync --poll https://relay.example.org --dynamodb flags --region eu-west-1", "fill a DynamoDB table once"),
                ("halyard sync --postgres Host=db;Database=app --create-table", "print the statements that make the tables"),
            ],
            Notes =
            [
                "Once, the store is made to hold what the source holds, and nothing else under its prefix.",
                "With --follow, later changes are written unless the store has the same or a newer version.",
                "",
                "Exit codes:",
                "  0  the store is up to date",
                "  1  the store could not be written",
                "  2  the command line is wrong",
                "  3  the source cannot be reached or gave no data; the store is untouched",
                "",
                .. SecretText.Notes,
            ],
        };
        command.Add(from);
        source.AddTo(command, withContext: false);
        command.Add(to);
        store.AddTo(command, "Write to");
        command.Add(createTable);
        command.Add(follow);
        command.Add(duration);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(createTable))
            {
                environment.Output.WriteLine(store.Read(result, result.GetValue(to)) is { Store: PostgresStore postgres }
                    ? postgres.CreateTableSql
                    : throw new CliException("--create-table belongs to --postgres.", ExitCode.Usage));
                return ExitCode.Ok;
            }

            var seconds = result.GetValue(duration);
            DurationOption.Check(seconds);
            var follows = result.GetValue(follow);
            if (seconds is not null && !follows)
            {
                throw new CliException("--for belongs to --follow.", ExitCode.Usage);
            }

            var (name, options) = source.ReadSource(result, follows, result.GetValue(from));
            var (storeName, target) = store.Read(result, result.GetValue(to)) ?? throw new CliException(
                "Say which store to fill: one of " + StoreArguments.Choice + ".", ExitCode.Usage);
            var run = new SyncRun(environment, source, result, name, options, storeName, target);
            return follows ? await run.FollowAsync(seconds, cancellationToken) : await run.OnceAsync(cancellationToken);
        });
        return command;
    }

    private sealed class SyncRun(
        CliEnvironment environment, SourceArguments source, ParseResult arguments, string name, ClientOptions options, string storeName, IPersistentStore store)
    {
        public async Task<int> OnceAsync(CancellationToken cancellationToken)
        {
            if (!environment.IsTerminal)
            {
                await CopyAsync(null, cancellationToken);
                return ExitCode.Ok;
            }

            string? summary = null;
            await environment.Console.Progress()
                .AutoClear(true)
                .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
                .StartAsync(async progress => summary = await CopyAsync(progress, cancellationToken));
            environment.Console.MarkupLineInterpolated($"[green]✓[/] {summary}");
            return ExitCode.Ok;
        }

        public async Task<int> FollowAsync(double? seconds, CancellationToken cancellationToken)
        {
            var report = new SyncReport(storeName, Print);
            options.WriteThrough = new(new ReportingStore(store, report)) { MarkerCheckInterval = MarkerCheck };
            try
            {
                await using var client = await OpenAsync(cancellationToken);
                client.DataSourceStatus.Changed += OnStatus;
                Print($"{name}: {WatchTable.Describe(client.DataSourceStatus.Current, environment.TimeProvider.GetUtcNow())}");
                using var limit = DurationOption.Start(seconds, environment);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ContinueWith(
                    static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                client.DataSourceStatus.Changed -= OnStatus;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl+C while connecting.
            }

            Print(report.Summary);
            return report.Failure is { } failure
                ? throw new CliException($"{storeName} is not up to date: {failure}")
                : ExitCode.Ok;
        }

        private void OnStatus(DataSourceStatus status) =>
            Print($"{name}: {WatchTable.Name(status.State)}{(status.State is DataSourceState.Valid ? "" : $"; {status.LastError?.Message}")}");

        private async Task<Client> OpenAsync(CancellationToken cancellationToken)
        {
            var client = await source.OpenClientAsync(arguments, options, environment, cancellationToken);
            if (SourceArguments.HasData(client))
            {
                return client;
            }

            var message = source.NoData(arguments, name, client);
            await client.DisposeAsync();
            throw new CliException(message, ExitCode.NoData);
        }

        private async Task<string> CopyAsync(ProgressContext? progress, CancellationToken cancellationToken)
        {
            SerializedItem[] items = [];
            await StepAsync(progress, $"reading {name}", async () =>
            {
                await using var client = await OpenAsync(cancellationToken);
                items = StoreOrder.ItemsOf(client.Store.Snapshot());
            });
            var copy = new StoreCopy(store, items, versionsMatter: options.DataSystem is not FileSourceOptions, environment.TimeProvider);
            try
            {
                await StepAsync(progress, $"comparing {SyncReport.Count(items)} with {storeName}", () => copy.CompareAsync(cancellationToken));
                if (!copy.IsUpToDate)
                {
                    await StepAsync(progress, $"writing {storeName}", () => copy.WriteAsync(cancellationToken));
                }
            }
            catch (ArgumentException exception)
            {
                throw CliException.Of(exception);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CliException($"{storeName} could not be written, {items.Length} items failed: {exception.Message}", ExitCode.Error, exception);
            }

            if (copy.Newer.Count != 0)
            {
                var more = copy.Newer.Count > NamedItems ? $" and {copy.Newer.Count - NamedItems} more" : "";
                environment.Error.WriteLine($"warning: The store had newer versions, which the source's replaced: {string.Join(", ", copy.Newer.Take(NamedItems))}{more}");
            }

            var removed = copy.Surplus == 0 ? "" : $", {copy.Surplus} removed";
            var summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{storeName}: {items.Length - copy.Unchanged} written, {copy.Unchanged} unchanged, 0 failed{removed}; it holds {SyncReport.Count(items)}");
            if (progress is null)
            {
                environment.Output.WriteLine(summary);
            }

            return summary;
        }

        private async Task StepAsync(ProgressContext? progress, string what, Func<Task> work)
        {
            if (progress is null)
            {
                environment.Output.WriteLine(what);
                await work();
                return;
            }

            var task = progress.AddTask(Markup.Escape(what), maxValue: 1);
            task.IsIndeterminate = true;
            await work();
            task.IsIndeterminate = false;
            task.Increment(1);
        }

        private void Print(string line) => environment.Output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{environment.TimeProvider.GetLocalNow():HH:mm:ss.fff} {line}"));
    }
}
