/* agr-mpi predict: what a checkpoint sees in pictures. */
#include "cli.h"
#include "options.h"
#include "predict_sources.h"
#include "terminal.h"

#include <agr/base/cpu.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *checkpoint, *slot, *branches, *box, *boxes, *overlay;
    int format;
    bool flip, members, ends_with_zero;
    int64_t threads;
} predict_options;

/* What there is to judge. */
typedef struct {
    const cli_arguments *arguments;
    predict_box box;
    predict_boxes boxes; /* owned */
    predict_batch batch; /* owned */
} prediction;

static agr_status read_boxes(prediction *p, const predict_options *o, agr_error *err)
{
    if (o->box != NULL && o->boxes != NULL)
        return agr_error_set(err, AGR_USAGE, "expected --box or --boxes, found both");
    if (o->boxes == NULL && p->arguments->n == 0)
        return agr_error_set(err, AGR_USAGE, "expected IMAGE|DIR|-..., found nothing");
    if (o->box != NULL && predict_box_parse(o->box, &p->box, err) != AGR_OK) {
        agr_error_context(err, "--box");
        return err->status = AGR_USAGE;
    }
    return o->boxes != NULL ? predict_boxes_read(&p->boxes, o->boxes, err) : AGR_OK;
}

static predict_request make_request(const predict_options *o)
{
    const bool terminal = cli_terminal_now(STDOUT_FILENO).columns > 0;
    const predict_format usual = terminal ? PREDICT_TABLE : PREDICT_TSV;
    return (predict_request){
        .models = {o->checkpoint, o->slot, o->branches},
        .format = o->format == PREDICT_AUTO ? usual : (predict_format)o->format,
        .flip = o->flip,
        .members = o->members,
        .has_boxes = o->box != NULL || o->boxes != NULL,
        .overlay = o->overlay,
        .threads = o->threads > 0 ? (int)o->threads : agr_cpu_available(),
    };
}

/* All there is to judge, and what was read until something ended the work. */
static agr_status judge(prediction *p, const predict_options *o, agr_error *err)
{
    const predict_sources sources = {.batch = &p->batch,
                                     .box = &p->box,
                                     .boxes = o->boxes != NULL ? &p->boxes : NULL,
                                     .list_end = o->ends_with_zero ? '\0' : '\n'};
    agr_status status = AGR_OK;
    if (p->arguments->n == 0)
        status = predict_add_boxes(&sources, err);
    for (int i = 0; i < p->arguments->n && status == AGR_OK; i++)
        status = predict_add_argument(&sources, p->arguments->item[i], err);
    agr_error second;
    const agr_status judged = predict_batch_judge(&p->batch, status == AGR_OK ? err : &second);
    return status == AGR_OK ? judged : status;
}

static agr_status predict(prediction *p, const predict_options *o, agr_error *err)
{
    const predict_request request = make_request(o);
    AGR_TRY(read_boxes(p, o, err));
    AGR_TRY(predict_batch_open(&p->batch, &request, err));
    AGR_TRY(judge(p, o, err));
    const long long n_answered = p->batch.n_answered, n_failed = p->batch.n_failed;
    if (n_answered == 0) {
        agr_error_set(err, AGR_INPUT, "no usable image among the arguments");
        return agr_error_hint(err, "in folders, files ending in .jpg, .jpeg or .png are looked at");
    }
    if (n_failed > 0)
        return agr_error_set(err, AGR_INPUT, "%lld of %lld images could not be used", n_failed,
                             n_failed + n_answered);
    return AGR_OK;
}

agr_status cmd_predict(int argc, char **argv, agr_error *err)
{
    static const char *const format[] = {"auto", "table", "tsv", "csv", "jsonl", NULL};
    static predict_options o = {.checkpoint = "runs/seed", .slot = "best"};
    const cli_option option[] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"format", 0, CLI_CHOICE, "FORMAT", &o.format,
         "table, tsv, csv or jsonl (default auto: a table on a terminal, else tsv)",
         .choices = format},
        {"box", 0, CLI_TEXT, "X,Y,W,H", &o.box, "look at this part of every picture, in pixels"},
        {"boxes", 0, CLI_TEXT, "FILE.csv", &o.boxes,
         "look at these parts: columns path, x, y, w, h; without arguments, of all its pictures"},
        {"flip", 0, CLI_FLAG, NULL, &o.flip,
         "judge each picture and its mirror image: the mean of both answers"},
        {"members", 0, CLI_FLAG, NULL, &o.members,
         "answers of each member of a population too, beside those of its ensemble"},
        {"overlay", 0, CLI_TEXT, "DIR", &o.overlay,
         "write each picture with its answers to DIR, as SVG"},
        {"null", '0', CLI_FLAG, NULL, &o.ends_with_zero,
         "paths on standard input end with a zero byte (find -print0)"},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "threads", .min = 1, .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "predict",
        .positionals = "IMAGE|DIR|-...",
        .max_positionals = -1,
        .summary = "Says what a trained checkpoint sees in pictures: a row each. A folder is "
                   "searched for JPEG and PNG files; - stands for standard input, a picture or a "
                   "list of paths, one a line. Rows for programs (tsv, csv, jsonl) hold unrounded "
                   "numbers and the probability of every class, the table for people is rounded. "
                   "Replicas and folds of a branch answer as one, with their standard deviation. "
                   "A picture that cannot be used has a row with its error, the others are judged; "
                   "the exit code is then 1.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static prediction p;
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help || !cli_speaks())
        return AGR_OK;
    p.arguments = &arguments;
    const agr_status status = predict(&p, &o, err);
    predict_batch_release(&p.batch);
    predict_boxes_release(&p.boxes);
    return status;
}
