/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of mprun's command line: what is understood, and what the answer to a slip is. */
#include "launcher/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "tests/lib/unit.h"

#define WORDS_MAX 32

static struct mpr_options options;
static char message[512];
static char printed[16384];
static char line_copy[1024];
static char *words[WORDS_MAX];

/* Parses a command line whose words are separated by single blanks. */
static enum mpr_options_verdict parse(const char *line)
{
    int count = 0;

    mpr_options_free(&options);
    message[0] = '\0';
    memset(printed, 0, sizeof(printed));
    snprintf(line_copy, sizeof(line_copy), "%s", line);
    for (char *word = strtok(line_copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
    FILE *stream = fmemopen(printed, sizeof(printed) - 1, "w");
    enum mpr_options_verdict verdict =
        mpr_options_parse(&options, count, words, stream, message, sizeof(message));
    fclose(stream);
    return verdict;
}

static void expect_misuse(const char *line, const char *answer)
{
    CU_ASSERT_EQUAL(parse(line), MPR_OPTIONS_MISUSE);
    CU_ASSERT_PTR_NOT_NULL(strstr(message, answer));
    if (strstr(message, answer) == NULL) {
        printf("\n    %s\n    expected %s\n    got      %s\n", line, answer, message);
    }
}

static void reads_a_program_with_arguments(void)
{
    CU_ASSERT_EQUAL(parse("mprun -n 4 ./prog -n 7 --help"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.app_count, 1);
    CU_ASSERT_EQUAL(options.apps[0].rank_count, 4);
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[0], "./prog");
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[2], "7");
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[3], "--help");
    CU_ASSERT_PTR_NULL(options.apps[0].argv[4]);
    CU_ASSERT_EQUAL(options.stdin_rank, 0);
    CU_ASSERT_EQUAL(parse("mprun -- -odd"), MPR_OPTIONS_RUN);
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[0], "-odd");
}

