using System.Collections.Frozen;

namespace DistributedFreeze.Cli.Completion;

/// <summary>One script for each shell. They ask the command itself, by its <c>[suggest]</c> directive.</summary>
internal static class CompletionScripts
{
    public static FrozenDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = """
            # eval "$(dfreeze completion bash)"
            _dfreeze() {
                local IFS=$'\n'
                COMPREPLY=( $(compgen -W "$(dfreeze "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
            }
            complete -o default -F _dfreeze dfreeze

            """,
        ["zsh"] = """
            # eval "$(dfreeze completion zsh)"
            _dfreeze() {
                local -a found
                found=("${(@f)$(dfreeze "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                (( ${#found} )) && compadd -- "${found[@]}" || _files
            }
            compdef _dfreeze dfreeze

            """,
        ["pwsh"] = """
            # dfreeze completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName dfreeze -ScriptBlock {
                param($word, $command, $cursor)
                $at = $cursor - $command.Extent.StartOffset
                $line = $command.ToString().PadRight($at)
                dfreeze "[suggest:$at]" "$line" 2>$null | Where-Object { $_.StartsWith($word) } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }

            """,
        ["fish"] = """
            # dfreeze completion fish | source
            complete -c dfreeze -a '(dfreeze "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'

            """,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
