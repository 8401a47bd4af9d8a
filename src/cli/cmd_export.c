/* agr-mpi export: trained networks in a file of another format. */
#include "cli.h"
#include "options.h"

#include <agr/export/export.h>

agr_status cmd_export(int argc, char **argv, agr_error *err)
{
    static agr_export_request request = {.models = {.checkpoint = "runs/seed", .slot = "best"}};
    const cli_option option[] = {
        {"output", 'o', CLI_TEXT, "FILE", &request.path,
         "the file to write, of web the folder: a new one (required)"},
        {"format", 0, CLI_TEXT, "NAME", &request.format,
         "onnx, keras, safetensors, web (default: what the ending of FILE says)"},
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &request.models.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"slot", 0, CLI_TEXT, "NAME", &request.models.slot,
         "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &request.models.branches, "only these (default: all)"},
        {"fold", 0, CLI_FLAG, NULL, &request.fold,
         "onnx, web: compute batch norms inside the layers beside them where they fit"},
        {"runtime", 0, CLI_TEXT, "DIR", &request.runtime,
         "web: npm's onnxruntime-web (default: in node_modules here or of NODE_PATH)"},
    };
    const cli_syntax syntax = {
        .verb = "export",
        .positionals = "",
        .summary = "Writes trained networks to a file that other programs read: layers and weights "
                   "with the names Keras gives them, and what the outputs mean.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(cli_check_new_file(request.path, "agr-mpi export -o model.safetensors", err));
    return agr_export_run(&request, err);
}