static void reads_several_programs(void)
{
    CU_ASSERT_EQUAL(parse("mprun -n 1 -wdir /tmp a x : -np 3 -x K=v b : c"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL_FATAL(options.app_count, 3);
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[1], "x");
    CU_ASSERT_PTR_NULL(options.apps[0].argv[2]);
    CU_ASSERT_STRING_EQUAL(options.apps[0].directory, "/tmp");
    CU_ASSERT_PTR_NULL(options.apps[1].directory);
    CU_ASSERT_EQUAL(options.apps[0].settings.count, 0);
    CU_ASSERT_STRING_EQUAL(options.apps[1].settings.texts[0], "K=v");
    CU_ASSERT_EQUAL(mpr_options_count_ranks(&options, 16), 5); // c gets one
    CU_ASSERT_EQUAL(options.apps[2].rank_count, 1);
}

static void counts_usable_cpus_by_default(void)
{
    CU_ASSERT_EQUAL(parse("mprun a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(mpr_options_count_ranks(&options, 16), 16);
    CU_ASSERT_EQUAL(parse("mprun -n 32768 a : -n 1 b"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(mpr_options_count_ranks(&options, 16), -1);
}

static void understands_every_spelling(void)
{
    static const char *const spellings[] = {"-n 3",       "--n 3",      "-np 3", "--np 3", "-c 3",
                                            "--ntasks 3", "--ntasks=3", "-n=3",  "-n3",    "-np3"};
    char line[64];

    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        snprintf(line, sizeof(line), "mprun %s a", spellings[i]);
        CU_ASSERT_EQUAL(parse(line), MPR_OPTIONS_RUN);
        CU_ASSERT_EQUAL(options.apps[0].rank_count, 3);
    }
    CU_ASSERT_EQUAL(parse("mprun -bind-to core --tag-output -timestamp-output -report-bindings a"),
                    MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.bind, MPR_BIND_CORE);
    CU_ASSERT_TRUE(options.tag_output && options.timestamp_output && options.report_bindings);
    CU_ASSERT_FALSE(options.dry_run);
    CU_ASSERT_EQUAL(parse("mprun -l --dry-run --display map --cpu-set 0-3 a"), MPR_OPTIONS_RUN);
    CU_ASSERT_TRUE(options.tag_output && options.dry_run && options.report_bindings);
    CU_ASSERT_STRING_EQUAL(options.cpu_set, "0-3");
    CU_ASSERT_EQUAL(parse("mprun --display-map a"), MPR_OPTIONS_RUN);
    CU_ASSERT_TRUE(options.report_bindings);
}

static void reads_placement(void)
{
    CU_ASSERT_EQUAL(parse("mprun --map-by socket:PE=4 a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.map, MPR_MAP_SOCKET);
    CU_ASSERT_EQUAL(options.cores_per_rank, 4);
    CU_ASSERT_EQUAL(parse("mprun --map-by slot:pe=2:OVERSUBSCRIBE a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.map, MPR_MAP_SLOT);
    CU_ASSERT_EQUAL(options.cores_per_rank, 2);
    CU_ASSERT_EQUAL(parse("mprun --map-by :PE=8 a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.cores_per_rank, 8);
    CU_ASSERT_EQUAL(parse("mprun --cpus-per-rank 2 --bind-to L3cache a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.cores_per_rank, 2);
    CU_ASSERT_EQUAL(options.bind, MPR_BIND_L3);
    CU_ASSERT_EQUAL(parse("mprun --bind-to core:overload-allowed --map-by package a"),
                    MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.bind, MPR_BIND_CORE);
    CU_ASSERT_EQUAL(options.map, MPR_MAP_SOCKET);
}

static void reads_environment_input_and_time(void)
{
    setenv("OPTIONS_TEST", "here", 1);
    CU_ASSERT_EQUAL(parse("mprun -x OPTIONS_TEST -x A=b=c -env C d -genv E f --timeout 1.5 a"),
                    MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL_FATAL(options.apps[0].settings.count, 2);
    CU_ASSERT_STRING_EQUAL(options.apps[0].settings.texts[0], "A=b=c");
    CU_ASSERT_STRING_EQUAL(options.apps[0].settings.texts[1], "C=d");
    CU_ASSERT_STRING_EQUAL(options.settings.texts[0], "E=f");
    CU_ASSERT_EQUAL(options.timeout_ns, 1500000000);
    setenv("MPIEXEC_TIMEOUT", "2.5", 1);
    CU_ASSERT_EQUAL(parse("mprun a : b"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.timeout_ns, 2500000000);
    CU_ASSERT_EQUAL(parse("mprun --timeout 1.5 a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.timeout_ns, 1500000000);
    setenv("MPIEXEC_TIMEOUT", "soon", 1);
    expect_misuse("mprun a", "MPIEXEC_TIMEOUT: 'soon' is not a number of seconds above 0");
    unsetenv("MPIEXEC_TIMEOUT");
    CU_ASSERT_EQUAL(parse("mprun a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.on_hang, MPR_HANG_END);
    CU_ASSERT_EQUAL(parse("mprun --on-hang tell a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.on_hang, MPR_HANG_TELL);
    CU_ASSERT_EQUAL(parse("mprun --on-hang=ignore a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.on_hang, MPR_HANG_IGNORE);
    CU_ASSERT_EQUAL(parse("mprun --stdin all a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.stdin_rank, MPR_STDIN_ALL);
    CU_ASSERT_EQUAL(parse("mprun --stdin none a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.stdin_rank, MPR_STDIN_NONE);
    CU_ASSERT_EQUAL(parse("mprun -s 3 a"), MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.stdin_rank, 3);
}

static void accepts_what_others_accept(void)
{
    CU_ASSERT_EQUAL(
        parse("mprun --allow-run-as-root --oversubscribe --use-hwthread-cpus -q -np 2 a"),
        MPR_OPTIONS_RUN);
    CU_ASSERT_EQUAL(options.apps[0].rank_count, 2);
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[0], "a");

    // Those that are said to be ignored are so with their arguments.
    fflush(stdout);
    int saved = dup(2);
    freopen("/dev/null", "w", stderr);
    CU_ASSERT_EQUAL(parse("mprun --mca btl self -hostfile hosts --ppn=4 -H a,b -iface eth0 b"),
                    MPR_OPTIONS_RUN);
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    CU_ASSERT_STRING_EQUAL(options.apps[0].argv[0], "b");
    expect_misuse("mprun --mca btl", "--mca needs two arguments");
}

static void answers_misuse(void)
{
    expect_misuse("mprun --on-hang wait a", "--on-hang: 'wait' is none of end, tell and ignore");
    expect_misuse("mprun --status me", "--status: 'me' is not the number of a process");
    expect_misuse("mprun --status 0", "--status: '0' is not the number of a process");
    expect_misuse("mprun", "no program given; for example: mprun -n 4 ./prog");
    expect_misuse("mprun -n 4", "no program given");
    expect_misuse("mprun -n 1 a :", "no program given on one side of ':'");
    expect_misuse("mprun : a", "no program given on one side of ':'");
    expect_misuse("mprun -n", "-n needs an argument: -n, -np N");
    expect_misuse("mprun -n 0 a", "'0' is not a number of ranks");
    expect_misuse("mprun -n -3 a", "'-3' is not a number of ranks");
    expect_misuse("mprun -n 4x a", "'4x' is not a number of ranks");
    expect_misuse("mprun -n 99999999999999 a", "is not a number of ranks: give one from 1 to");
    expect_misuse("mprun --bind-to cores a",
                  "'cores' is not one of none, hwthread, core, l3, numa, "
                  "socket: did you mean core?");
    expect_misuse("mprun --bind-to zebra a", "'zebra' is not one of none, hwthread");
    expect_misuse("mprun --map-by sockt a", "did you mean socket?");
    expect_misuse("mprun --map-by core:PE=x a", "'x' is not a number of cores");
    expect_misuse("mprun --map-by core:XY=2 a", "':XY=2' is unknown");
    expect_misuse("mprun --display atlas a", "'atlas' is not one of map");
    expect_misuse("mprun --timeout never a", "'never' is not a number of seconds above 0");
    expect_misuse("mprun --timeout 0 a", "'0' is not a number of seconds above 0");
    expect_misuse("mprun --stdin some a", "'some' is neither a rank nor 'all' nor 'none'");
    expect_misuse("mprun -x =3 a", "'' is not the name of a variable");
    expect_misuse("mprun -env A=B c a", "'A=B' is not the name of a variable");
    expect_misuse("mprun -genv A", "-genv needs two arguments: -genv V v");
    expect_misuse("mprun -genv=A b a", "-genv=A: this option takes two arguments, without '='");
    expect_misuse("mprun --dry-run=yes a", "this option takes no value");
}

static void guesses_what_was_meant(void)
{
    expect_misuse("mprun --bindto core a", "unknown option --bindto: did you mean --bind-to?");
    expect_misuse("mprun --report-binding a", "did you mean --report-bindings?");
    expect_misuse("mprun --timout 3 a", "did you mean --timeout?");
    expect_misuse("mprun --tag a", "did you mean --tag-output?");
    expect_misuse("mprun -pn 3 a", "did you mean -n?");
    expect_misuse("mprun --xyzzy a", "unknown option --xyzzy: mprun --help lists what there is");
    expect_misuse("mprun -Z a", "unknown option -Z: mprun --help");
    expect_misuse("mprun --a-very-long-option-that-nobody-would-ever-make a", "mprun --help");
    expect_misuse("mprun --stats a", "unknown option --stats");
}

static void prints_help_and_version(void)
{
    CU_ASSERT_EQUAL(parse("mprun --help"), MPR_OPTIONS_DONE);
    CU_ASSERT_PTR_NOT_NULL(strstr(printed, "Usage: mprun"));
    CU_ASSERT_PTR_NOT_NULL(strstr(printed, "--bind-to UNIT"));
    CU_ASSERT_PTR_NOT_NULL(strstr(printed, "MPRUN_ENGINE"));
    CU_ASSERT_EQUAL(parse("mprun -n 2 --version nothing"), MPR_OPTIONS_DONE);
    CU_ASSERT_EQUAL(strncmp(printed, mpr_version_text(), strlen(mpr_version_text())), 0);
    CU_ASSERT_EQUAL(parse("mprun --status 4711"), MPR_OPTIONS_STATUS);
    CU_ASSERT_EQUAL(options.status_pid, 4711);
    mpr_options_free(&options);
}

UNIT_MAIN("options", UNIT(reads_a_program_with_arguments), UNIT(reads_several_programs),
          UNIT(counts_usable_cpus_by_default), UNIT(understands_every_spelling),
          UNIT(reads_placement), UNIT(reads_environment_input_and_time),
          UNIT(accepts_what_others_accept), UNIT(answers_misuse), UNIT(guesses_what_was_meant),
          UNIT(prints_help_and_version))
