# Sourced by the tests of tests/hosts, inside tests/cli/harness.sh: hosts of their own on this machine. Each is a network namespace with a
# name of its own; a bridge in another joins them. mpirun starts its daemons there as it would over ssh.
#
#     hosts_begin 3                        makes three: host0, host1, host2; skips the test (77) where that is not allowed
#     differs=(mine others)                from now on hosts but the first see the second folder where the first one is
#     run_hosts 2 doctor --json            the program on two ranks of each host
#
# shellcheck shell=bash disable=SC2154 # folder, program: the harness has them

hosts_skip() {
    echo "skipped: $1"
    exit 77
}

hosts_end() {
    local i pids
    for i in $(seq 0 $((n_hosts - 1))) switch; do
        pids=$(ip netns pids "$hosts_name-$i" 2>/dev/null)
        # shellcheck disable=SC2086 # several
        [[ -z $pids ]] || kill -KILL $pids 2>/dev/null
        ip netns del "$hosts_name-$i" 2>/dev/null
    done
    rm -rf "$folder"
}

hosts_connect() { # number
    ip netns add "$hosts_name-$1" &&
        ip link add "port$1" netns "$hosts_name-switch" type veth peer name eth0 netns "$hosts_name-$1" &&
        ip -n "$hosts_name-switch" link set "port$1" master bridge up &&
        ip -n "$hosts_name-$1" addr add "10.99.7.$(($1 + 1))/24" dev eth0 &&
        ip -n "$hosts_name-$1" link set eth0 up &&
        ip -n "$hosts_name-$1" link set lo up
}

hosts_begin() { # how many
    n_hosts=$1 hosts_name=agr$$ differs=()
    [[ $(id -u) == 0 ]] || hosts_skip 'only root may make network namespaces'
    local tool i
    for tool in ip nsenter unshare; do
        command -v "$tool" >/dev/null || hosts_skip "no $tool (packages iproute2, util-linux)"
    done
    "${MPIEXEC:-mpiexec}" --version | grep -q '(OpenRTE) 4' || hosts_skip 'written for mpirun of Open MPI 4'
    trap hosts_end EXIT
    ip netns add "$hosts_name-switch" 2>/dev/null || hosts_skip 'no network namespaces here'
    ip -n "$hosts_name-switch" link add bridge type bridge 2>/dev/null || hosts_skip 'no bridges here'
    ip -n "$hosts_name-switch" link set bridge up
    for ((i = 0; i < n_hosts; i++)); do
        hosts_connect "$i" 2>/dev/null || hosts_skip 'no veth pairs here'
    done
    # What mpirun takes for ssh: its first argument is the address, the rest a command line.
    cat >"$folder/reach" <<SCRIPT
#!/bin/bash
number=\$((\${1##*.} - 1))
shift
exec nsenter --net="/run/netns/$hosts_name-\$number" unshare --uts --mount bash -c '
    hostname "host\$1"
    [[ -z \$AGR_MINE ]] || mount --bind "\$AGR_OTHERS" "\$AGR_MINE"
    eval "\$2"' bash "\$number" "\$*"
SCRIPT
    chmod +x "$folder/reach"
}

run_hosts() { # ranks of each, arguments of the program
    local each=$1 i list=''
    shift
    for ((i = 1; i <= n_hosts; i++)); do
        list+=,10.99.7.$i:$each
    done
    call="on $n_hosts hosts, $each ranks each: agr-mpi $*"
    AGR_MINE=${differs[0]-} AGR_OTHERS=${differs[1]-} nsenter --net="/run/netns/$hosts_name-0" unshare --uts bash -c 'hostname host0; exec "$@"' bash \
        "${MPIEXEC:-mpiexec}" --mca plm_rsh_agent "$folder/reach" --mca plm_rsh_no_tree_spawn 1 --mca oob_tcp_if_include eth0 \
        --mca btl_tcp_if_include eth0 --host "${list#,}" -n $((n_hosts * each)) \
        "$program" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
