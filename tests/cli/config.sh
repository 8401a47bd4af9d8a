#!/bin/bash
# agr-mpi config: the effective configuration.
# shellcheck disable=SC2154 # variables and vocabulary: harness.sh

run config; code 0; no_err
out 'seed: 42'; out '  lr: 0.005 '; out '# built-in seed.yaml:'; out '- conv2d: {name: conv2d_4, filters: 1024'
cp "$folder/out" seed.yaml

# What it prints is a configuration.
run config --config seed.yaml; code 0; no_err
sed 's/ *#.*//' "$folder/out" >again.yaml
sed 's/ *#.*//' seed.yaml >first.yaml
same first.yaml again.yaml 'expected the printed configuration to read back to itself'

run config -c quick --set train.epochs=3 --set=optimizer.lr=0.5; code 0; no_err
out '# built-in quick.yaml:'; out 'epochs: 3 '; out 'lr: 0.5 '; out '# --set'
run config --json --set train.branches=age,eyes; code 0; no_err; out '"train.branches"'; out '"--set"'

# Mistakes on the command line.
run config --set optimizer.lr=fast; code 2; no_out; err_lines 1
err "agr-mpi config: --set: optimizer.lr: expected a number from 0 to 1000, found 'fast'"
run config --set lr; code 2; no_out; err "--set: expected KEY=VALUE, found 'lr'"
run config --set; code 2; no_out; err '--set: expected KEY=VALUE, found nothing'
run config --set lr=1; code 2; no_out; err "unknown key 'lr'"; err "hint: did you mean 'optimizer.lr'?"
run config --json=yes; code 2; no_out; err "--json: expected no value, found 'yes'"
run config --jsn; code 2; no_out; err "hint: did you mean '--json'?"
run config -x; code 2; no_out; err "unknown option '-x'"
run config seed.yaml; code 2; no_out; err "expected no further argument, found 'seed.yaml'"
run config -- --json; code 2; no_out; err "expected no further argument, found '--json'"

# Mistakes in files.
run config --config absent.yaml; code 1; no_out; err "no configuration 'absent.yaml'"; err 'hint: '
run config --config quik; code 1; no_out; err "hint: did you mean 'quick'?"
printf 'optimizer:\n  lr: 0.001\n  dcay: 0\n' >typo.yaml
run config --config typo.yaml; code 1; no_out; err_lines 2
err "agr-mpi config: typo.yaml:3: unknown key 'optimizer.dcay'"; err "hint: did you mean 'optimizer.decay'?"
head -c 3000 "$program" >binary.yaml
run config --config binary.yaml; code 1; no_out; err 'binary.yaml:'; err_lines 1
run config --config .; code 1; no_out
mkdir nets && printf 'branches: {mine: nets/mine.yaml}\n' >mine.yaml
run config --config mine.yaml; code 1; no_out; err 'mine.yaml:1: branches.mine: '; err 'nets/mine.yaml'
printf 'layers: [flatten, dense: {units: 1}]\nheads: [{name: o, target: t, loss: mse}]\n' >nets/mine.yaml
run config --config mine.yaml; code 0; no_err; out '# nets/mine.yaml:1'; out '{name: dense, units: 1}'

# The manual's table of keys is the program's.
run config --keys; code 0; no_err
sed -n "/^## Keys/,/^## Branches/p" "$source/docs/configuration.md" | grep "^|" >manual.txt
same "$folder/out" manual.txt "expected the table in docs/configuration.md to be that of 'agr-mpi config --keys'"
run_small 1 limited.yaml config
code 1; err 'cannot write to standard output'
