/*
 * What is done with the machine of a session: first contact, -x, -p and -c, power-off. A step that fails says
 * so and leaves the session as it was; what ends the session early is told when it closes.
 */
#include "tools/whorl/session.h"

#include "tools/whorl/assembly.h"
#include "tools/whorl/clock.h"
#include "tools/whorl/group.h"
#include "tools/whorl/say.h"

#include <stdlib.h>
#include <string.h>

#define POWER_OFF_MS 10000  /* from the command to the end of QEMU */
#define RESTART_MS 30000    /* from the command to the kernel's banner */
#define SHOWN_OF_COMMAND 60 /* characters, in sentences */

/* What came of a request. A reason that stopped the loop is told at the end. */
static void take_result(struct session *session, link_result_t result)
{
    switch (result) {
    case LINK_OK:
    case LINK_STOPPED:
        break;
    case LINK_PANICKED:
        loop_stop(&session->loop, SESSION_PANICKED);
        break;
    case LINK_CLOSED:
        session_take_end(session, false);
        break;
    case LINK_REFUSED:
        if (session->explained)
            session->failed = true;
        else
            session_fail(session, link_error(session->link));
        break;
    case LINK_BROKEN:
        session_fail(session, link_error(session->link));
        break;
    }
}

bool session_contact(struct session *session)
{
    link_result_t result;

    session_doing(session, "starting the kernel");
    result = link_contact(session->link);
    take_result(session, result);
    session->contacted |= result == LINK_OK;
    return result == LINK_OK;
}

static bool is_command(const char *text, const char *command)
{
    size_t length = strlen(command);

    text += strspn(text, " \t");
    return strncmp(text, command, length) == 0 && text[length + strspn(text + length, " \t")] == 0;
}

/* QEMU closes the console when it ends. */
static bool wait_for_end(struct session *session)
{
    int64_t due = clock_ms() + POWER_OFF_MS;

    while (session->qemu.console >= 0 && session->loop.stop == 0 && clock_ms() < due)
        session_turn(session, due - clock_ms());
    if (session->qemu.console >= 0 && session->loop.stop == 0) {
        session->keep_log = true;
        session_fail(session, "the machine does not power off");
    }
    return session->qemu.console < 0;
}

static void power_off(struct session *session, const char *command)
{
    int status;
    link_result_t result = link_run(session->link, command, &status);

    if (result == LINK_CLOSED || (result == LINK_OK && wait_for_end(session)))
        session_take_end(session, true);
    else
        take_result(session, result);
}

static void wait_for_restart(struct session *session)
{
    int64_t due = clock_ms() + RESTART_MS;

    while (!session_restarted(session) && session->loop.stop == 0 && clock_ms() < due)
        session_turn(session, due - clock_ms());
    if (!session_restarted(session) && session->loop.stop == 0)
        session_fail(session, "the machine does not start again");
}

/* The kernel may answer before it goes, or be gone at once; its banner says that it is there again. */
static void reboot(struct session *session, const char *command)
{
    link_result_t result;
    bool restarted;
    int status;

    if (session->view.restarts != NULL)
        session->view.restarts(session->view.context);
    session->n_banners = session->console.n_banners + 1;
    result = link_run(session->link, command, &status);
    if (result == LINK_OK)
        wait_for_restart(session);
    restarted = session_restarted(session);
    session->n_banners = 0;
    if (restarted)
        session_contact(session);
    else
        take_result(session, result);
}

static void command_step(struct session *session, const char *command)
{
    bool cut = strlen(command) > SHOWN_OF_COMMAND;
    int status;

    session_doing(session, "running '%.*s%s'", SHOWN_OF_COMMAND, command, cut ? "..." : "");
    if (session->off)
        session_fail(session, "the machine is off");
    else if (is_command(command, "poweroff"))
        power_off(session, command);
    else if (is_command(command, "reboot"))
        reboot(session, command);
    else
        take_result(session, link_run(session->link, command, &status));
}

static link_result_t send_object(struct session *session, const struct object *object)
{
    struct transfer transfer = {
        .name = object->name,
        .data = object->data,
        .size = object->size,
        .progress = session->view.progress,
        .context = session->view.context,
    };
    link_result_t result = transfer_send(session->link, &transfer);

    if (result != LINK_OK && session->view.interrupted != NULL)
        session->view.interrupted(session->view.context);
    return result;
}

/* Sends all of the group; when one cannot be sent the kernel is to keep none. */
static bool send_group(struct session *session, const struct group *group)
{
    link_result_t result = LINK_OK;
    size_t n_sent = 0;

    while (n_sent < group->n_objects && result == LINK_OK) {
        result = send_object(session, &group->objects[n_sent]);
        n_sent += result == LINK_OK;
    }
    if (result == LINK_OK)
        return true;
    take_result(session, result);
    while (n_sent > 0 && result == LINK_REFUSED) {
        result = transfer_undo(session->link, group->objects[--n_sent].name);
        if (result == LINK_OK)
            result = LINK_REFUSED;
    }
    if (result != LINK_REFUSED)
        take_result(session, result);
    return false;
}

/* Sends the group, and has a command make something of it. */
static void load_group(struct session *session, const struct group *group, const char *command)
{
    char *names = group_names(group);
    int status;

    session_doing(session, "loading %.*s", SHOWN_OF_COMMAND, names);
    if (session->off)
        session_fail(session, "the machine is off");
    else if (send_group(session, group))
        take_result(session, link_run(session->link, command, &status));
    free(names);
}

static void load_step(struct session *session, const struct step *step)
{
    struct group group;
    char *names, *command;

    if (!group_open(&group, step->text)) {
        session->failed = true;
        return;
    }
    names = group_names(&group);
    command = must_format("load %s%s%s", step->terms.privileged ? "--privileged " : "",
                          step->terms.untyped ? "--untyped " : "", names);
    load_group(session, &group, command);
    free(command);
    free(names);
    group_close(&group);
}

/* A place has no =, so the first one ends it. */
static void patch_step(struct session *session, const struct step *step)
{
    const char *end = strchr(step->text, '=');
    char *site = must_format("%.*s", (int)(end - step->text), step->text);
    struct assembly assembly = {
        .site = site,
        .file = end + 1,
        .near = step->terms.near,
        .privileged = step->terms.privileged,
        .change = step->terms.change,
        .first = step->terms.first,
        .taken = step->terms.taken,
    };
    struct group group;

    if (assembly_open(&assembly, &session->signals, &group)) {
        char *command = assembly_command(&assembly, &group);

        load_group(session, &group, command);
        free(command);
        group_close(&group);
    } else {
        session->failed = true;
    }
    free(site);
}

void session_step(struct session *session, const struct step *step)
{
    session->explained = false;
    if (session->loop.stop != 0)
        return;
    if (step->kind == STEP_LOAD)
        load_step(session, step);
    else if (step->kind == STEP_PATCH)
        patch_step(session, step);
    else
        command_step(session, step->text);
}

void session_power_off(struct session *session)
{
    if (session_over(session))
        return;
    session->explained = false;
    session_doing(session, "powering off");
    if (clock_ms() + POWER_OFF_MS < session->loop.deadline)
        loop_limit(&session->loop, clock_ms() + POWER_OFF_MS, SESSION_STUCK);
    power_off(session, "poweroff");
}
