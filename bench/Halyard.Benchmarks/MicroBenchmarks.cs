using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Halyard.Benchmarks;

/// <summary>The benchmarks of BenchmarkDotNet; apart from <c>Main</c>, so that other modes do not load it.</summary>
internal static class MicroBenchmarks
{
    public static void Run(string[] args)
    {
        // In this process: the tables compare figures of one run, and a machine of two cores has none to spare for a child.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(8).WithWarmupCount(5);
        var config = DefaultConfig.Instance.AddJob(job).WithOptions(ConfigOptions.DisableLogFile);
        BenchmarkSwitcher.FromAssembly(typeof(MicroBenchmarks).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
    }
}
