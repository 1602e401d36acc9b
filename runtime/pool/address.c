/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds functions by module and offset, through what the loader tells of its modules. */
#include "pool/address.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "pool/hash.h"

/* The build id among a module's notes: its bytes, or null. */
static const unsigned char *build_id_in(const char *notes, size_t bytes, size_t *length)
{
    size_t at = 0;
    while (at + sizeof(ElfW(Nhdr)) <= bytes) {
        const ElfW(Nhdr) *note = (const void *)(notes + at);
        size_t name_bytes = (note->n_namesz + 3u) & ~(size_t)3;
        size_t value_bytes = (note->n_descsz + 3u) & ~(size_t)3;
        const char *name = notes + at + sizeof *note;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4)) {
            *length = note->n_descsz;
            return (const unsigned char *)name + name_bytes;
        }
        at += sizeof *note + name_bytes + value_bytes;
    }
    return NULL;
}

static uint64_t module_hash(const struct dl_phdr_info *module)
{
    uint64_t code_bytes = 0;
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &module->dlpi_phdr[i];
        if (part->p_type == PT_NOTE) {
            size_t length = 0;
            const unsigned char *id = build_id_in((const char *)module->dlpi_addr + part->p_vaddr,
                                                  part->p_memsz, &length);
            if (id) {
                return mpp_hash(MPP_HASH_START, id, length);
            }
        }
        if (part->p_type == PT_LOAD && part->p_flags & PF_X) {
            code_bytes += part->p_memsz;
        }
    }
    const char *slash = strrchr(module->dlpi_name, '/');
    const char *name = slash ? slash + 1 : module->dlpi_name;
    return mpp_hash(mpp_hash(MPP_HASH_START, name, strlen(name)), &code_bytes, sizeof code_bytes);
}

static int holds(const struct dl_phdr_info *module, uintptr_t address)
{
    for (int i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &module->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && part->p_flags & PF_X
            && address - (module->dlpi_addr + part->p_vaddr) < part->p_memsz) {
            return 1;
        }
    }
    return 0;
}

struct search {
    uintptr_t code;
    struct mpp_address address;
};

static int look_for_code(struct dl_phdr_info *module, size_t size, void *state)
{
    (void)size;
    struct search *search = state;
    if (!holds(module, search->code)) {
        return 0;
    }
    search->address.module = module_hash(module);
    search->address.offset = search->code - module->dlpi_addr;
    return 1;
}

static int look_for_module(struct dl_phdr_info *module, size_t size, void *state)
{
    (void)size;
    struct search *search = state;
    uintptr_t code = module->dlpi_addr + search->address.offset;
    if (module_hash(module) != search->address.module || !holds(module, code)) {
        return 0;
    }
    search->code = code;
    return 1;
}

int mpp_address_of(mpp_code *code, struct mpp_address *address)
{
    struct search search = {.code = (uintptr_t)code};
    if (!dl_iterate_phdr(look_for_code, &search)) {
        return -1;
    }
    *address = search.address;
    return 0;
}

mpp_code *mpp_address_find(struct mpp_address address)
{
    struct search search = {.address = address};
    return dl_iterate_phdr(look_for_module, &search) ? (mpp_code *)search.code : NULL;
}
