# What is installed works from anywhere, and its manual and completion say what the program says.
build=$(dirname "$program") there=$folder/there
DESTDIR=$there cmake --install "$build" --prefix /usr >"$folder/out" 2>"$folder/err"
exit_code=$? call='cmake --install'
code 0
mv "$there" "$folder/elsewhere" # relocatable
share=$folder/elsewhere/usr/share program=$folder/elsewhere/usr/bin/agr-mpi
run --version; code 0; out 'agr-mpi '

# Two commands and a training, in an empty folder.
mkdir empty && cd empty || exit 1
run synth pictures --count 60 --seed 1; code 0
run prepare pictures --size 32; code 0
run_on 3 train -c quick --branches gender,race --set train.max_steps=2; code 0
run inspect runs/quick; code 0; out 'race'
run plan -c "$share/agr-mpi/configs/shared.yaml" --images 100; code 0; out 'branch shared-v2'

# A page for each command, which man reads without a complaint.
verbs=$("$program" --help=words)
for page in agr-mpi $(sed 's/^/agr-mpi-/' <<<"$verbs"); do
    [ -s "$share/man/man1/$page.1" ] || fail "expected a manual page $page"
    ! command -v groff >/dev/null || [ -z "$(groff -man -Tutf8 -ww "$share/man/man1/$page.1" 2>&1 >/dev/null)" ] || fail "groff complains of $page"
done
is() { [ "$2" = "$3" ] || fail "$1: expected $3, found $2"; }
is 'manual pages' "$(find "$share/man" -name '*.1' | wc -l)" "$(($(wc -l <<<"$verbs") + 1))"
grep -qF 'checkpoint\fR FILE|RUN' "$share/man/man1/agr-mpi-evaluate.1" || fail 'expected the options in the manual page'

# Completion, as bash calls it.
complete_words() { # words... : what the last one may become
    COMP_WORDS=("$program" "$@") COMP_CWORD=$#
    COMPREPLY=()
    _agr_mpi
    echo "${COMPREPLY[*]}"
}
# shellcheck source=/dev/null
. "$share/bash-completion/completions/agr-mpi"
is 'commands that begin with pr' "$(complete_words pr)" 'prepare predict'
is 'options of train that begin with --resu' "$(complete_words train --resu)" '--resume'
is 'formats of predict' "$(complete_words predict --format js)" jsonl
is 'a file' "$(complete_words predict pho)" ''
run train --help=prose; code 2; err "--help: expected nothing, man or words, found 'prose'"
