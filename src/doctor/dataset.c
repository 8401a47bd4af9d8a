/* The dataset: is it there, whole, and the same everywhere? */
#include "probe_impl.h"

#include <agr/store/dataset.h>

static void say_missing(const agr_doctor_options *options, const char *path, agr_findings *findings)
{
    agr_finding *finding =
        agr_findings_add(findings, options->data_is_told ? AGR_HEALTH_PROBLEM : AGR_HEALTH_WARNING,
                         "no file '%.200s'", path);
    finding->when_differing = AGR_HEALTH_PROBLEM;
    agr_finding_remedy(finding,
                       "agr-mpi prepare FOLDER -o FILE, or --data FILE; all hosts need it");
}

static void say_dataset(const agr_dataset *dataset, agr_findings *findings)
{
    agr_finding *finding = agr_findings_add(
        findings, AGR_HEALTH_OK, "'%.160s': %lld images of %lldx%lld, identity %016llx",
        agr_dataset_path(dataset), (long long)agr_dataset_count(dataset),
        (long long)agr_dataset_width(dataset), (long long)agr_dataset_height(dataset),
        (unsigned long long)agr_dataset_identity(dataset));
    finding->when_differing = AGR_HEALTH_PROBLEM;
    agr_finding_remedy(finding, "the hosts have different files under this name: copy one to all, "
                                "or put it on a shared file system");
}

void probe_dataset(const agr_doctor_options *options, agr_findings *findings)
{
    static agr_config config;
    agr_error err = {0};
    agr_dataset *dataset;
    if (!doctor_config(options, &config, &err))
        return;
    const char *path = config.data.path;
    if (!agr_path_exists(path)) {
        say_missing(options, path, findings);
    } else if (agr_dataset_open(path, &dataset, &err) == AGR_OK) {
        say_dataset(dataset, findings);
        agr_dataset_close(dataset);
    } else {
        agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err.text);
        agr_finding_remedy(finding, "%.300s", err.hint);
    }
    agr_config_release(&config);
}
