# SPDX-License-Identifier: BSD-3-Clause
"""What pool.c measures, with Python's pools of two processes.

Usage: pool.py multiprocessing|futures
"""
import concurrent.futures
import multiprocessing
import resource
import sys
import time

BATCHES = 3
WORKERS = 2


def empty(number):
    return number + 1


def work(us):
    """Works for so long by the clock, since a loop of this language is not known in advance."""
    end = time.perf_counter_ns() + us * 1000
    while time.perf_counter_ns() < end:
        pass


def report(name, value):
    print(f"{name}\t0\t{value:.6g}", flush=True)


def best_s(call):
    times = []
    for _ in range(BATCHES):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def measure(map_auto, map_single):
    # First, since what the process has had at most tells nothing once it has had more.
    map_single(empty, range(100))
    begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    map_single(empty, range(10000))
    end = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report("growth over an imap of 10,000 inputs, KiB", end - begin)
    count = 300000
    report("empty tasks, automatic chunks, million/s",
           count / best_s(lambda: map_auto(empty, range(count))) * 1e-6)
    count = 3000
    report("empty tasks, one by one (imap, chunk 1), million/s",
           count / best_s(lambda: map_single(empty, range(count))) * 1e-6)
    jobs = [("tasks of 1 us, time / ideal", [1] * 40000),
            ("tasks of 10 us, time / ideal", [10] * 10000),
            ("tasks of 1 ms, time / ideal", [1000] * 100),
            ("uneven tasks, time / ideal",
             [2000 if i % 50 == 25 else 10 for i in range(2500)])]
    for name, times_us in jobs:
        report(name, best_s(lambda: map_auto(work, times_us)) / (sum(times_us) * 1e-6 / WORKERS))


def main():
    if sys.argv[1] == "multiprocessing":
        with multiprocessing.Pool(WORKERS) as pool:
            measure(pool.map, lambda function, inputs: [None for _ in pool.imap(function, inputs)])
    else:
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
            measure(lambda function, inputs: list(pool.map(function, inputs, chunksize=1000)),
                    lambda function, inputs: [None for _ in pool.map(function, inputs)])


main()
