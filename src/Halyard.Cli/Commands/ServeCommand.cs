using System.CommandLine;
using System.Globalization;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary><c>halyard serve</c>: the development flag server.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 8765;

    public static Command Create(CliEnvironment environment)
    {
        var environments = new ServeEnvironments();
        var port = new Option<int>("--port", "-p") { Description = "The port; 0 takes a free one.", DefaultValueFactory = static _ => DefaultPort };
        port.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(ushort.TryParse(text, out _)))
            {
                result.AddError($"--port takes a number from 0 to 65535, not {text}.");
            }
        });
        var host = new Option<string>("--host") { Description = "The address to listen at: an IP address, localhost, or * for all.", DefaultValueFactory = static _ => "127.0.0.1" };
        var writeBack = new Option<bool>("--write-back") { Description = "Write changes made over the API to the file (JSON only)." };
        var history = new Option<int>("--history")
        {
            Description = "Newer protocol: how many changes back a client may be and still be sent the changes alone; 0 always sends everything.",
            HelpName = "changes",
            DefaultValueFactory = static _ => DevServerOptions.DefaultHistoryLimit,
        };
        history.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                result.AddError($"--history takes a whole number, at least 0, not {text}.");
            }
        });
        var apiKey = new Option<string?>("--api-key") { Description = "The key of /api and the page, or env:NAME or file:PATH. Default: the first --sdk-key; without one, none.", HelpName = "key" };
        var state = new Option<string?>("--state") { Description = "Keep overrides, and the versions served, in this JSON file over restarts.", HelpName = "path" };
        var allowRemote = new Option<bool>("--allow-remote") { Description = "Let other machines in, where --host does; needs --sdk-key of each environment." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print the address and warnings only." };

        var command = new CliCommand("serve", "Serve flag files, a service or a store to any compatible SDK on this machine, and push every change at once.")
        {
            Examples =
            [
                ("halyard serve samples/flags.json", "serve a file at http://127.0.0.1:8765"),
                ("halyard serve flags.json more.yaml --port 0 --sdk-key local-key", "merge two files, take a free port, insist on a key"),
                ("halyard serve flags.json --sdk-key env:LOCAL_KEY", "insist on a key that the list of processes does not show"),
                ("halyard serve --service https://flags.example.org --source-key env:SDK_KEY --snapshot last.snapshot", "one connection up, any number down, the last known data while the service is away"),
                ("halyard serve --env staging=stream:http://127.0.0.1:8766 --env mine=flags.json", "two environments, told apart by key"),
                ("halyard serve --sqlite flags.db --override mine.json", "a store, with some flags of your own laid over it"),
                ("curl -X PATCH localhost:8765/api/flags/my-flag -d '{\"on\":false}'", "change a flag while SDKs are connected"),
                ("curl localhost:8765/api/faults -d '{\"kind\":\"status\",\"status\":503,\"path\":\"/sdk/poll\",\"times\":3}'", "fail the next three polls"),
                ("curl localhost:8765/api/faults -d '{\"kind\":\"drop\",\"now\":true}'", "cut every open stream"),
                ("curl -X DELETE localhost:8765/api/faults", "be well again"),
            ],
            Notes =
            [
                "Addresses:",
                "  /sdk/stream /sdk/poll                           for SDKs that speak FDv2: streaming, polling",
                "  /all /sdk/latest-all /sdk/flags /sdk/segments   for SDKs that speak FDv1: streaming, polling, single items",
                "  /sdk/evalx /eval /ping /msdk/evalx /meval /mping   for SDKs in browsers and mobile applications; /events, /mobile",
                "  /ofrep/v1/evaluate/flags[/KEY]                  for OpenFeature's SDKs",
                "  /api/flags[/KEY] /api/segments[/KEY]            GET, PUT, PATCH (top-level merge), DELETE",
                "  /api/overrides[/flags/KEY|/segments/KEY]        GET, PUT {\"value\":...} or {\"flag\":{...}}, DELETE: laid over the source",
                "  /api/openapi.json                               the API, described",
                "  /api/faults[/ID]                                GET, POST, DELETE: what is to go wrong",
                "  /status                                         what is being served",
                "Faults: {\"kind\":...}, with \"path\" (default: all data), and \"times\" (default: until cleared)",
                "or, for those marked so, \"now\":true: on streams that are open",
                "  status         \"status\":503           answer with an error status",
                "  delay          \"delayMs\":5000         answer late",
                "  drop      now                         close the connection without an answer",
                "  cut            \"bytes\":1000           close the connection after so many bytes of the body",
                "  garbage   now                         a body, or an event of a stream, that is not JSON",
                "  goodbye   now  \"reason\", \"ttlSeconds\" FDv2: say goodbye and close",
                "  error     now  \"reason\"               FDv2: break off a transfer with an error event",
                "  fallback       \"ttlSeconds\"           FDv2: order FDv1 (X-LD-FD-Fallback)",
                .. ServeEnvironments.Notes,
            ],
        };
        environments.AddTo(command);
        command.Add(port);
        command.Add(host);
        command.Add(writeBack);
        command.Add(history);
        command.Add(apiKey);
        command.Add(state);
        command.Add(allowRemote);
        command.Add(quiet);
        command.SetAction((result, cancellationToken) => RunAsync(
            environment,
            result.GetValue(quiet),
            new DevServerOptions
            {
                Environments = environments.Read(result),
                Port = result.GetValue(port),
                Host = result.GetRequiredValue(host),
                ApiKey = SecretText.KeyOf("--api-key", result.GetValue(apiKey)),
                StatePath = result.GetValue(state),
                AllowRemote = result.GetValue(allowRemote),
                WriteBack = result.GetValue(writeBack),
                HistoryLimit = result.GetValue(history),
                TimeProvider = environment.TimeProvider,
                LoggerFactory = new ConsoleLog(environment, result.GetValue(quiet) ? LogLevel.Warning : LogLevel.Information),
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliEnvironment environment, bool quiet, DevServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = await DevServer.StartAsync(options, cancellationToken);
            var data = server.Environments.All.Select(static one => one.Repository.Current).ToList();
            environment.Console.MarkupLineInterpolated(
                $"Serving [bold]{data.Sum(static one => one.CountLive(DataKind.Flag))}[/] flags and [bold]{data.Sum(static one => one.CountLive(DataKind.Segment))}[/] segments at [green]{server.BaseUri}[/] (Ctrl+C ends)");
            foreach (var served in quiet ? [] : server.Environments.All)
            {
                await environment.Output.WriteLineAsync(server.Environments.All.Count == 1 ? "Connect:" : $"Connect to {served.Name}:");
                foreach (var (client, line) in ConnectionLines.Of(server.BaseUri, served.Options, server.IsLoopbackOnly))
                {
                    await environment.Output.WriteLineAsync($"  {client,-8} {line}");
                }
            }

            if (!server.IsLoopbackOnly)
            {
                await environment.Error.WriteLineAsync($"warning: {options.Host} can be reached from other machines; this is a development tool without TLS.");
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how this command ends.
        }

        return ExitCode.Ok;
    }
}
