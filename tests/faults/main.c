// SPDX-License-Identifier: Apache-2.0
//
// The sweeps' program: `sweep memory` or `sweep calls`, then perhaps a scene, a fault's name and its number, to see one play closely.
#include "faults/scenes.h"

#include "unit/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Thousands of plays sync what they write: memory is quick at it.
static struct scratch scratch = {"/dev/shm/liaison-faults-XXXXXX"};

static bool to_scratch(void)
{
    char root[4096];
    char conf[4200];
    char tests[4200]; // the town's law is there
    return getcwd(root, sizeof root) != NULL && snprintf(conf, sizeof conf, "%s/conf", root) > 0 && snprintf(tests, sizeof tests, "%s/tests", root) > 0 &&
           mkdtemp(scratch.path) != NULL && chdir(scratch.path) == 0 && mkdir("build", 0700) == 0 && symlink(conf, "conf") == 0 && symlink(tests, "tests") == 0;
}

// What make check takes of a long scene; check-long sets SWEEP_ALL and takes every chance.
enum { PLAYS_MOST = 16 };

// OpenSSL begins once in a process and does not get over it if there is no memory for that, so it has begun before any play.
static void warm_up(void)
{
    struct scene *scene;
    scene_make((void **)&scene);
    town_submit(scene->bureau, scene_notice(scene));
    town_submit(scene->township, scene_note(scene, scene->bureau->id, "请协助核实。"));
    town_settle(&scene->town);
    scene_drop((void **)&scene);
}

int main(int argc, char **argv)
{
    bool forms[FAULT_FORMS] = {false};
    const char *what = argc > 1 ? argv[1] : "";
    const char *only = argc > 2 ? argv[2] : NULL;
    for (int form = 0; form < FAULT_FORMS; form++) {
        bool is_memory = form == FAULT_MEMORY;
        bool wanted = argc > 3 ? strcmp(argv[3], fault_name((enum fault_form)form)) == 0 : strcmp(what, "memory") == 0 ? is_memory : !is_memory;
        forms[form] = wanted;
    }
    if (!to_scratch()) {
        perror("scratch");
        return 1;
    }
    const uint64_t nth = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
    bool all = getenv("SWEEP_ALL") != NULL;
    fault_thin_crypto(all ? 1 : 16);
    sweep_begin(all || nth > 0 ? 0 : PLAYS_MOST);
    warm_up();
    sweep_scenes(scenes_of_turns, scenes_of_turns_count, forms, only, nth);
    sweep_scenes(scenes_of_files, scenes_of_files_count, forms, only, nth);
    scratch_remove(&scratch);
    return sweep_end() ? 0 : 1;
}
