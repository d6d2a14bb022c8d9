using System.CommandLine;
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
        var files = new Argument<string[]>("file")
        {
            Description = "Flag files, JSON or YAML; several are merged. Edits are served at once.",
            Arity = ArgumentArity.OneOrMore,
        };
        var port = new Option<int>("--port", "-p") { Description = "The port; 0 takes a free one.", DefaultValueFactory = static _ => DefaultPort };
        port.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(ushort.TryParse(text, out _)))
            {
                result.AddError($"--port takes a number from 0 to 65535, not {text}.");
            }
        });
        var host = new Option<string>("--host") { Description = "The address to listen at: an IP address, localhost, or * for all.", DefaultValueFactory = static _ => "127.0.0.1" };
        var sdkKey = new Option<string?>("--sdk-key") { Description = "The only SDK key let in. Default: any that is not empty." };
        var writeBack = new Option<bool>("--write-back") { Description = "Write changes made over the API to the file (JSON only)." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print the address and warnings only." };

        var command = new CliCommand("serve", "Serve flag files to any compatible SDK on this machine, and push every edit at once.")
        {
            Examples =
            [
                ("halyard serve samples/flags.json", "serve a file at http://127.0.0.1:8765"),
                ("halyard serve flags.json more.yaml --port 0 --sdk-key local-key", "merge two files, take a free port, insist on a key"),
                ("curl -X PATCH localhost:8765/api/flags/my-flag -d '{\"on\":false}'", "change a flag while SDKs are connected"),
            ],
            Notes =
            [
                "Addresses:",
                "  /all /sdk/latest-all /sdk/flags /sdk/segments   for SDKs: streaming, polling, single items",
                "  /api/flags[/KEY] /api/segments[/KEY]            GET, PUT, PATCH (top-level merge), DELETE",
                "  /status                                         what is being served",
            ],
        };
        command.AddArgument(files);
        command.Add(port);
        command.Add(host);
        command.Add(sdkKey);
        command.Add(writeBack);
        command.Add(quiet);
        command.SetAction((result, cancellationToken) => RunAsync(
            environment,
            new DevServerOptions
            {
                Files = result.GetRequiredValue(files),
                Port = result.GetValue(port),
                Host = result.GetRequiredValue(host),
                SdkKey = result.GetValue(sdkKey) is { Length: > 0 } key ? key : null,
                WriteBack = result.GetValue(writeBack),
                TimeProvider = environment.TimeProvider,
                LoggerFactory = new ConsoleLog(environment, result.GetValue(quiet) ? LogLevel.Warning : LogLevel.Information),
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliEnvironment environment, DevServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = await DevServer.StartAsync(options, cancellationToken);
            var data = server.Repository.Current;
            environment.Console.MarkupLineInterpolated(
                $"Serving [bold]{data.CountLive(DataKind.Flag)}[/] flags and [bold]{data.CountLive(DataKind.Segment)}[/] segments at [green]{server.BaseUri}[/] (Ctrl+C ends)");
            if (!server.IsLoopbackOnly)
            {
                await environment.Error.WriteLineAsync(
                    $"warning: {options.Host} can be reached from other machines; this is a development tool without TLS"
                    + (options.SdkKey is null ? ", and anyone may read and change the flags. Set --sdk-key." : "."));
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
