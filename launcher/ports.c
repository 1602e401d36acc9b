/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists, searched from their beginnings: a job has few ports, and fewer who wait. */
#include "launcher/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "shm/slot.h"

enum { NAME_BYTES = 64 };

struct port {
    struct mpr_list link;
    int owner; // slot
    char name[NAME_BYTES];
};

struct service {
    struct mpr_list link;
    int owner;
    char *name;
    char *port_name; // of any kind: another MPI's, or no port's
};

struct waiter {
    struct mpr_list link;
    const struct port *port;
    uint64_t deadline_ns; // 0: none
    uint64_t limit_ms;
    struct mpr_question question;
    struct mpr_member members[];
};

struct mpr_ports {
    const struct mpr_segment *segment;
    unsigned port_count; // opened so far
    struct mpr_list ports;
    struct mpr_list services;
    struct mpr_list waiters;
};

struct mpr_ports *mpr_ports_make(const struct mpr_segment *segment)
{
    struct mpr_ports *ports = calloc(1, sizeof(*ports));

    if (ports != NULL) {
        ports->segment = segment;
        mpr_list_init(&ports->ports);
        mpr_list_init(&ports->services);
        mpr_list_init(&ports->waiters);
    }
    return ports;
}

static void put(const struct mpr_ports *ports, const struct mpr_question *question,
                const struct mpr_reply *reply)
{
    mpr_mail_put(ports->segment, (uint32_t)question->asker.slot, question->box, question->number,
                 reply);
}

static void tell(const struct mpr_ports *ports, const struct mpr_question *question, int code,
                 const char *text)
{
    const struct mpr_reply reply = {.code = code, .text = text};
    put(ports, question, &reply);
}

// --- Services ---------------------------------------------------------------------------------

