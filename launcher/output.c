/* SPDX-License-Identifier: BSD-3-Clause */
/* Passes the ranks' output on.
 *
 * A stream reads into its buffer and offers what is there to its sink, whole lines at a time. The
 * sink collects them in one of two queues while it writes the other. A stream whose line is not
 * finished owns the sink's last line: others wait for the end of that line, but only as long as its
 * owner keeps writing; a pause ends the ownership. One timer for all serves such pauses.
 */
#include "launcher/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "launcher/terminal.h"

#define STREAM_BYTES 32768  // longest line that is kept together at all costs
#define QUEUE_BYTES  262144 // what a sink takes before it makes streams wait
#define PREFIX_BYTES 64
#define LABEL_BYTES  24
#define BUFFER_BYTES 4096 // programs that do not flush write to pipes in multiples of this

// So many pauses long a rank may be kept from its CPU in the midst of a line.
enum { PAUSES_MAX = 64 };

enum { OUT, ERR };

struct sink;

struct stream {
    struct mpr_engine_op read;
    struct mpr_output *output;
    struct sink *sink;
    char *buffer; // from start to end: what is to be passed on; behind: where read puts more
    size_t start_offset;
    size_t end_offset;
    size_t unflushed_bytes; // read since the program last flushed its buffer by intention
    uint64_t waiting_ns;    // since when the present read has been waiting
    uint64_t used_ns; // the rank's CPU time when it was first found to want more meanwhile; or 0
    bool has_paused;  // it has not written for a moment, though it could
    int fd;                 // -1 once it has ended
    char label[LABEL_BYTES];
};

struct queue {
    char *bytes;
    size_t used_bytes;
    size_t size_bytes;
};

struct sink {
    struct mpr_engine_op write;
    struct mpr_output *output;
    int fd;
    bool is_lost;
    bool is_mid_line;
    const struct stream *owner; // whose line is unfinished; NULL: nobody's who might go on with it
    struct queue filling;
    struct queue flushing;
    size_t flushed_bytes;
};

struct mpr_output {
    struct mpr_output_config config;
    struct sink sinks[2];
    bool has_one_sink; // sinks[OUT], for both kinds of streams
    struct stream *streams; // two for each slot
    int used_count;         // slots, up to the last that was ever opened
    int open_count;
    bool has_told_loss; // of standard output
    bool reads_no_more;
    struct mpr_engine_op pause;
    bool is_looking; // the pause is over; what came in it is taken first
};

static void offer(struct stream *stream);
static void offer_all(struct mpr_output *output);

// --- Sinks ------------------------------------------------------------------------------------

static struct sink *sink_of(struct mpr_output *output, int kind)
{
    return &output->sinks[output->has_one_sink ? OUT : kind];
}

/* Says whether both descriptors lead to one place: two sinks would cut each other's lines there. */
static bool is_one_place(const int fds[2])
{
    struct stat out, err;

    return fstat(fds[OUT], &out) == 0 && fstat(fds[ERR], &err) == 0 && out.st_dev == err.st_dev &&
           out.st_ino == err.st_ino;
}

static bool reserve(struct queue *queue, size_t more_bytes)
{
    size_t needed = queue->used_bytes + more_bytes;

    if (needed > queue->size_bytes) {
        size_t size = needed + needed / 2;
        char *bytes = realloc(queue->bytes, size);
        if (bytes == NULL) {
            return false;
        }
        queue->bytes = bytes;
        queue->size_bytes = size;
    }
    return true;
}

/* Out of memory means that the bytes are lost; the job is not. */
static void put(struct sink *sink, const char *bytes, size_t count)
{
    if (!sink->is_lost && reserve(&sink->filling, count)) {
        memcpy(sink->filling.bytes + sink->filling.used_bytes, bytes, count);
        sink->filling.used_bytes += count;
    }
}

static void start_write(struct sink *sink)
{
    mpr_engine_write(sink->output->config.engine, &sink->write, sink->fd,
                     sink->flushing.bytes + sink->flushed_bytes,
                     sink->flushing.used_bytes - sink->flushed_bytes);
}

static void flush(struct sink *sink)
{
    if (mpr_engine_op_is_active(&sink->write) || sink->filling.used_bytes == 0) {
        return;
    }
    struct queue empty = sink->flushing;
    sink->flushing = sink->filling;
    sink->filling = empty;
    sink->filling.used_bytes = 0;
    sink->flushed_bytes = 0;
    start_write(sink);
}

static void lose(struct sink *sink, int error)
{
    struct mpr_output *output = sink->output;

    sink->is_lost = true;
    sink->filling.used_bytes = 0;
    if (sink == &output->sinks[OUT] && !output->has_told_loss) {
        output->has_told_loss = true;
        output->config.lost(output->config.context, error);
    }
}

