/* agr-mpi doctor: is everything as a run needs it, here or on all hosts? */
#include "cli.h"
#include "doctor_text.h"
#include "options.h"
#include "setup.h"

#include <agr/doctor/doctor.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
    agr_doctor_options look;
    bool json;
    cli_overrides overrides;
} o = {.look.deadline_s = 10};

static agr_status print(const agr_diagnosis *diagnosis, agr_error *err)
{
    if (o.json)
        return cli_print_json(doctor_json(diagnosis), err);
    doctor_print_text(diagnosis);
    return AGR_OK;
}

/* The rest of the program is stuck: nobody else prints, and nobody waits for it. */
static void end_stuck(const agr_diagnosis *so_far)
{
    agr_error err = {0};
    if (o.look.speaks) {
        (void)print(so_far, &err);
        fflush(stdout);
    }
    _exit(1);
}

static agr_status judge(int n_problems, agr_error *err)
{
    if (n_problems == 0)
        return AGR_OK;
    return agr_error_set(err, AGR_INPUT, "found %d problem%s", n_problems,
                         n_problems == 1 ? "" : "s");
}

static agr_status examine(agr_error *err)
{
    agr_world *world = NULL;
    agr_diagnosis diagnosis;
    int n_problems;
    agr_status status = agr_doctor_run(&o.look, &world, &diagnosis, &n_problems, err);
    if (status == AGR_OK && diagnosis.n_rows > 0)
        status = print(&diagnosis, err);
    agr_diagnosis_release(&diagnosis);
    if (status == AGR_OK)
        status = judge(n_problems, err);
    if (world == NULL && !o.look.speaks)
        err->text[0] = err->hint[0] = '\0';
    return cli_end_world(world, status, err);
}

static bool is_told(const cli_overrides *set, const char *key)
{
    for (int i = 0; i < set->n; i++)
        if (strcmp(set->item[i].key, key) == 0)
            return true;
    return false;
}

agr_status cmd_doctor(int argc, char **argv, agr_error *err)
{
    cli_overrides *set = &o.overrides;
    const cli_option option[] = {
        {"config", 'c', CLI_TEXT, "FILE", &o.look.config,
         "a file, or a built-in name (seed, quick, best)"},
        {"data", 0, CLI_SETTING, "FILE", set, "the dataset", .key = "data.path"},
        {"run", 0, CLI_TEXT, "DIR", &o.look.run,
         "the run's folder, or the one it will lie in (default: the current folder)"},
        {"threads", 0, CLI_SETTING, "N", set, "threads of each rank", .key = "threads"},
        {"deadline", 0, CLI_DURATION, "TIME", &o.look.deadline_s,
         "end after this long, whatever hangs (10s)"},
        {"set", 0, CLI_SET, "KEY=VALUE", set, "change one setting; may be repeated"},
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
    };
    const cli_syntax syntax = {
        .verb = "doctor",
        .positionals = "",
        .summary =
            "Looks at this machine, or under mpirun at all hosts of a run: MPI, cores, "
            "network, kernels, memory, file systems, dataset, batch system. A line each: ok, "
            "warning, or problem with its remedy. Cannot hang; exit code 1 when there is a "
            "problem.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    o.look.overrides = set->item;
    o.look.n_overrides = set->n;
    o.look.data_is_told = is_told(set, "data.path");
    o.look.speaks = cli_speaks();
    o.look.expired = end_stuck;
    return examine(err);
}