static struct service *find_service(const struct mpr_ports *ports, const char *name)
{
    for (struct mpr_list *link = ports->services.next; link != &ports->services;
         link = link->next) {
        struct service *service = mpr_list_entry(link, struct service, link);
        if (strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

static void free_service(struct service *service)
{
    free(service->name);
    free(service->port_name);
    free(service);
}

static void drop_service(struct service *service)
{
    mpr_list_remove(&service->link);
    free_service(service);
}

static int publish(struct mpr_ports *ports, int owner, const char *name, const char *port_name)
{
    if (find_service(ports, name) != NULL) {
        return MPR_ERR_SERVICE;
    }
    struct service *service = malloc(sizeof(*service));
    if (service == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *service = (struct service){
        .owner = owner, .name = strdup(name), .port_name = strdup(port_name)};
    if (service->name == NULL || service->port_name == NULL) {
        free_service(service);
        return MPR_ERR_NO_MEMORY;
    }
    mpr_list_append(&ports->services, &service->link);
    return MPR_OK;
}

static int unpublish(struct mpr_ports *ports, const char *name, const char *port_name)
{
    struct service *service = find_service(ports, name);

    if (service == NULL || strcmp(service->port_name, port_name) != 0) {
        return MPR_ERR_SERVICE;
    }
    drop_service(service);
    return MPR_OK;
}

// --- Ports ------------------------------------------------------------------------------------

static struct port *find_port(const struct mpr_ports *ports, const char *name)
{
    for (struct mpr_list *link = ports->ports.next; link != &ports->ports; link = link->next) {
        struct port *port = mpr_list_entry(link, struct port, link);
        if (strcmp(port->name, name) == 0) {
            return port;
        }
    }
    return NULL;
}

/* The name tells jobs apart, so that one of another job is not taken for one of this. */
static void open_port(struct mpr_ports *ports, const struct mpr_question *question)
{
    struct port *port = calloc(1, sizeof(*port));

    if (port == NULL) {
        tell(ports, question, MPR_ERR_NO_MEMORY, NULL);
        return;
    }
    port->owner = question->asker.slot;
    snprintf(port->name, sizeof(port->name), "mprun:%d.%llx:%u",
             ports->segment->header->launcher_pid,
             (unsigned long long)ports->segment->header->start_ns, ports->port_count++);
    mpr_list_append(&ports->ports, &port->link);
    tell(ports, question, MPR_OK, port->name);
}

static void drop_waiter(struct waiter *waiter)
{
    mpr_list_remove(&waiter->link);
    free(waiter);
}

static void drop_port(struct mpr_ports *ports, struct port *port)
{
    struct mpr_list *link;
    struct mpr_list *next;

    mpr_list_each(link, next, &ports->waiters) {
        struct waiter *waiter = mpr_list_entry(link, struct waiter, link);
        if (waiter->port == port) {
            tell(ports, &waiter->question, MPR_ERR_PORT, "the port was closed");
            drop_waiter(waiter);
        }
    }
    mpr_list_remove(&port->link);
    free(port);
}

static int close_port(struct mpr_ports *ports, const char *name)
{
    struct port *port = find_port(ports, name);

    if (port == NULL) {
        return MPR_ERR_PORT;
    }
    drop_port(ports, port);
    return MPR_OK;
}

// --- Meeting ----------------------------------------------------------------------------------

static bool share_member(const struct waiter *first, const struct mpr_asked *second)
{
    for (int i = 0; i < first->question.member_count; i++) {
        for (int j = 0; j < second->question->member_count; j++) {
            if (first->members[i].slot == second->members[j].slot) {
                return true;
            }
        }
    }
    return false;
}

/* Until they have heard of each other, those of one side may end and the slot be wanted. */
static void promise(const struct mpr_segment *segment, const struct mpr_reply *names,
                    const struct mpr_reply *holders)
{
    for (int i = 0; i < names->member_count; i++) {
        for (int j = 0; j < holders->member_count; j++) {
            mpr_slot_promise(segment, names->members[i], (uint32_t)holders->members[j].slot);
        }
    }
}

static void introduce(struct mpr_ports *ports, const struct waiter *waiter,
                      const struct mpr_asked *asked)
{
    struct mpr_reply to_waiter = {.members = asked->members,
                                  .member_count = asked->question->member_count};
    struct mpr_reply to_asker = {.members = waiter->members,
                                 .member_count = waiter->question.member_count};
    int code = MPR_ERR_OVERLAP;

    if (!share_member(waiter, asked)) {
        code = mpr_mail_take_contexts(ports->segment, to_asker.member_count,
                                      to_waiter.member_count, to_waiter.contexts);
    }
    if (code == MPR_OK) {
        promise(ports->segment, &to_waiter, &to_asker);
        promise(ports->segment, &to_asker, &to_waiter);
    }
    to_waiter.code = code;
    to_asker.code = code;
    to_asker.contexts[MPR_MAIL_INTER] = to_waiter.contexts[MPR_MAIL_INTER];
    to_asker.contexts[MPR_MAIL_OURS] = to_waiter.contexts[MPR_MAIL_THEIRS];
    to_asker.contexts[MPR_MAIL_THEIRS] = to_waiter.contexts[MPR_MAIL_OURS];
    put(ports, &waiter->question, &to_waiter);
    put(ports, asked->question, &to_asker);
}

/* The text after the first one, or "". */
static const char *second_text(const struct mpr_asked *asked)
{
    size_t first_bytes = strlen(asked->texts) + 1;
    return first_bytes < asked->question->text_bytes ? asked->texts + first_bytes : "";
}

static void meet(struct mpr_ports *ports, const struct mpr_asked *asked)
{
    const struct mpr_question *question = asked->question;
    const struct port *port = find_port(ports, asked->texts);
    size_t members_bytes = (size_t)question->member_count * sizeof(*asked->members);

    if (port == NULL) {
        tell(ports, question, MPR_ERR_PORT, NULL);
        return;
    }
    for (struct mpr_list *link = ports->waiters.next; link != &ports->waiters; link = link->next) {
        struct waiter *waiter = mpr_list_entry(link, struct waiter, link);
        if (waiter->port == port && waiter->question.kind != question->kind) {
            introduce(ports, waiter, asked);
            drop_waiter(waiter);
            return;
        }
    }
    struct waiter *waiter = malloc(sizeof(*waiter) + members_bytes);
    if (waiter == NULL) {
        tell(ports, question, MPR_ERR_NO_MEMORY, NULL);
        return;
    }
    *waiter = (struct waiter){
        .port = port, .limit_ms = strtoull(second_text(asked), NULL, 10), .question = *question};
    if (waiter->limit_ms > 0) {
        waiter->deadline_ns = mpr_clock_ns() + waiter->limit_ms * MPR_MS_NS;
    }
    memcpy(waiter->members, asked->members, members_bytes);
    mpr_list_append(&ports->waiters, &waiter->link);
}

// --- The interface ----------------------------------------------------------------------------

void mpr_ports_ask(struct mpr_ports *ports, const struct mpr_asked *asked)
{
    const struct mpr_question *question = asked->question;
    const struct service *service;

    switch ((enum mpr_question_kind)question->kind) {
    case MPR_ASK_OPEN_PORT:
        open_port(ports, question);
        break;
    case MPR_ASK_CLOSE_PORT:
        tell(ports, question, close_port(ports, asked->texts), NULL);
        break;
    case MPR_ASK_ACCEPT:
    case MPR_ASK_CONNECT:
        meet(ports, asked);
        break;
    case MPR_ASK_PUBLISH:
        tell(ports, question,
             publish(ports, question->asker.slot, asked->texts, second_text(asked)), NULL);
        break;
    case MPR_ASK_UNPUBLISH:
        tell(ports, question, unpublish(ports, asked->texts, second_text(asked)), NULL);
        break;
    case MPR_ASK_LOOK_UP:
        service = find_service(ports, asked->texts);
        tell(ports, question, service != NULL ? MPR_OK : MPR_ERR_NAME,
             service != NULL ? service->port_name : NULL);
        break;
    case MPR_ASK_SPAWN:
        break;
    }
}

static void give_up(struct mpr_ports *ports, struct waiter *waiter)
{
    char text[128];

    snprintf(text, sizeof(text), "nobody has %s at the port for %.3f s, its info's \"timeout\"",
             waiter->question.kind == MPR_ASK_CONNECT ? "accepted" : "connected",
             (double)waiter->limit_ms / 1e3);
    tell(ports, &waiter->question, MPR_ERR_PORT, text);
    drop_waiter(waiter);
}

uint64_t mpr_ports_expire(struct mpr_ports *ports, uint64_t now_ns)
{
    struct mpr_list *link;
    struct mpr_list *next;
    uint64_t next_ns = 0;

    mpr_list_each(link, next, &ports->waiters) {
        struct waiter *waiter = mpr_list_entry(link, struct waiter, link);
        if (waiter->deadline_ns == 0) {
            continue;
        }
        if (waiter->deadline_ns <= now_ns) {
            give_up(ports, waiter);
        } else if (next_ns == 0 || waiter->deadline_ns < next_ns) {
            next_ns = waiter->deadline_ns;
        }
    }
    return next_ns;
}

void mpr_ports_forget(struct mpr_ports *ports, int slot)
{
    struct mpr_list *link;
    struct mpr_list *next;

    mpr_list_each(link, next, &ports->waiters) {
        struct waiter *waiter = mpr_list_entry(link, struct waiter, link);
        if (waiter->question.asker.slot == slot) {
            drop_waiter(waiter);
        }
    }
    mpr_list_each(link, next, &ports->services) {
        struct service *service = mpr_list_entry(link, struct service, link);
        if (service->owner == slot) {
            drop_service(service);
        }
    }
    mpr_list_each(link, next, &ports->ports) {
        struct port *port = mpr_list_entry(link, struct port, link);
        if (port->owner == slot) {
            drop_port(ports, port);
        }
    }
}

void mpr_ports_free(struct mpr_ports *ports)
{
    if (ports == NULL) {
        return;
    }
    for (int slot = 0; slot < (int)ports->segment->geometry.slot_count; slot++) {
        mpr_ports_forget(ports, slot);
    }
    free(ports);
}