static void written(struct mpr_engine_op *op, int result)
{
    struct sink *sink = mpr_container_of(op, struct sink, write);

    if (result < 0) {
        sink->flushing.used_bytes = 0;
        if (result != -ECANCELED) {
            lose(sink, result);
            offer_all(sink->output);
        }
        return;
    }
    sink->flushed_bytes += (size_t)result;
    if (sink->flushed_bytes < sink->flushing.used_bytes) {
        start_write(sink);
        return;
    }
    sink->flushing.used_bytes = 0;
    flush(sink);
    offer_all(sink->output);
}

// --- Lines ------------------------------------------------------------------------------------

static size_t make_prefix(const struct stream *stream, char *prefix)
{
    const struct mpr_output_config *config = &stream->output->config;
    int used = 0;

    if (config->timestamp) {
        struct timespec now;
        struct tm local;
        clock_gettime(CLOCK_REALTIME, &now);
        localtime_r(&now.tv_sec, &local);
        used = snprintf(prefix, PREFIX_BYTES, "%02d:%02d:%02d.%03ld ", local.tm_hour, local.tm_min,
                        local.tm_sec, now.tv_nsec / 1000000);
    }
    if (config->tag) {
        used += snprintf(prefix + used, PREFIX_BYTES - (size_t)used, "[%s] ", stream->label);
    }
    return (size_t)used;
}

/* Says whether the sink's unfinished line is of the same rank: whatever it writes to either stream
 * goes on there, as it would without mprun. */
static bool is_own_line(const struct stream *stream)
{
    const struct stream *owner = stream->sink->owner, *first = stream->output->streams;

    return owner != NULL && (owner - first) / 2 == (stream - first) / 2;
}

/* Passes on the first `count` bytes of a stream, which end a line or are all there is. */
static void pass_on(struct stream *stream, size_t count)
{
    struct sink *sink = stream->sink;
    const char *at = stream->buffer + stream->start_offset, *end = at + count;
    char prefix[PREFIX_BYTES];
    size_t prefix_bytes = make_prefix(stream, prefix);

    if (sink->is_mid_line && !is_own_line(stream)) {
        put(sink, "\n", 1);
        sink->is_mid_line = false;
    }
    if (prefix_bytes == 0) {
        put(sink, at, count);
        at = end;
    }
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        if (!sink->is_mid_line) {
            put(sink, prefix, prefix_bytes);
        }
        put(sink, at, (size_t)(next - at));
        sink->is_mid_line = newline == NULL;
        at = next;
    }
    sink->is_mid_line = end[-1] != '\n';
    sink->owner = sink->is_mid_line && stream->fd >= 0 ? stream : NULL;
    stream->start_offset += count;
    flush(sink);
}

static size_t held_bytes(const struct stream *stream)
{
    return stream->end_offset - stream->start_offset;
}

static bool has_paused(const struct stream *stream)
{
    return stream->fd < 0 || stream->has_paused;
}

/* Says whether the rank, silent for so long, is merely kept from its CPU: the rest of its line may
 * come as soon as it gets it. One that computes for as long as a pause takes has paused. */
static bool is_kept_waiting(struct stream *stream, uint64_t silent_ns)
{
    const struct mpr_output_config *config = &stream->output->config;
    int slot = (int)(stream - stream->output->streams) / 2;
    uint64_t used_ns;

    if (config->wants_cpu == NULL || silent_ns >= PAUSES_MAX * config->pause_ns ||
        !config->wants_cpu(config->context, slot, &used_ns)) {
        return false;
    }
    if (stream->used_ns == 0) {
        stream->used_ns = used_ns;
    }
    return used_ns - stream->used_ns < config->pause_ns;
}

/* One that could not be read meanwhile, because its sink was busy, has not paused: the rest of its
 * line may be waiting in the pipe. */
static void look_for_pause(struct stream *stream)
{
    uint64_t silent_ns = mpr_clock_ns() - stream->waiting_ns;
    bool matters = held_bytes(stream) > 0 || stream->sink->owner == stream;

    if (matters && !stream->has_paused && mpr_engine_op_is_active(&stream->read) &&
        silent_ns >= stream->output->config.pause_ns) {
        stream->has_paused = !is_kept_waiting(stream, silent_ns);
    }
}

/* Says whether the unfinished line is meant to be seen. Where a program has filled its buffer and
 * not flushed it, the line merely happens to be cut there, and its rest may come much later. */
static bool is_prompt(const struct stream *stream)
{
    return has_paused(stream) && (stream->fd < 0 || stream->unflushed_bytes == 0);
}

/* Says whether the sink takes a line of this stream now. */
static bool is_free_for(const struct sink *sink, const struct stream *stream)
{
    return sink->is_lost ||
           (sink->filling.used_bytes < QUEUE_BYTES &&
            (sink->owner == NULL || sink->owner == stream || has_paused(sink->owner)));
}

