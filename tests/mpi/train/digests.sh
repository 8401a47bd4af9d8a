# The published digests: the commands of docs/reproducibility.md, typed as they stand there, print the lines that stand there;
# on one rank and on three, with the kernels of every instruction set that this processor has.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
block() { # sh|text: the first such block of the page
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p}" "$source/docs/reproducibility.md"
}
block sh >commands
block text >expected
is 'commands on the page' "$(grep -c '^agr-mpi ' commands)" 5
is 'digests on the page' "$(grep -cE '^[a-z]+ +[0-9a-f]{16}$' expected)" 4

# types_on N ISA: the page's commands in a folder of their own, `train` on N ranks.
types_on() {
    local n=$1 words
    export AGR_ISA=$2
    mkdir "on_${n}_$2" && cd "on_${n}_$2" || return
    while read -ra words; do
        call="AGR_ISA=$2 ${words[*]} (on $n ranks, from docs/reproducibility.md)"
        if [ "${words[1]}" = train ]; then
            on_ranks "$n" "${words[@]:1}"
        else
            "$program" "${words[@]:1}"
        fi >>said 2>talk </dev/null || { fail 'this command failed'; show talk; }
    done <../commands
    cd .. || return
    grep -E '^[a-z]+ +[0-9a-f]{16}$' "on_${n}_$2/said" >found
    same expected found 'other digests than the published ones'
    printf '%2s ranks, %-8s %s\n' "$n" "$2" "$(tr -s ' \n' ' ' <found)"
}

for isa in generic avx2 avx512; do
    AGR_ISA=$isa "$program" bench --help >/dev/null 2>&1 || continue # not with this processor
    types_on 1 "$isa"
done
types_on 3 "$AGR_ISA"
