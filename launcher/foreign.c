/* SPDX-License-Identifier: BSD-3-Clause */
/* The libraries that a program names itself, by its dynamic section (System V ABI, chapter 5). */
#include "launcher/foreign.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An open program. Addresses in it are not places in the file: its segments say which is which. */
struct program {
    int fd;
    ElfW(Ehdr) header;
};

static bool read_at(int fd, uint64_t offset, void *to, size_t bytes)
{
    return pread(fd, to, bytes, (off_t)offset) == (ssize_t)bytes;
}

static bool read_header(struct program *program)
{
    const ElfW(Ehdr) *header = &program->header;
    const unsigned char native_class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

    return read_at(program->fd, 0, &program->header, sizeof(program->header)) &&
           memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == native_class && header->e_phentsize == sizeof(ElfW(Phdr));
}

/* The first segment of a type that holds `address`, or any address (0). */
static bool find_segment(const struct program *program, uint32_t type, uint64_t address,
                         ElfW(Phdr) * segment)
{
    for (unsigned i = 0; i < program->header.e_phnum; i++) {
        uint64_t place = program->header.e_phoff + i * sizeof(*segment);
        if (!read_at(program->fd, place, segment, sizeof(*segment))) {
            return false;
        }
        if (segment->p_type == type &&
            (address == 0 || address - segment->p_vaddr < segment->p_filesz)) {
            return true;
        }
    }
    return false;
}

/* The n-th entry of the dynamic section with a tag. */
static bool find_entry(const struct program *program, const ElfW(Phdr) * section, int64_t tag,
                       int n, uint64_t *value)
{
    ElfW(Dyn) entry = {0};

    for (uint64_t at = 0; at + sizeof(entry) <= section->p_filesz; at += sizeof(entry)) {
        if (!read_at(program->fd, section->p_offset + at, &entry, sizeof(entry)) ||
            entry.d_tag == DT_NULL) {
            return false;
        }
        if (entry.d_tag == tag && n-- == 0) {
            *value = entry.d_un.d_val;
            return true;
        }
    }
    return false;
}

/* Open MPI's and Intel MPI's are the former, MPICH's the latter. Ours is libmpi_abi.so.1, as it
 * would be on a cluster. */
static bool is_foreign(const char *library)
{
    return strncmp(library, "libmpi.so", strlen("libmpi.so")) == 0 ||
           strncmp(library, "libmpich.so", strlen("libmpich.so")) == 0;
}

static bool find_in(struct program *program, char *library, size_t library_bytes)
{
    ElfW(Phdr) section, segment;
    uint64_t texts, text;
    char name[32];

    if (!read_header(program) || !find_segment(program, PT_DYNAMIC, 0, &section) ||
        !find_entry(program, &section, DT_STRTAB, 0, &texts) ||
        !find_segment(program, PT_LOAD, texts, &segment)) {
        return false;
    }
    texts = texts - segment.p_vaddr + segment.p_offset;
    for (int n = 0; find_entry(program, &section, DT_NEEDED, n, &text); n++) {
        ssize_t bytes = pread(program->fd, name, sizeof(name) - 1, (off_t)(texts + text));
        name[bytes > 0 ? bytes : 0] = '\0';
        if (is_foreign(name)) {
            snprintf(library, library_bytes, "%s", name);
            return true;
        }
    }
    return false;
}

bool mpr_foreign_find(const char *path, char *library, size_t library_bytes)
{
    struct program program = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};

    if (program.fd < 0) {
        return false;
    }
    bool found = find_in(&program, library, library_bytes);
    close(program.fd);
    return found;
}
