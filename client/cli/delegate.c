// SPDX-License-Identifier: Apache-2.0
//
// Work on an agency's directory or store itself is liaisond's; these commands become it.
#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 32 };

struct words {
    const char *items[MOST_WORDS];
    size_t count;
};

static void add(struct words *words, const char *word)
{
    if (words->count + 1 < MOST_WORDS) {
        words->items[words->count++] = word;
    }
}

static void add_choice(struct words *words, const struct invocation *invocation, enum choice choice,
                       const char *name)
{
    const char *value = command_value(invocation, choice);
    if (value != NULL) {
        add(words, name);
        add(words, value);
    }
}

// The daemon that was installed with this program is preferred to whichever stands in the path.
static enum liaison_outcome become(const struct words *words)
{
    char path[PATH_MAX + sizeof "/liaisond"];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash = length <= 0 ? NULL : memrchr(path, '/', (size_t)length);
    if (slash != NULL) {
        strcpy(slash, "/liaisond");
        execv(path, (char *const *)words->items);
    }
    execvp("liaisond", (char *const *)words->items);
    perror("liaison: liaisond");
    return LIAISON_FAILED;
}

enum liaison_outcome delegate_init(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_ID) == NULL ||
        command_value(invocation, CHOICE_NAME) == NULL ||
        command_value(invocation, CHOICE_REGION) == NULL) {
        return command_misused("init needs --id, --name and --region");
    }
    struct words words = {{"liaisond", "--init", invocation->arguments[0]}, 3};
    add_choice(&words, invocation, CHOICE_ID, "--id");
    add_choice(&words, invocation, CHOICE_NAME, "--name");
    add_choice(&words, invocation, CHOICE_REGION, "--region");
    add_choice(&words, invocation, CHOICE_SECTOR, "--sector");
    add_choice(&words, invocation, CHOICE_ENDPOINT, "--endpoint");
    add_choice(&words, invocation, CHOICE_USCC, "--uscc");
    add_choice(&words, invocation, CHOICE_SUITE, "--suite");
    add_choice(&words, invocation, CHOICE_TELEPHONE, "--telephone");
    return become(&words);
}

enum liaison_outcome delegate_journal(const struct invocation *invocation)
{
    const char *work = invocation->arguments[0];
    if (strcmp(work, "verify") != 0 && strcmp(work, "rebuild") != 0) {
        return command_misused("journal takes verify or rebuild");
    }
    struct words words = {{"liaisond"}, 1};
    if (invocation->directory != NULL) {
        add(&words, "-C");
        add(&words, invocation->directory);
    }
    add(&words, "--journal");
    add(&words, work);
    return become(&words);
}
