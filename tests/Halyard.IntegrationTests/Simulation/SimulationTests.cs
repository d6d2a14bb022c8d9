using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Simulation;

public sealed class SimulationTests
{
    private static readonly string Program = BuiltProgram.Of("Halyard.Simulation");

    [Fact]
    public async Task What_must_always_hold_holds_in_the_first_worlds()
    {
        var (exitCode, output) = await RunAsync("--seeds", "1..500");
        Assert.True(exitCode == 0, output);
        Assert.Contains("500 seeds from 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_repeats_itself_in_the_same_process_and_in_another()
    {
        var (exitCode, output) = await RunAsync("--seeds", "501..550", "--twice");
        Assert.True(exitCode == 0, output);
        Assert.Contains("0 did not repeat themselves", output, StringComparison.Ordinal);

        var (_, other) = await RunAsync("--seeds", "501..550");
        Assert.Equal(TraceOf(output), TraceOf(other));
    }

    [Fact]
    public async Task A_seed_is_told_step_by_step()
    {
        var (exitCode, output) = await RunAsync("--seed", "1", "--only", "0,1");
        Assert.True(exitCode == 0, output);
        Assert.Contains("everything is well again", output, StringComparison.Ordinal);
    }

    private static string TraceOf(string output) => output[output.IndexOf("trace ", StringComparison.Ordinal)..];

    private static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => Command.RunAsync("dotnet", [Program, .. arguments]);
}
