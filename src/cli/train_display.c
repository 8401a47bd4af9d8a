/* What train shows: lines that stay, and one below them that moves. */
#include "train_display.h"

#include "progress.h"

#include <agr/base/clock.h>
#include <agr/base/text.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { N_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES, USUAL_COLUMNS = 80 };

/* A branch that has been silent for so long has ended, or does not move. */
#define FORGOTTEN_S 60.0

train_display train_display_begin(display_kind kind)
{
    const int columns = cli_terminal_columns(STDOUT_FILENO);
    train_display display = {.says_lines = kind != DISPLAY_NONE};
    if (kind == DISPLAY_AUTO)
        display.columns = columns;
    else if (kind == DISPLAY_LIVE)
        display.columns = columns > 0 ? columns : USUAL_COLUMNS;
    return display;
}

void train_display_end(train_display *display)
{
    if (display->is_drawn)
        fputs("\r\033[K", stdout);
    display->is_drawn = false;
}

void train_display_line(void *context, const char *line)
{
    train_display *display = context;
    if (!display->says_lines)
        return;
    train_display_end(display);
    printf("%s\n", line);
    fflush(stdout);
}

static void add_branch(agr_text *line, const char *name, const agr_pace *pace)
{
    const int percent = pace->n_images > 0 ? (int)(100 * pace->n_done / pace->n_images) : 100;
    agr_text_add(line, "%s%s %lld/%lld %s%d%%", line->length > 0 ? "   " : "", name,
                 (long long)pace->epoch, (long long)pace->n_epochs,
                 pace->validates ? "validation " : "", percent);
    if (!pace->validates)
        agr_text_add(line, " loss %.4g %.3g/s", pace->loss, pace->images_per_s);
}

static void draw(train_display *display)
{
    agr_text line = {0};
    for (int b = 0; b < N_BRANCHES; b++)
        if (display->branch[b].heard_s > 0 &&
            agr_clock_s() - display->branch[b].heard_s < FORGOTTEN_S)
            add_branch(&line, display->branch[b].name, &display->branch[b].pace);
    if (!line.failed && line.length > 0) {
        printf("\r%.*s\033[K", display->columns - 1, line.data);
        fflush(stdout);
        display->is_drawn = true;
    }
    agr_text_release(&line);
}

void train_display_pace(void *context, const char *branch, const agr_pace *pace)
{
    train_display *display = context;
    if (display->columns == 0)
        return;
    snprintf(display->branch[pace->branch].name, sizeof display->branch[0].name, "%s", branch);
    display->branch[pace->branch].pace = *pace;
    display->branch[pace->branch].heard_s = agr_clock_s();
    draw(display);
}