/* Says whether what a stream holds can be passed on after a pause, its own or that of the stream
 * that it waits for. Otherwise only more bytes, or room in the sink, can help. */
static bool time_may_help(const struct stream *stream)
{
    return stream->unflushed_bytes == 0 || !is_free_for(stream->sink, stream);
}

// --- Streams ----------------------------------------------------------------------------------

static void start_read(struct stream *stream)
{
    if (stream->fd < 0 || stream->output->reads_no_more || mpr_engine_op_is_active(&stream->read)) {
        return;
    }
    if (stream->start_offset > 0) {
        memmove(stream->buffer, stream->buffer + stream->start_offset, held_bytes(stream));
        stream->end_offset -= stream->start_offset;
        stream->start_offset = 0;
    }
    if (stream->end_offset < STREAM_BYTES) {
        stream->waiting_ns = mpr_clock_ns();
        stream->used_ns = 0;
        mpr_engine_read(stream->output->config.engine, &stream->read, stream->fd,
                        stream->buffer + stream->end_offset, STREAM_BYTES - stream->end_offset);
    }
}

/* Its slot can then be used again: so nothing but the sink keeps in mind that its last line may be
 * unfinished. */
static void close_stream(struct stream *stream)
{
    if (stream->sink->owner == stream) {
        stream->sink->owner = NULL;
    }
    close(stream->fd);
    stream->fd = -1;
    stream->output->open_count--;
}

/* Passes on what can be, and reads on if there is room. */
static void offer(struct stream *stream)
{
    if (held_bytes(stream) > 0 && is_free_for(stream->sink, stream)) {
        const char *start = stream->buffer + stream->start_offset;
        const char *newline = memrchr(start, '\n', held_bytes(stream));
        if (newline != NULL) {
            pass_on(stream, (size_t)(newline - start) + 1);
        }
        if (held_bytes(stream) == STREAM_BYTES || (held_bytes(stream) > 0 && is_prompt(stream))) {
            pass_on(stream, held_bytes(stream));
        }
    }
    if (held_bytes(stream) > 0 && time_may_help(stream) &&
        !mpr_engine_op_is_active(&stream->output->pause)) {
        mpr_engine_timer(stream->output->config.engine, &stream->output->pause,
                         stream->output->config.pause_ns);
    }
    start_read(stream);
}

static void look_for_pauses(struct mpr_output *output)
{
    for (int i = 0; i < 2 * output->used_count; i++) {
        if (output->streams[i].fd >= 0) {
            look_for_pause(&output->streams[i]);
        }
    }
}

static void offer_all(struct mpr_output *output)
{
    for (int i = 0; i < 2 * output->used_count; i++) {
        if (held_bytes(&output->streams[i]) > 0) {
            offer(&output->streams[i]);
        }
    }
}

/* Where mprun itself was held up, the rest of a line may lie there, to be read in this very pass:
 * so the end of a pause counts only one pass later. */
static void paused(struct mpr_engine_op *op, int result)
{
    struct mpr_output *output = mpr_container_of(op, struct mpr_output, pause);

    output->is_looking = !output->is_looking && result != -ECANCELED;
    if (output->is_looking) {
        mpr_engine_timer(output->config.engine, &output->pause, 0);
    } else if (result != -ECANCELED) {
        look_for_pauses(output);
        offer_all(output);
    }
}

/* Keeps count of what a program has written by full buffers alone. A read that did not take all
 * there was tells nothing yet. */
static void note_flushes(struct stream *stream, size_t count)
{
    stream->unflushed_bytes += count;
    if (stream->end_offset + count < STREAM_BYTES && stream->unflushed_bytes % BUFFER_BYTES != 0) {
        stream->unflushed_bytes = 0;
    }
}

static void arrived(struct mpr_engine_op *op, int result)
{
    struct stream *stream = mpr_container_of(op, struct stream, read);

    stream->has_paused = false;
    if (result > 0) {
        note_flushes(stream, (size_t)result);
        stream->end_offset += (size_t)result;
    }
    if (result <= 0 || stream->output->reads_no_more) {
        close_stream(stream); // the end; of a terminal it is EIO
    }
    offer(stream);
}

