using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Samples;

public sealed class NativeAotTests
{
    [Fact]
    public async Task The_core_compiles_to_native_code_without_a_warning_and_evaluates_flags()
    {
        var folder = Directory.CreateTempSubdirectory("halyard-aot-");
        try
        {
            var (exitCode, output) = await Command.RunAsync(
                "dotnet", "publish", Repository.PathOf("samples", "NativeAot"), "-c", "Release", "--nologo", "-v", "quiet", "-o", folder.FullName);
            Assert.True(exitCode == 0, $"Publishing failed; it needs 'apt-get install gcc zlib1g-dev'.\n{output}");
            Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);

            (exitCode, output) = await Command.RunAsync(
                Path.Combine(folder.FullName, "NativeAot"), Repository.PathOf("samples", "flags.json"), "user-1");
            Assert.True(exitCode == 0, output);
            Assert.Contains("payment-provider = \"northpay\" because FALLTHROUGH", output, StringComparison.Ordinal);
            Assert.Contains("typed: northpay, False", output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
