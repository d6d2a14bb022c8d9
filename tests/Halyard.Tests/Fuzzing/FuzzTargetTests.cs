using Halyard.Fuzzing;

namespace Halyard.Tests.Fuzzing;

/// <summary>What <c>eng/fuzz</c> has found stays found: the seeds, and the first of the inputs made of them, at each run of the tests.</summary>
public sealed class FuzzTargetTests : IDisposable
{
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("halyard-fuzz-");

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(target => target.Name)];

    public void Dispose() => _artifacts.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reader_keeps_its_promises_for_every_seed_and_for_what_is_made_of_them(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var seeds = SeedFiles.Of(target);
        var inputs = seeds.Count + Inputs(name);
        var told = new StringWriter();
        var result = new FuzzRun(target, seeds, seed: 1, _artifacts.FullName, told).Run(0, inputs, TimeSpan.MaxValue);
        Assert.True(result.Kinds.Count == 0, told.ToString());
        Assert.Equal(inputs, result.Inputs);
    }

    [Fact]
    public void Every_target_has_a_name_of_its_own_and_a_folder_of_seeds_and_there_is_no_other_folder()
    {
        var folders = Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Corpus")).Select(folder => Path.GetFileName(folder)!);
        Assert.Equal(FuzzTargets.All.Select(target => target.Name).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_seeds_are_small() => Assert.InRange(FuzzTargets.All.SelectMany(SeedFiles.Of).Sum(seed => seed.Length), 1, 300 * 1024);

    // A few seconds for all of them: files cost more, and a pattern may take its whole 100 ms.
    private static int Inputs(string name) => name switch
    {
        "pattern" => 100,
        "yaml" or "snapshot" or "put" => 400,
        _ => 1_500,
    };
}
