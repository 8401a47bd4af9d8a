/* One rank fails in the middle of a step while the others wait for it: the run must end at once.
 * Not a cmocka program: what is tested is how the launcher and the other ranks end. */
#include <agr/comm/group.h>
#include <agr/comm/world.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int n_arguments, char **argument)
{
    agr_world *world;
    agr_error err;
    if (n_arguments != 2 || agr_world_start(&world, &err) != AGR_OK)
        return 2;
    if (agr_world_rank(world) == agr_world_size(world) - 1) {
        usleep(200000);
        if (strcmp(argument[1], "killed") == 0)
            raise(SIGKILL);
        agr_error_set(&err, AGR_NUMERIC, "branch 'x': loss is not a number");
        agr_error_hint(&err, "a lower rate");
        agr_world_abort(world, &err);
    }
    agr_group_barrier(agr_world_group(world), &err);
    puts("nobody may come here");
    agr_world_stop(world);
    return 0;
}
