#!/bin/bash
# rules.sh FOLDER PROGRAM: the rules themselves are tested: each accepts a good tree and catches every sample that breaks it.
lint=$1 program=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0 checks=0

fresh_tree() {
    rm -rf "$folder/tree"
    mkdir -p "$folder/tree"/{src,include/agr}/{base,comm,data,kernels,cli,image} "$folder/tree/docs" "$folder/tree/launch"
    printf '/* Good. */\n#include <agr/base/a.h>\n' >"$folder/tree/src/data/good.c"
    printf '/** A. */\nint agr_a(void);\n' >"$folder/tree/include/agr/base/a.h"
    printf 'See [the manual](docs/manual.md).\n```sh\nagr-mpi predict me.jpg   # me\n```\n' >"$folder/tree/README.md"
    echo '/*.jpg' >"$folder/tree/.gitignore"
    echo '| `gcc` | compiles |' >"$folder/tree/docs/dependencies.md"
    echo gcc >"$folder/tree/launch/packages"
    echo '{"name": "dev"}' >"$folder/tree/CMakePresets.json"
    printf 'Text.\n\n```sh\nagr-mpi config --json   # --nonsense\n```\n' >"$folder/tree/docs/manual.md"
}

accepts() { # rule, what is good about it
    checks=$((checks + 1))
    local said
    said=$(bash "$lint/$1.sh" "$folder/tree" "$([[ $1 == headers ]] && echo cc || echo "$program")" 2>&1) || {
        echo "lint.$1 refuses a good tree ($2): $said"
        failures=$((failures + 1))
    }
}

catches() { # rule, file, content, words of the complaint
    fresh_tree
    printf '%s\n' "$3" >"$folder/tree/$2"
    checks=$((checks + 1))
    local said
    if said=$(bash "$lint/$1.sh" "$folder/tree" "$([[ $1 == headers ]] && echo cc || echo "$program")" 2>&1); then
        echo "lint.$1 does not catch in $2: $3"
        failures=$((failures + 1))
    elif [[ $said != *"$4"* ]]; then
        echo "lint.$1: expected '$4' about $2, found: $said"
        failures=$((failures + 1))
    fi
}

for rule in rooms words openings docs headers; do
    fresh_tree
    accepts "$rule" 'nothing wrong'
done
catches rooms src/base/x.c '#include <agr/data/x.h>' "room 'base' includes 'data', which is below it"
catches rooms include/agr/comm/x.h '#  include <agr/cli/x.h>' "room 'comm' includes 'cli'"
catches rooms src/kernels/x.c '#include <agr/comm/x.h>' "must not know of ranks"
catches rooms src/data/x.c '#include <agr/nowhere/x.h>' "no room 'nowhere'"
catches rooms src/data/x.c '#include <mpi.h>' "<mpi.h> is known to room 'comm' only"
catches rooms src/data/x.c '#include <hdf5.h>' "'store' only"
catches rooms src/cli/x.c '#include <yaml.h>' "'config' only"
catches rooms src/comm/x.c '#include <cblas.h>' "'kernels' only"
catches rooms src/data/x.c '#include <onnx.pb-c.h>' "'export' only"
catches rooms src/data/x.c '#include <stb/stb_image.h>' "'image' only"
catches rooms src/data/x.c 'void f(void) { printf("%d", 1); }' "only room 'cli' prints"
catches rooms src/comm/x.c 'void f(void) { exit(1); }' "only room 'cli' prints"
catches rooms src/data/x.c 'void f(void) { fputs("a", stdout); }' "only room 'cli' knows stdout"
catches rooms src/data/x.c 'double f(double x) { return exp(x); }' "differ between machines"
catches rooms src/kernels/x.c 'float f(float x) { return tanhf(x); }' "differ between machines"
catches words src/data/x.c 'const char *name = "age";' "labels are data"
catches words src/cli/x.c 'int n_race = 5; /* a comment */' "labels are data"
catches words include/agr/data/x.h '/* words */ int GENDER;' "labels are data"
catches headers include/agr/data/x.h 'size_t agr_x(void);' "does not compile alone"
catches docs README.md 'See [it](docs/absent.md).' "no file 'docs/absent.md'"
catches docs docs/README.md '[this](dependencies.md)' 'docs/README.md does not lead to manual.md'
catches docs docs/manual.md "$(printf '```sh\nagr-mpi fly --config x\n```')" "no command 'fly'"
catches docs docs/manual.md "$(printf '```sh\nmpirun -np 2 agr-mpi config --wings\n```')" "has no option --wings"
catches docs launch/packages 'libnowhere-dev' "nothing about package 'libnowhere-dev'"
catches docs docs/manual.md 'Use cmake --preset nowhere.' "no preset 'nowhere'"
catches docs docs/manual.md 'It is done by data/absent.c.' "no source file 'data/absent.c'"
catches docs docs/manual.md 'Call agr_absent() first.' "no function 'agr_absent()'"
catches docs .gitignore '*.h5' "git does not ignore 'me.jpg'"

catches openings src/data/x.c 'int x;' 'src/data/x.c: does not open with what it is for'

# lint.calls looks at objects: those of two files of one room, where a_one() is called by the other.
judge_calls() { # what is wanted of the rule, first file, second file
    local object="$folder/objects/base/CMakeFiles/agr_base.dir"
    fresh_tree
    mkdir -p "$folder/tree/tests" "$object"
    printf '%s\n' "$2" >"$folder/tree/src/base/one.c"
    printf '%s\n' "$3" >"$folder/tree/src/base/two.c"
    for file in one two; do
        cc -w -c "$folder/tree/src/base/$file.c" -o "$object/$file.c.o"
    done
    checks=$((checks + 1))
    local said
    said=$(bash "$lint/calls.sh" "$folder/tree" "$folder/objects" 2>&1)
    [[ $said == *"$1"* ]] || {
        echo "lint.calls: expected '$1', found: $said"
        failures=$((failures + 1))
    }
}
calls_one='void a_one(void); int main(void) { a_one(); return 0; }'
judge_calls 'ok: 2 files' 'void a_one(void) {}' "$calls_one"
judge_calls 'src/base/one.c: nobody calls a_two()' 'void a_one(void) {} void a_two(void) {}' "$calls_one"
judge_calls 'only this file calls a_two(): make it static' $'void a_two(void) {}\nvoid a_one(void) { a_two(); }' "$calls_one"
judge_calls $'in a circle:\n  base/' 'void a_two(void); void a_one(void) { a_two(); }' "$calls_one void a_two(void) {}"

# What may be said: comments and texts speak of anything.
fresh_tree
printf '/* printf(), exp() and exit() stay out; see age. */\nvoid f(char *s) { snprintf(s, 4, "exit(1)"); fprintf(stderr, "x"); }\n' \
    >"$folder/tree/src/data/x.c"
echo 'const char *columns = "age gender race";' >"$folder/tree/src/data/utkface.c"
accepts rooms 'speaks of printf'
accepts words 'the name reader knows the labels'

if command -v clang-format >/dev/null; then
    fresh_tree
    printf 'int  main( void ){return 0;}\n' >"$folder/tree/src/data/x.c"
    echo 'BasedOnStyle: LLVM' >"$folder/tree/.clang-format"
    checks=$((checks + 1))
    if bash "$lint/format.sh" "$folder/tree" clang-format >/dev/null 2>&1; then
        echo 'lint.format does not catch a wild layout'
        failures=$((failures + 1))
    fi
fi
echo "$checks checks, $failures failures"
exit $((failures > 0))
