using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests.Cli;

/// <summary>The completion scripts, asked by the shells that they are for.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CompletionTests : IDisposable
{
    // Types a line into a shell that has read the script, as far as the cursor, and prints what its completion offers.
    private const string Asking = """
        source <(halyard completion bash)
        complete -p halyard
        while IFS= read -r COMP_LINE; do
            COMP_POINT=${#COMP_LINE}
            read -ra COMP_WORDS <<<"$COMP_LINE"
            [[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_LINE+=${TAIL:-}
            COMPREPLY=()
            _halyard "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo "${COMPREPLY[*]}"
        done
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-completion-");

    public CompletionTests()
    {
        var program = Path.Combine(_directory.FullName, "halyard");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "Halyard.Cli.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Bash_completes_commands_options_and_their_values_and_leaves_files_to_itself()
    {
        var lines = await AskAsync("", "halyard ev", "halyard eval --st", "halyard sync --from p", "halyard eval --file sam", $"{_directory.FullName}/halyard dem");
        Assert.Equal(["complete -o default -F _halyard halyard", "eval", "--stream", "poll", "", "demo"], lines);
    }

    [Fact]
    public async Task Bash_completes_the_word_at_the_cursor_and_not_what_is_behind_it()
    {
        var lines = await AskAsync("TAIL=\" --file 'x y.json'\"", "halyard wat");
        Assert.Equal(["complete -o default -F _halyard halyard", "watch"], lines);
    }

    [Theory]
    [InlineData("C")]
    [InlineData("C.UTF-8")]
    public async Task A_line_in_any_language_is_completed(string locale)
    {
        var lines = await AskAsync($"LC_ALL={locale}", "halyard eval --context 'Zoë 🦜' --st");
        Assert.Equal(["complete -o default -F _halyard halyard", "--stream"], lines);
    }

    [Fact]
    public async Task A_word_that_would_run_something_is_completed_and_not_run()
    {
        var trap = Path.Combine(_directory.FullName, "trap");
        await AskAsync("", $"halyard eval $(touch {trap})", $"halyard eval `touch {trap}` --", $"halyard ; touch {trap}");
        Assert.False(File.Exists(trap));
    }

    [Theory]
    [InlineData("zsh", "compdef _halyard halyard")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName halyard")]
    public async Task The_other_shells_have_a_script_that_asks_the_tool(string shell, string registration)
    {
        var (code, script) = await Command.RunAsync(Path.Combine(_directory.FullName, "halyard"), "completion", shell);
        Assert.Equal(0, code);
        Assert.Contains(registration, script, StringComparison.Ordinal);
        Assert.Contains("\"[suggest]\"", script, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', script);
    }

    /// <param name="setup">What the shell does first.</param>
    /// <param name="typed">The lines, each as far as the cursor.</param>
    private async Task<string[]> AskAsync(string setup, params string[] typed)
    {
        var script = Path.Combine(_directory.FullName, "ask");
        await File.WriteAllTextAsync(
            script, $"PATH='{_directory.FullName}':$PATH\n{setup}\n{Asking} <<'END'\n{string.Join('\n', typed)}\nEND\n", TestContext.Current.CancellationToken);
        var (code, output) = await Command.RunAsync("bash", "--norc", "--noprofile", script);
        Assert.True(code == 0, output);
        return output.TrimEnd('\n').Split('\n');
    }
}
