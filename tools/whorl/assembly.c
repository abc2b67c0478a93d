/*
 * The assembler is run by another instance of the tool, which knows where compiler and headers are. The object stands
 * in a temporary folder for a moment, since the kernel shall call it after the source.
 */
#define _GNU_SOURCE

#include "tools/whorl/assembly.h"

#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether the shell of the kernel takes it for one word, and for no option. */
static bool is_place(const char *text)
{
    if (text[0] == 0 || text[0] == '-')
        return false;
    for (; *text != 0; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}

static bool check_places(const struct assembly *assembly)
{
    const char *const places[] = {assembly->site, assembly->near};

    for (size_t i = 0; i < 2; i++) {
        if (places[i] != NULL && !is_place(places[i])) {
            say("'%s' is no place in the kernel", places[i]);
            return false;
        }
    }
    return true;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name);

    return length > 2 && strcmp(name + length - 2, suffix) == 0;
}

/* A child's exit status; -1 if it has none. */
static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* With names of registers, which an assembler otherwise wants as numbers. */
static bool assemble(const char *source, const char *object, const struct signals *signals)
{
    char *name = must_format("%s%s", source[0] == '-' ? "./" : "", source);
    pid_t pid = fork();

    if (pid < 0) {
        say("cannot assemble %s: %s", source, strerror(errno));
        free(name);
        return false;
    }
    if (pid == 0) {
        signals_restore_in_child(signals);
        execl("/proc/self/exe", "whorl", "cc", "-Wa,-mregnames", "-o", object, name, NULL);
        _exit(127);
    }
    free(name);
    if (wait_for(pid) == 0)
        return true;
    say("%s was not assembled", source);
    return false;
}

static char *make_folder(const char *source)
{
    const char *directory = getenv("TMPDIR");
    char *folder = must_format("%s/whorl-patch-XXXXXX",
                               directory != NULL && directory[0] != 0 ? directory : "/tmp");

    if (mkdtemp(folder) != NULL)
        return folder;
    say("cannot assemble %s: no temporary folder %s: %s", source, folder, strerror(errno));
    free(folder);
    return NULL;
}

static bool assemble_and_read(const char *source, const struct signals *signals,
                              struct group *group)
{
    const char *base = path_base(source);
    char *folder = make_folder(source);
    char *object;
    bool well;

    if (folder == NULL)
        return false;
    object = must_format("%s/%.*s.o", folder, (int)strlen(base) - 2, base);
    well = assemble(source, object, signals) && group_open_file(group, object);
    unlink(object);
    rmdir(folder);
    free(object);
    free(folder);
    return well;
}

bool assembly_open(const struct assembly *assembly, const struct signals *signals,
                   struct group *group)
{
    const char *file = assembly->file;

    if (!check_places(assembly))
        return false;
    if (has_suffix(file, ".o"))
        return group_open_file(group, file);
    if (!has_suffix(file, ".s") && !has_suffix(file, ".S")) {
        say("cannot assemble %s: its name ends neither in .s nor in .S", file);
        return false;
    }
    if (access(file, R_OK) != 0) {
        say("cannot assemble %s: %s", file, strerror(errno));
        return false;
    }
    return assemble_and_read(file, signals, group);
}

char *assembly_command(const struct assembly *assembly, const struct group *group)
{
    return must_format("probe %s code%s%s%s%s%s%s %s", assembly->site,
                       assembly->privileged ? " --privileged" : "",
                       assembly->change ? " --change" : "", assembly->first ? " --first" : "",
                       assembly->taken ? " --taken" : "", assembly->near != NULL ? " --near " : "",
                       assembly->near != NULL ? assembly->near : "", group->objects[0].name);
}
