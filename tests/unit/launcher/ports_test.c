/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports and services: who meets whom, what is answered, and what goes with a process that ends. */
#include "launcher/ports.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "tests/lib/unit.h"
#include "tests/unit/shm/segment_fixture.h"

enum { RANKS = 4, NOBODY = -1 };

static struct mpr_segment segment;
static struct mpr_ports *ports;
static uint32_t question_count;

static void begin(void)
{
    fixture_open(&segment, RANKS, 8, 4096);
    ports = mpr_ports_make(&segment);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ports);
    question_count = 0;
}

static void end(void)
{
    mpr_ports_free(ports);
    mpr_segment_detach(&segment);
}

/* The process in `slot` asks, for itself and the one in slot `other`. Returns the number of the
 * question. */
static uint32_t ask(uint32_t kind, int slot, int other, const char *first, const char *second)
{
    const struct mpr_member members[] = {{.slot = slot}, {.slot = other}};
    char texts[256] = "";
    struct mpr_question question = {.kind = kind,
                                    .number = ++question_count,
                                    .box = MPR_MAIL_FIRST,
                                    .asker = members[0],
                                    .member_count = other == NOBODY ? 1 : 2};

    strcpy(texts, first);
    strcpy(texts + strlen(first) + 1, second);
    question.text_bytes = (uint32_t)(strlen(first) + strlen(second) + 2);
    const struct mpr_asked asked = {&question, members, texts};
    mpr_ports_ask(ports, &asked);
    return question.number;
}

static const struct mpr_answer *mail_of(int slot)
{
    return mpr_segment_mail(&segment, (uint32_t)slot, MPR_MAIL_FIRST);
}

/* The answer to the question that was asked last by `slot`, which must be there. */
static int code_of(int slot, uint32_t number)
{
    CU_ASSERT_EQUAL(mail_of(slot)->number, number);
    return mail_of(slot)->code;
}

static void open_port(int slot, char name[MPR_ANSWER_TEXT_BYTES])
{
    CU_ASSERT_EQUAL(code_of(slot, ask(MPR_ASK_OPEN_PORT, slot, NOBODY, "", "")), MPR_OK);
    strcpy(name, mail_of(slot)->text);
}

static void those_of_both_kinds_meet_in_turn(void)
{
    char name[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, name);
    uint32_t accept = ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_NOT_EQUAL(mail_of(0)->number, accept); // nobody has come yet
    uint32_t connect = ask(MPR_ASK_CONNECT, 1, 2, name, "");
    CU_ASSERT_EQUAL(code_of(0, accept), MPR_OK);
    CU_ASSERT_EQUAL(code_of(1, connect), MPR_OK);
    CU_ASSERT_EQUAL(mail_of(0)->member_count, 2);
    CU_ASSERT_EQUAL(mail_of(0)->members[1].slot, 2);
    CU_ASSERT_EQUAL(mail_of(1)->member_count, 1);
    CU_ASSERT_EQUAL(mail_of(1)->members[0].slot, 0);
    CU_ASSERT_EQUAL(mail_of(0)->contexts[MPR_MAIL_INTER], mail_of(1)->contexts[MPR_MAIL_INTER]);
    CU_ASSERT_EQUAL(mail_of(0)->contexts[MPR_MAIL_OURS], mail_of(1)->contexts[MPR_MAIL_THEIRS]);
    CU_ASSERT_EQUAL(mail_of(0)->contexts[MPR_MAIL_THEIRS], mail_of(1)->contexts[MPR_MAIL_OURS]);
    end();
}

static void the_first_of_a_kind_is_served_first(void)
{
    char name[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, name);
    uint32_t first = ask(MPR_ASK_CONNECT, 1, NOBODY, name, "");
    uint32_t second = ask(MPR_ASK_CONNECT, 2, NOBODY, name, "");
    ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_EQUAL(mail_of(1)->number, first);
    CU_ASSERT_NOT_EQUAL(mail_of(2)->number, second);
    ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_EQUAL(mail_of(2)->number, second);
    end();
}

static void groups_that_share_a_process_do_not_meet(void)
{
    char name[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, name);
    uint32_t accept = ask(MPR_ASK_ACCEPT, 0, 2, name, "");
    uint32_t connect = ask(MPR_ASK_CONNECT, 1, 2, name, "");
    CU_ASSERT_EQUAL(code_of(0, accept), MPR_ERR_OVERLAP);
    CU_ASSERT_EQUAL(code_of(1, connect), MPR_ERR_OVERLAP);
    end();
}

