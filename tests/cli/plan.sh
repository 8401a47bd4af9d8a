# agr-mpi plan: layers, parameters, placement and the staircase of useful rank counts.
run plan --images 1000 --ranks 3; code 0; no_err
out 'all branches: 3572593 parameters'; out 'conv2d_5'; out 'branch gender'; out '277569'
out 'placement of 3 ranks'; out 'all branches done after'; out 'useful rank counts'
small=$source/tests/mpi/train/small.yaml
run plan --config "$small" --images 1000 --ranks 5 --placement age:3,gender:1,race:1; code 0; no_err
out 'age: ranks 0-2, 3 computing x 1 thread'
run plan --config "$small"; code 1; err "no dataset at "; err '--images N'
run plan --images 0; code 2; no_out; err '--images'
run plan --images 10 --ranks 0; code 2; no_out; err '--ranks'
run plan --config "$small" --images 10 --placement age:1; code 2; err "branch 'gender' has no ranks"
run plan --config "$small" --images 10 --placement height:1; code 2; err "no branch 'height'"
run plan --config absent.yaml; code 1; no_out; err 'absent.yaml'
