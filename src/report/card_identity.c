/* Card: digests, and the commands that give the same again. */
#include "card_impl.h"

#include "commands_impl.h"
#include "markdown_impl.h"
#include "words_impl.h"

#include <agr/store/digest.h>
#include <string.h>

static void add_row(agr_text *markdown, const char *what, const char *of, const char *hash)
{
    markdown_cell(markdown, "%s", what);
    markdown_cell(markdown, "%s", of);
    markdown_cell(markdown, "%s", hash);
    markdown_row_end(markdown);
}

static agr_status add_digests(const agr_evaluation *e, agr_text *markdown, agr_error *err)
{
    agr_checkpoint *checkpoint = e->models.checkpoint;
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        uint64_t digest;
        const agr_status status = agr_checkpoint_digest(checkpoint, b, &digest, err);
        if (status == AGR_NOT_FOUND) /* no step of this branch has been kept yet */
            continue;
        AGR_TRY(status);
        add_row(markdown, "branch", agr_checkpoint_branch_at(checkpoint, b)->name,
                words_hash(digest).text);
    }
    return AGR_OK;
}

static void add_datasets(const agr_evaluation *e, agr_text *markdown)
{
    const agr_checkpoint_info *about = agr_checkpoint_about(e->models.checkpoint);
    for (int i = 0; i < about->n_datasets; i++)
        add_row(markdown, "trained on", about->datasets[i].path,
                words_hash(about->datasets[i].fingerprint).text);
    add_row(markdown, "judged on", agr_dataset_path(e->dataset),
            words_hash(agr_dataset_fingerprint(e->dataset)).text);
}

/* As a block of code: indented, so that nothing in a name can end it. */
static void add_commands(const card *of, agr_text *markdown)
{
    agr_text lines = {0};
    commands_to_judge(of->e, of->run, &lines);
    commands_to_train(of->e, of->run, &lines);
    markdown->failed = markdown->failed || lines.failed;
    for (const char *line = lines.failed ? "" : lines.data; *line != '\0';) {
        const int length = (int)strcspn(line, "\n");
        agr_text_add(markdown, "    %.*s\n", length, line);
        line += length + 1;
    }
    agr_text_release(&lines);
}

agr_status card_identity(const card *of, agr_text *markdown, agr_error *err)
{
    agr_text_add(markdown, "## The same again\n\n");
    markdown_table_begin(markdown, "lll", "what|of|digest or fingerprint");
    AGR_TRY(add_digests(of->e, markdown, err));
    add_datasets(of->e, markdown);
    agr_text_add(markdown, "\n");
    markdown_paragraph(
        markdown, "",
        "The figures of this card, and the same bits trained again, on any number of "
        "ranks and threads:");
    add_commands(of, markdown);
    return AGR_OK;
}