static int open_stream(struct stream *stream, struct mpr_output *output, int kind,
                       const char *label, int *rank_fd)
{
    int sink_fd = output->config.sink_fds[kind];
    int fds[2];

    if (!(isatty(sink_fd) && mpr_terminal_open(fds, sink_fd) == 0) &&
        pipe2(fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    if (stream->buffer == NULL) {
        stream->buffer = malloc(STREAM_BYTES);
    }
    if (stream->buffer == NULL) {
        close(fds[0]);
        close(fds[1]);
        return -ENOMEM;
    }
    stream->start_offset = 0;
    stream->end_offset = 0;
    stream->unflushed_bytes = 0;
    stream->has_paused = false;
    stream->read.complete = arrived;
    stream->output = output;
    stream->sink = sink_of(output, kind);
    snprintf(stream->label, sizeof(stream->label), "%s", label);
    stream->fd = fds[0];
    *rank_fd = fds[1];
    output->open_count++;
    start_read(stream);
    return 0;
}

// --- The interface ----------------------------------------------------------------------------

int mpr_output_create(struct mpr_output **created, const struct mpr_output_config *config)
{
    struct mpr_output *output = calloc(1, sizeof(*output));
    if (output == NULL) {
        return -ENOMEM;
    }
    output->streams = calloc((size_t)config->slot_count * 2, sizeof(*output->streams));
    if (output->streams == NULL) {
        free(output);
        return -ENOMEM;
    }
    output->config = *config;
    output->has_one_sink = is_one_place(config->sink_fds);
    output->pause.complete = paused;
    for (int kind = OUT; kind <= ERR; kind++) {
        output->sinks[kind].output = output;
        output->sinks[kind].fd = config->sink_fds[kind];
        output->sinks[kind].write.complete = written;
    }
    *created = output;
    return 0;
}

void mpr_output_destroy(struct mpr_output *output)
{
    if (output == NULL) {
        return;
    }
    for (int i = 0; i < 2 * output->used_count; i++) {
        if (output->streams[i].fd >= 0) {
            close(output->streams[i].fd);
        }
        free(output->streams[i].buffer);
    }
    for (int kind = OUT; kind <= ERR; kind++) {
        free(output->sinks[kind].filling.bytes);
        free(output->sinks[kind].flushing.bytes);
    }
    free(output->streams);
    free(output);
}

int mpr_output_open(struct mpr_output *output, int slot, const char *label, int rank_fds[2])
{
    struct stream *streams = &output->streams[2 * slot];

    for (; output->used_count <= slot; output->used_count++) {
        output->streams[2 * output->used_count + OUT].fd = -1;
        output->streams[2 * output->used_count + ERR].fd = -1;
    }
    int error = open_stream(&streams[OUT], output, OUT, label, &rank_fds[OUT]);
    if (error != 0) {
        return error;
    }
    error = open_stream(&streams[ERR], output, ERR, label, &rank_fds[ERR]);
    if (error != 0) {
        close(rank_fds[OUT]);
        rank_fds[OUT] = -1;
    }
    return error;
}

void mpr_output_say(struct mpr_output *output, const char *format, ...)
{
    struct sink *sink = sink_of(output, ERR);
    char line[2048] = "mprun: ";
    size_t used = strlen(line);
    va_list arguments;

    va_start(arguments, format);
    int more = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
    va_end(arguments);
    used += more > 0 ? (size_t)more : 0;
    if (used > sizeof(line) - 2) {
        used = sizeof(line) - 2;
    }
    line[used++] = '\n';

    if (sink->is_mid_line) {
        put(sink, "\n", 1);
    }
    put(sink, line, used);
    sink->is_mid_line = false;
    sink->owner = NULL;
    flush(sink);
}

void mpr_output_match_terminal(struct mpr_output *output)
{
    for (int slot = 0; slot < output->used_count; slot++) {
        struct stream *stream = &output->streams[2 * slot + OUT];
        if (stream->fd >= 0) {
            mpr_terminal_copy_size(output->config.sink_fds[OUT], stream->fd); // a pipe ignores it
        }
    }
}

bool mpr_output_is_used(const struct mpr_output *output, int slot)
{
    const struct stream *streams = &output->streams[2 * slot];
    bool is_used = false;

    for (int kind = OUT; slot < output->used_count && kind <= ERR; kind++) {
        is_used |= streams[kind].fd >= 0 || held_bytes(&streams[kind]) > 0;
    }
    return is_used;
}

bool mpr_output_is_idle(const struct mpr_output *output)
{
    for (int i = 0; i < 2 * output->used_count; i++) {
        if (held_bytes(&output->streams[i]) > 0) {
            return false;
        }
    }
    return !mpr_engine_op_is_active(&output->sinks[OUT].write) &&
           !mpr_engine_op_is_active(&output->sinks[ERR].write);
}

bool mpr_output_is_drained(const struct mpr_output *output)
{
    return output->open_count == 0 && mpr_output_is_idle(output);
}

void mpr_output_stop_reading(struct mpr_output *output)
{
    output->reads_no_more = true;
    for (int i = 0; i < 2 * output->used_count; i++) {
        struct stream *stream = &output->streams[i];
        if (mpr_engine_op_is_active(&stream->read)) {
            mpr_engine_cancel(output->config.engine, &stream->read);
        } else if (stream->fd >= 0) {
            close_stream(stream);
        }
    }
}
