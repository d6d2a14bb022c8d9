using System.CommandLine;

namespace Halyard.Cli;

/// <summary>
/// <c>halyard completion</c>: the script that has a shell complete the tool's command lines. The script asks the tool itself, by the
/// parser's own directive <c>[suggest]</c>, so that it never has to be made anew. The line ends at the cursor: a shell counts bytes or characters by its
/// language, and would name another place than the tool finds.
/// </summary>
internal static class CompletionCommand
{
    // What the cursor is behind counts, and only what begins as the word does: the parser suggests whatever contains it.
    // Where there is nothing to suggest, files are completed as usual.
    private const string Bash = """
        _halyard() {
            local line=${COMP_LINE:0:COMP_POINT} IFS=$'\n'
            COMPREPLY=($(compgen -W "$("$1" "[suggest]" "$line" </dev/null 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _halyard halyard

        """;

    private const string Zsh = """
        #compdef halyard
        _halyard() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a found
            found=(${(f)"$("${words[1]}" "[suggest]" "$line" </dev/null 2>/dev/null)"})
            if (( ${#found} )); then
                compadd -a found
            else
                _files
            fi
        }
        if [[ "${funcstack[1]}" == _halyard ]]; then
            _halyard "$@"
        else
            compdef _halyard halyard
        fi

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName halyard -ScriptBlock {
            param($word, $command, $cursor)
            $length = $cursor - $command.Extent.StartOffset
            $line = $command.ToString().PadRight($length).Substring(0, $length)
            & $command.CommandElements[0].ToString() "[suggest]" $line |
                Where-Object { $_.StartsWith($word, [StringComparison]::OrdinalIgnoreCase) } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;

    public static Command Create(CliEnvironment environment)
    {
        var shell = new Argument<string>("shell") { Description = "The shell: bash, zsh or pwsh.", HelpName = "bash|zsh|pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new CliCommand("completion", "Print the script that has a shell complete halyard's commands and options.")
        {
            Examples =
            [
                ("source <(halyard completion bash)", "in ~/.bashrc"),
                ("source <(halyard completion zsh)", "in ~/.zshrc, behind compinit"),
                ("halyard completion pwsh | Out-String | Invoke-Expression", "in PowerShell's $PROFILE"),
            ],
        };
        command.AddArgument(shell);
        command.SetAction(result =>
        {
            // Shells read lines that end as on Unix, wherever they were written.
            environment.Output.Write(Script(result.GetRequiredValue(shell)).ReplaceLineEndings("\n"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Script(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => PowerShell,
    };
}
