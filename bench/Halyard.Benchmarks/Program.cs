using Halyard;
using Halyard.Benchmarks;
using Halyard.Benchmarks.Scenarios;
using Halyard.Benchmarks.StartUp;
using Halyard.Benchmarks.Suite;

switch (args)
{
    case ["suite", .. var rest]:
        return await SuiteRunner.RunAsync(rest, CancellationToken.None);
    case ["compare", .. var rest]:
        return ResultComparison.Run(rest);
    case ["scenario", var name]:
        return await SuiteRunner.RunScenarioAsync(name, CancellationToken.None);
    case ["profile-init", var protocol, var rounds]:
        await ProfileInit.RunAsync(protocol == "newer" ? ProtocolVersion.Fdv2 : ProtocolVersion.Fdv1, int.Parse(rounds));
        return 0;
    case ["stream-server", var flags]:
        await StreamServer.RunAsync(int.Parse(flags));
        return 0;
    case ["cold-start", var subject, var address, var started]:
        await ColdStart.RunAsync(subject, new(address), long.Parse(started));
        return 0;
    case ["relay-server"]:
        await RelayServer.RunAsync();
        return 0;
    case ["fleet-worker", var redis, var clients, var all, var held, var ttl, var mode, var seed]:
        await FleetWorker.RunAsync(
            redis, int.Parse(clients), int.Parse(all), int.Parse(held), double.Parse(ttl, System.Globalization.CultureInfo.InvariantCulture), mode == "listen", int.Parse(seed));
        return 0;
    default:
        MicroBenchmarks.Run(args);
        return 0;
}
