#!/bin/bash
# Every shell script of the repository is clean.
cd "$1" || exit 1
mapfile -t scripts < <(git ls-files 2>/dev/null | while read -r file; do
    case $file in
    *.sh | launch/env | .ci/run) echo "$file" ;;
    launch/*) head -1 "$file" | grep -q '^#!.*sh$' && echo "$file" ;;
    esac
done)
if [[ ${#scripts[@]} -eq 0 ]]; then # not a git clone
    mapfile -t scripts < <(ls launch/{env,lib.sh,setup,test,demo,local,slurm.sbatch} .ci/run tests/*/*.sh 2>/dev/null)
fi
shellcheck -x "${scripts[@]}" && echo "ok: ${#scripts[@]} scripts"
