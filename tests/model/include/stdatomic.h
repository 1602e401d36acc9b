/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for the compiler's header when the runtime is compiled for the model: each atomic
 * operation goes to the model's memory (machine.h), with the order that the source asks for. */
#ifndef MODEL_STDATOMIC_H
#define MODEL_STDATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    memory_order_relaxed = __ATOMIC_RELAXED,
    memory_order_consume = __ATOMIC_CONSUME,
    memory_order_acquire = __ATOMIC_ACQUIRE,
    memory_order_release = __ATOMIC_RELEASE,
    memory_order_acq_rel = __ATOMIC_ACQ_REL,
    memory_order_seq_cst = __ATOMIC_SEQ_CST
} memory_order;

typedef _Atomic bool atomic_bool;
typedef _Atomic int atomic_int;

uint64_t model_load(const volatile void *at, size_t bytes, memory_order order);
void model_store(volatile void *at, size_t bytes, uint64_t value, memory_order order);
uint64_t model_exchange(volatile void *at, size_t bytes, uint64_t value, memory_order order);
uint64_t model_add(volatile void *at, size_t bytes, uint64_t value, memory_order order);
bool model_compare_exchange(volatile void *at, size_t bytes, void *expected, uint64_t value,
                            memory_order order);
void model_fence(memory_order order);
void model_compiler_fence(void);

#define MODEL_VALUE_OF(at) __typeof__((void)0, *(at))

#define atomic_load_explicit(at, order) ((MODEL_VALUE_OF(at))model_load(at, sizeof(*(at)), order))
#define atomic_store_explicit(at, value, order) \
    model_store(at, sizeof(*(at)), (uint64_t)(value), order)
#define atomic_exchange_explicit(at, value, order) \
    ((MODEL_VALUE_OF(at))model_exchange(at, sizeof(*(at)), (uint64_t)(value), order))
#define atomic_fetch_add_explicit(at, value, order) \
    ((MODEL_VALUE_OF(at))model_add(at, sizeof(*(at)), (uint64_t)(value), order))
#define atomic_fetch_sub_explicit(at, value, order) \
    atomic_fetch_add_explicit(at, -(uint64_t)(value), order)
#define atomic_compare_exchange_strong_explicit(at, expected, value, order, failure_order) \
    model_compare_exchange(at, sizeof(*(at)), expected, (uint64_t)(value), order)
#define atomic_thread_fence(order) model_fence(order)
#define atomic_signal_fence(order) model_compiler_fence()

#endif
