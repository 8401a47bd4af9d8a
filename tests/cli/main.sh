#!/bin/bash
# The program itself: help, version, commands that do not exist.
# shellcheck disable=SC2154 # variables and vocabulary: harness.sh

run --help; code 0; no_err; out 'usage: agr-mpi COMMAND'; out '  config  '
run -h; code 0; no_err; out 'usage: agr-mpi COMMAND'
run --version; code 0; no_err; out 'agr-mpi '
run --version --verbose; code 0; no_err; out 'compiler  '; out 'MPI       '; out 'HDF5      1.'; out 'kernels   '
run; code 2; no_out; err 'agr-mpi: expected a command'; err 'hint: '; err_lines 2
run confg; code 2; no_out; err "agr-mpi: unknown command 'confg'"; err "hint: did you mean 'agr-mpi config'?"; err_lines 2
run --verison; code 2; no_out; err "unknown command '--verison'"

# Every command explains itself on stdout, whatever else is on its command line.
for verb in $("$program" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    run "$verb" --help; code 0; no_err; out "usage: agr-mpi $verb"; out '-h, --help'
    run "$verb" --no-such-option; code 2; no_out; err "agr-mpi $verb: unknown option '--no-such-option'"
done

# Started by a launcher, one rank speaks.
export OMPI_COMM_WORLD_RANK=1
run --help; code 0; no_out; no_err
run nonsense; code 2; no_out; no_err
run config; code 0; no_out; no_err
run config --nonsense; no_out; no_err
export OMPI_COMM_WORLD_RANK=0
run nonsense; code 2; err_lines 2
unset OMPI_COMM_WORLD_RANK

# A result that cannot be written is a failure.
run_to /dev/full config
code 1; err 'cannot write to standard output'; err_lines 1
run train --resume auto; code 2; no_out; err "expected no further argument, found 'auto'"; err "hint: did you mean '--resume=auto'?"
