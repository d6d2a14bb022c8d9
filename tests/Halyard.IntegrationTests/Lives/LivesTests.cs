using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Lives;

public sealed class LivesTests
{
    private static readonly string Program = BuiltProgram.Of("Halyard.Lives");

    [Fact]
    public async Task Nothing_comes_out_of_the_first_lives_all_of_them_end_and_nothing_is_left()
    {
        var (exitCode, output) = await RunAsync("--lives", "300", "--batch", "150");
        Assert.True(exitCode == 0, output);
        Assert.Contains("300 lives from 1 in", output, StringComparison.Ordinal);
        Assert.Contains("0 failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_life_is_told_step_by_step()
    {
        var (exitCode, output) = await RunAsync("--life", "8");
        Assert.True(exitCode == 0, output);
        Assert.Contains("LifePlan { Number = 8, Kind = ", output, StringComparison.Ordinal);
        Assert.Contains("  after the end", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => Command.RunAsync("dotnet", [Program, .. arguments]);
}
