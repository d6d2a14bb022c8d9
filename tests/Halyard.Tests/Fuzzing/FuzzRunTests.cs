using System.Text;
using Halyard.Fuzzing;

namespace Halyard.Tests.Fuzzing;

/// <summary>A fault that was planted is found, told, shrunk and kept, and none is found where there is none.</summary>
public sealed class FuzzRunTests : IDisposable
{
    private static readonly byte[][] Seeds = ["{\"key\":\"a\",\"version\":1,\"list\":[1,[2],[[3]]]}"u8.ToArray()];

    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("halyard-fuzz-");
    private readonly StringWriter _told = new();

    public void Dispose() => _artifacts.Delete(recursive: true);

    [Fact]
    public void An_exception_is_found_and_its_input_is_shrunk_kept_and_read_again()
    {
        var target = Planted(input => _ = input.IndexOf("]null"u8) >= 0 ? throw new InvalidOperationException("planted") : 0);
        var result = Run(target, 50_000);
        Assert.StartsWith("InvalidOperationException in ", Assert.Single(result.Kinds), StringComparison.Ordinal);

        var file = Assert.Single(_artifacts.GetFiles()).FullName;
        Assert.Equal("]null", File.ReadAllText(file));
        var told = _told.ToString();
        Assert.All(
            ["planted: InvalidOperationException", "--seed 7 --from ", file, "hex    5d6e756c6c", "text   ]null", "InvalidOperationException: planted"],
            part => Assert.Contains(part, told, StringComparison.Ordinal));

        Assert.Equal(1, FuzzProgram.Replay(target, [file], TextWriter.Null));
        Assert.Equal(0, FuzzProgram.Replay(Planted(_ => { }), [file], TextWriter.Null));
    }

    [Fact]
    public void Two_kinds_of_faults_are_found_each_once()
    {
        var target = Planted(input =>
        {
            Promise.Holds(input.IndexOf("9"u8) < 0, "no nines", $"{input.Length}");
            Promise.Holds(input.Length < 200, "nothing long");
        });
        Assert.Equal(["no nines", "nothing long"], Run(target, 20_000).Kinds.Order(StringComparer.Ordinal));
        Assert.Equal(2, _artifacts.GetFiles().Length);
    }

    [Fact]
    public void Memory_that_grows_faster_than_the_input_is_a_fault()
    {
        var target = Planted(input => GC.KeepAlive(new byte[input.Length * 300])) with { FixedBytes = 16 * 1024, BytesForEach = 100 };
        Assert.Equal(["memory"], Run(target, 500).Kinds);

        // 300 bytes for each are more than 100 for each and 16 KB from 82 bytes on.
        Assert.InRange(Assert.Single(_artifacts.GetFiles()).Length, 80, 100);
    }

    [Fact]
    public void Where_no_fault_is_none_is_found()
    {
        var result = Run(Planted(_ => { }), 5_000);
        Assert.Equal((5_000, 0), (result.Inputs, result.Kinds.Count));
        Assert.Empty(_told.ToString());
    }

    [Fact]
    public void A_seed_and_a_number_always_make_the_same_input()
    {
        var target = Planted(_ => { });
        var one = new Mutator(target, Seeds);
        var all = Enumerable.Range(0, 300).Select(i => Encoding.Latin1.GetString(one.Make(5, i))).ToList();
        var other = new Mutator(target, Seeds);
        Assert.Equal(all[299], Encoding.Latin1.GetString(other.Make(5, 299)));
        Assert.Equal(all[100], Encoding.Latin1.GetString(other.Make(5, 100)));
        Assert.NotEqual(all[299], Encoding.Latin1.GetString(other.Make(6, 299)));
        Assert.InRange(all.Distinct().Count(), 250, 300);
    }

    [Theory]
    [InlineData("", 100_000, 1, 0)]
    [InlineData("--inputs 5 --seed 9 --from 3", 5, 9, 3)]
    [InlineData("--minutes 2", long.MaxValue, 1, 0)]
    public void A_run_is_told_how_long_it_is(string arguments, long inputs, ulong seed, long from)
    {
        Assert.True(FuzzOptions.TryParse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var options));
        Assert.Equal((inputs, seed, from), (options.Inputs, options.Seed, options.From));
    }

    [Theory]
    [InlineData("--inputs")]
    [InlineData("--inputs many")]
    [InlineData("--speed 5")]
    public void Arguments_that_make_no_sense_are_refused(string arguments) =>
        Assert.False(FuzzOptions.TryParse(arguments.Split(' '), out _));

    private FuzzResult Run(FuzzTarget target, long inputs) => new FuzzRun(target, Seeds, seed: 7, _artifacts.FullName, _told).Run(0, inputs, TimeSpan.MaxValue);

    private static FuzzTarget Planted(FuzzBody body) => new("planted", "anything", body) { IsJson = true, MostLength = 2_000 };
}