static void a_port_ends_with_its_close_and_its_owner(void)
{
    char closed[MPR_ANSWER_TEXT_BYTES], left[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, closed);
    open_port(0, left);
    CU_ASSERT_STRING_NOT_EQUAL(closed, left);
    uint32_t waiting = ask(MPR_ASK_CONNECT, 1, NOBODY, closed, "");
    CU_ASSERT_EQUAL(code_of(0, ask(MPR_ASK_CLOSE_PORT, 0, NOBODY, closed, "")), MPR_OK);
    CU_ASSERT_EQUAL(code_of(1, waiting), MPR_ERR_PORT);
    CU_ASSERT_EQUAL(code_of(0, ask(MPR_ASK_CLOSE_PORT, 0, NOBODY, closed, "")), MPR_ERR_PORT);
    waiting = ask(MPR_ASK_CONNECT, 1, NOBODY, left, "");
    mpr_ports_forget(ports, 0);
    CU_ASSERT_EQUAL(code_of(1, waiting), MPR_ERR_PORT);
    CU_ASSERT_EQUAL(code_of(1, ask(MPR_ASK_CONNECT, 1, NOBODY, left, "")), MPR_ERR_PORT);
    end();
}

static void one_that_has_ended_waits_no_more(void)
{
    char name[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, name);
    ask(MPR_ASK_CONNECT, 1, NOBODY, name, "");
    mpr_ports_forget(ports, 1);
    uint32_t accept = ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_NOT_EQUAL(mail_of(0)->number, accept);
    end();
}

static void who_waits_with_a_limit_is_told_when_it_is_over(void)
{
    char name[MPR_ANSWER_TEXT_BYTES];

    begin();
    open_port(0, name);
    uint32_t patient = ask(MPR_ASK_CONNECT, 1, NOBODY, name, "");
    uint64_t start_ns = mpr_clock_ns();
    CU_ASSERT_EQUAL(mpr_ports_expire(ports, start_ns), 0);
    uint32_t late = ask(MPR_ASK_CONNECT, 2, NOBODY, name, "900000");
    uint32_t early = ask(MPR_ASK_CONNECT, 3, NOBODY, name, "600000");
    uint64_t due_ns = mpr_ports_expire(ports, start_ns);
    CU_ASSERT(due_ns >= start_ns + UINT64_C(600000000000));
    CU_ASSERT_EQUAL(mpr_ports_expire(ports, due_ns - 1), due_ns);
    CU_ASSERT_NOT_EQUAL(mail_of(3)->number, early);
    CU_ASSERT(mpr_ports_expire(ports, due_ns) > due_ns);
    CU_ASSERT_EQUAL(code_of(3, early), MPR_ERR_PORT);
    CU_ASSERT_NOT_EQUAL(mail_of(2)->number, late);
    ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_EQUAL(code_of(1, patient), MPR_OK);
    ask(MPR_ASK_ACCEPT, 0, NOBODY, name, "");
    CU_ASSERT_EQUAL(code_of(2, late), MPR_OK);
    CU_ASSERT_EQUAL(mpr_ports_expire(ports, due_ns), 0);
    end();
}

static void services_have_one_owner(void)
{
    begin();
    CU_ASSERT_EQUAL(code_of(0, ask(MPR_ASK_PUBLISH, 0, NOBODY, "ocean", "port")), MPR_OK);
    CU_ASSERT_EQUAL(code_of(1, ask(MPR_ASK_PUBLISH, 1, NOBODY, "ocean", "other")),
                    MPR_ERR_SERVICE);
    CU_ASSERT_EQUAL(code_of(2, ask(MPR_ASK_LOOK_UP, 2, NOBODY, "ocean", "")), MPR_OK);
    CU_ASSERT_STRING_EQUAL(mail_of(2)->text, "port");
    CU_ASSERT_EQUAL(code_of(1, ask(MPR_ASK_UNPUBLISH, 1, NOBODY, "ocean", "other")),
                    MPR_ERR_SERVICE);
    mpr_ports_forget(ports, 0);
    CU_ASSERT_EQUAL(code_of(2, ask(MPR_ASK_LOOK_UP, 2, NOBODY, "ocean", "")), MPR_ERR_NAME);
    CU_ASSERT_EQUAL(code_of(1, ask(MPR_ASK_PUBLISH, 1, NOBODY, "ocean", "other")), MPR_OK);
    CU_ASSERT_EQUAL(code_of(1, ask(MPR_ASK_UNPUBLISH, 1, NOBODY, "ocean", "other")), MPR_OK);
    CU_ASSERT_EQUAL(code_of(2, ask(MPR_ASK_LOOK_UP, 2, NOBODY, "ocean", "")), MPR_ERR_NAME);
    end();
}

UNIT_MAIN("ports", UNIT(those_of_both_kinds_meet_in_turn),
          UNIT(the_first_of_a_kind_is_served_first), UNIT(groups_that_share_a_process_do_not_meet),
          UNIT(a_port_ends_with_its_close_and_its_owner), UNIT(one_that_has_ended_waits_no_more),
          UNIT(who_waits_with_a_limit_is_told_when_it_is_over), UNIT(services_have_one_owner))
