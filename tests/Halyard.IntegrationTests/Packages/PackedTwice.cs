using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Packages;

/// <summary>The packages of the checkout as it is, made in two copies of it whose paths differ in length.</summary>
public sealed class PackedTwice : IAsyncLifetime
{
    /// <summary>Where the project is at home in these packages.</summary>
    public const string Url = "https://github.com/example/halyard";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-packages-");

    /// <summary>The packages' files by their names.</summary>
    public IReadOnlyDictionary<string, string> First { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Second { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        First = await PackAsync(Path.Combine(_folder.FullName, "a"));
        Second = await PackAsync(Path.Combine(_folder.FullName, "a-longer-name", "below", "b"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return default;
    }

    private static async Task<IReadOnlyDictionary<string, string>> PackAsync(string folder)
    {
        // What is not committed yet is packed as well, under the commit that it stands on.
        Directory.CreateDirectory(folder);
        await DoAsync(
            "bash",
            "-c",
            $"set -o pipefail; git clone --quiet --no-checkout . '{folder}' && git ls-files -z --cached --others --exclude-standard"
            + $" | tar --null --ignore-failed-read -cf - -T - | tar -xf - -C '{folder}'");
        var packages = Path.Combine(folder, "packages");
        await DoAsync(Path.Combine(folder, "eng", "pack"), "--plain", "--url", Url, "--output", packages);
        return Directory.GetFiles(packages, "*.nupkg").ToDictionary(Id);
    }

    // The version begins with the first part that is a number.
    private static string Id(string file) =>
        string.Join('.', Path.GetFileNameWithoutExtension(file).Split('.').TakeWhile(part => !char.IsAsciiDigit(part[0])));

    private static async Task DoAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await Command.RunAsync(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}");
    }
}
