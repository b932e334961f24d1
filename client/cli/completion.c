// SPDX-License-Identifier: Apache-2.0
//
// The completion of bash, written from the same tables that read the command line: what is completed
// is what is understood. The script keeps to bash alone, so that it needs no other package.
#include "command.h"

#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "output.h"

// What stands for an argument or a value: a file, a kind, one of some words, or nothing to offer.
static const char *name_form(const char *text)
{
    static const char *const files[] = {"FILE", "CARD", "DIR", "BODY.json|-", "FILE|-", "ID|FILE", "FILE…"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i], text) == 0) {
            return "@file";
        }
    }
    if (strcmp(text, "KIND") == 0 || strcmp(text, "[KIND]") == 0) {
        return "@kind";
    }
    return strchr(text, '|') != NULL && strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL ? text
                                                                                         : "-";
}

static void print_kinds(void)
{
    json_t *kinds = output_kinds();
    size_t i;
    json_t *kind;
    printf("_liaison_kinds='");
    json_array_foreach(output_member(kinds, "kinds"), i, kind)
    {
        if (strcmp(output_text(kind, "class"), "machine") != 0) { // nobody sends those
            printf("%s ", output_text(kind, "name"));
        }
    }
    printf("'\n\n");
    json_decref(kinds);
}

static void print_values(const struct choice_row *choices)
{
    printf("# What an option takes; nothing: it takes no value.\n"
           "_liaison_value() {\n    case $1 in\n"
           "    -C | --directory) echo @file ;;\n"
           "    --as) echo 'submitter|officer|auditor|operator|administrator' ;;\n"
           "    --timeout) echo - ;;\n");
    for (int i = 0; i < CHOICES; i++) {
        if (choices[i].value != NULL) {
            printf("    --%s) echo '%s' ;;\n", choices[i].name, name_form(choices[i].value));
        }
    }
    printf("    esac\n}\n\n");
}

static void print_options(const struct command *command, const struct choice_row *choices)
{
    for (int i = 0; i < CHOICES; i++) {
        if ((command->options & (choice_set)1 << i) != 0) {
            printf("--%s ", choices[i].name);
        }
    }
}

// "FILE…": one or more of them.
static bool is_repeated(const char *word)
{
    return strlen(word) > strlen("…") && strcmp(word + strlen(word) - strlen("…"), "…") == 0;
}

static void print_arguments(const char *arguments)
{
    char word[64];
    int used = 0;
    for (const char *at = arguments; sscanf(at, "%63s%n", word, &used) == 1; at += used) {
        printf(" '%s'%s", name_form(word), is_repeated(word) ? " …" : "");
    }
}

static void print_commands(const struct command *commands, size_t count,
                           const struct choice_row *choices)
{
    printf("# A command's arguments, each as what stands for it, and its options.\n"
           "_liaison_command() {\n    case $1 in\n");
    for (size_t i = 0; i < count; i++) {
        printf("    '%s') arguments=(", commands[i].words);
        print_arguments(commands[i].arguments);
        printf(" ) options='");
        print_options(&commands[i], choices);
        printf("' ;;\n");
    }
    printf("    *) return 1 ;;\n    esac\n}\n\n_liaison_words='");
    for (size_t i = 0; i < count; i++) {
        printf("%s\n", commands[i].words);
    }
    printf("'\n\n");
}

static const char machine[] =
    "_liaison_offer() {\n"
    "    local IFS=$' \\n'\n"
    "    case $1 in\n"
    "    '' | -) ;;\n"
    "    @file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
    "    @kind) mapfile -t COMPREPLY < <(compgen -W \"$_liaison_kinds\" -- \"$2\") ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"${1//|/ }\" -- \"$2\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "# The words that may follow those said, as far as they begin a command.\n"
    "_liaison_next() {\n"
    "    local line\n"
    "    while read -r line; do\n"
    "        if [[ -n $line && \"$line \" == \"$1\"* ]]; then\n"
    "            line=${line#\"$1\"}\n"
    "            echo \"${line%% *}\"\n"
    "        fi\n"
    "    done <<<\"$_liaison_words\"\n"
    "}\n"
    "\n"
    "_liaison() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} value command='' options='' i at\n"
    "    local -a said=() arguments=()\n"
    "    COMPREPLY=()\n"
    "    value=$(_liaison_value \"${COMP_WORDS[COMP_CWORD - 1]}\")\n"
    "    if [[ -n $value ]]; then\n"
    "        _liaison_offer \"$value\" \"$current\"\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ -n $(_liaison_value \"${COMP_WORDS[i]}\") ]]; then\n"
    "            i=$((i + 1))\n"
    "        elif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
    "            said+=(\"${COMP_WORDS[i]}\")\n"
    "        fi\n"
    "    done\n"
    "    for i in 2 1; do\n"
    "        command=${said[*]:0:i}\n"
    "        if ((${#said[@]} >= i)) && _liaison_command \"$command\"; then\n"
    "            break\n"
    "        fi\n"
    "        command=''\n"
    "    done\n"
    "    if [[ $current == -* ]]; then\n"
    "        _liaison_offer \"$options--directory|--as|--json|--timeout|--help\" \"$current\"\n"
    "    elif [[ -n $command ]]; then\n"
    "        at=$((${#said[@]} - i))\n"
    "        if ((${#arguments[@]} > 1 && at >= ${#arguments[@]} - 1)) && [[ ${arguments[-1]} == … ]]; then\n"
    "            at=$((${#arguments[@]} - 2))\n"
    "        fi\n"
    "        _liaison_offer \"${arguments[at]:-}\" \"$current\"\n"
    "    else\n"
    "        _liaison_offer \"$(_liaison_next \"${said[*]}${said:+ }\")\" \"$current\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _liaison liaison\n";

enum liaison_outcome completion_print(const struct invocation *invocation)
{
    (void)invocation;
    size_t count;
    const struct command *commands = command_table(&count);
    const struct choice_row *choices = command_choices();
    printf("# Completion of liaison for bash. Written by liaison completion; do not edit.\n"
           "# shellcheck shell=bash\n\n");
    print_kinds();
    print_values(choices);
    print_commands(commands, count, choices);
    fputs(machine, stdout);
    return LIAISON_DONE;
}
