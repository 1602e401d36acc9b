/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sanitizer a test is built with: both keep memory of their own beside the program's.
 *
 * AddressSanitizer keeps freed memory for a while, to find uses of it; ThreadSanitizer keeps four
 * bytes for each that is touched, to find who touched it last. */
#ifndef MPR_TESTS_SANITIZED_H
#define MPR_TESTS_SANITIZED_H

#if defined(__has_feature)
#define SANITIZED_HAS(feature) __has_feature(feature)
#else
#define SANITIZED_HAS(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || SANITIZED_HAS(address_sanitizer)
#define SANITIZED_ADDRESS 1
#else
#define SANITIZED_ADDRESS 0
#endif

#if defined(__SANITIZE_THREAD__) || SANITIZED_HAS(thread_sanitizer)
#define SANITIZED_THREAD 1
#else
#define SANITIZED_THREAD 0
#endif

#endif
