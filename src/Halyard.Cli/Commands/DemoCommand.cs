using System.CommandLine;

namespace Halyard.Cli;

/// <summary><c>halyard demo</c>: the main job in a few seconds.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Command Create(CliEnvironment environment)
    {
        var command = new CliCommand("demo", "See it work: a flag server, a client, edits that arrive at once, an outage that nobody notices, a store read lazily. Ends by itself.")
        {
            Examples = [("halyard demo", "takes a few seconds, needs no network and no set-up")],
            Notes = ["Exit codes:", "  0  everything came true that the demo expected", "  1  something did not; the error says what"],
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            await new DemoRun(environment).RunAsync(limit.Token);
            return ExitCode.Ok;
        });
        return command;
    }
}
