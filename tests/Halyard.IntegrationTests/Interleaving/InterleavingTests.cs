using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Interleaving;

public sealed class InterleavingTests
{
    private static readonly string Program = BuiltProgram.Of("Halyard.Interleaving");

    [Fact]
    public async Task What_must_hold_holds_in_whatever_order_threads_take_turns_and_planted_races_are_found()
    {
        var (exitCode, output) = await Command.RunAsync("dotnet", Program, "--schedules", "2000", "--random", "200");
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("NOT FOUND", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
    }
}
