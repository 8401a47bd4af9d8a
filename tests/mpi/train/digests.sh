# The published digests: the commands of docs/reproducibility.md, typed as they stand there, print the lines that stand there;
# on one rank and on three, with the kernels of every instruction set that this processor has, and with several sets in one run.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
block() { # sh|text: the first such block of the page
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`\$/q;/^\`\`\`/d;p;}" "$source/docs/reproducibility.md"
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

for isa in generic avx2 avx512 avx512_bf16 amx; do
    AGR_ISA=$isa "$program" bench --help >/dev/null 2>&1 || continue # not with this processor
    types_on 1 "$isa"
done
types_on 3 "$AGR_ISA"

# One run whose ranks have processors of different kinds: each uses its best kernels, and a branch is shared by both kinds.
call="train on a rank with AGR_ISA=generic and one with AGR_ISA=$AGR_ISA"
cd on_1_generic || exit 1
cat >unlike.sh <<'SH'
[ "$OMPI_COMM_WORLD_RANK" = 0 ] && export AGR_ISA=generic
exec "$@"
SH
"${MPIEXEC:-mpiexec}" -n 2 sh unlike.sh "$program" train --data small.h5 --run runs/mixed --epochs 2 \
    --set data.batch_size=16 --placement age+gender+race:2 >../talk 2>&1 </dev/null || { fail 'it failed'; show ../talk; }
"$program" inspect runs/mixed --digest >../mixed
cd .. || exit 1
grep -v '^dataset ' expected >branches
same branches mixed 'ranks of two kinds have other digests than the published ones'
