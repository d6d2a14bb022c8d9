using System.Globalization;
using System.Runtime.InteropServices;
using Halyard.ContractService;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

const string Usage = "usage: dotnet run --project tests/Halyard.ContractService -- [--port 8000] [--verbose]";

var port = 8000;
var isVerbose = false;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--port" when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535:
            i++;
            break;
        case "--verbose":
            isVerbose = true;
            break;
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 2;
    }
}

using var loggers = isVerbose ? LoggerFactory.Create(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Debug)) : null;
ContractServer server;
try
{
    server = await ContractServer.StartAsync(port, (ILoggerFactory?)loggers ?? NullLoggerFactory.Instance);
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

await using (server)
{
    var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        end.TrySetResult();
    }

    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    Console.WriteLine($"listening on {server.Address}");
    await Task.WhenAny(end.Task, server.StopAsked);
}

return 0;
