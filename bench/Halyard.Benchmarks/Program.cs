using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Halyard.Benchmarks;
using Halyard.Benchmarks.Suite;

switch (args)
{
    case ["lazyload"]:
        await LazyLoadRun.RunAsync();
        return 0;
    case ["suite", .. var rest]:
        return await SuiteRunner.RunAsync(rest, CancellationToken.None);
    case ["scenario", var name]:
        return await SuiteRunner.RunScenarioAsync(name, CancellationToken.None);
}

// In this process: the tables compare figures of one run, and a machine of two cores has none to spare for a child.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(8).WithWarmupCount(5);
var config = DefaultConfig.Instance.AddJob(job).WithOptions(ConfigOptions.DisableLogFile);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
