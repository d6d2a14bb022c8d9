namespace Halyard.Tests.Sources;

public sealed class FileSourceOptionsTests
{
    [Fact]
    public void Paths_are_needed() => Fails(DataSystem.File(), "at least one path");

    [Fact]
    public void A_path_must_not_be_empty() => Fails(DataSystem.File("a.json", " "), "empty path");

    [Fact]
    public void A_directory_is_refused_by_name()
    {
        using var directory = new TempDirectory();
        Fails(DataSystem.File(directory.Path), $"{directory.Path} is a directory");
    }

    [Theory]
    [InlineData("flags.yaml")]
    [InlineData("flags.YML")]
    public void A_YAML_file_without_the_YAML_package_names_the_package(string path)
    {
        Fails(DataSystem.File(path), "add the package Halyard.Yaml");
        DataSystem.File(path).UseYaml().UseYaml().Validate(new());
    }

    [Fact]
    public void Times_must_make_sense()
    {
        var debounce = DataSystem.File("a.json");
        debounce.Debounce = TimeSpan.FromSeconds(-1);
        Fails(debounce, nameof(FileSourceOptions.Debounce));

        var poll = DataSystem.File("a.json");
        poll.PollInterval = TimeSpan.MaxValue;
        Fails(poll, nameof(FileSourceOptions.PollInterval));
    }

    private static void Fails(FileSourceOptions options, string expected)
    {
        var exception = Assert.Throws<ArgumentException>(() => options.Validate(new()));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }
}
