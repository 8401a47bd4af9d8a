# Completion of agr-mpi in bash. It asks the program itself, so it knows what this version knows.
_agr_mpi() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} words choices
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help=words 2>/dev/null) --help --version" -- "$current")
        return
    fi
    words=$("$program" "${COMP_WORDS[1]}" --help=words 2>/dev/null)
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$words")" -- "$current")
    elif choices=$(sed -n "s/^$before //p" <<<"$words") && [ -n "$choices" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
    fi
}
complete -o default -F _agr_mpi agr-mpi
