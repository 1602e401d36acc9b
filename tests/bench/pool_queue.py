# SPDX-License-Identifier: BSD-3-Clause
"""What pool_queue.c measures, with multiprocessing's Queue and Pipe between two processes."""
import multiprocessing
import time

BATCHES = 3
ITEMS = 30000
TRIPS = 3000


def produce(queue):
    for number in range(ITEMS):
        queue.put(number)


def echo(end):
    for _ in range(TRIPS):
        end.send_bytes(end.recv_bytes())


def queue_rate():
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(queue,))
    producer.start()
    first = queue.get()
    begin = time.perf_counter()
    total = first + sum(queue.get() for _ in range(ITEMS - 1))
    elapsed_s = time.perf_counter() - begin
    producer.join()
    assert total == ITEMS * (ITEMS - 1) // 2
    return ITEMS / elapsed_s * 1e-6


def pipe_us():
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.Process(target=echo, args=(theirs,))
    other.start()
    begin = time.perf_counter()
    for _ in range(TRIPS):
        ours.send_bytes(b"12345678")
        ours.recv_bytes()
    elapsed_s = time.perf_counter() - begin
    other.join()
    return elapsed_s / TRIPS / 2 * 1e6


if __name__ == "__main__":
    us = min(pipe_us() for _ in range(BATCHES))
    rate = max(queue_rate() for _ in range(BATCHES))
    print(f"pipe, 8 bytes, one way, us\t8\t{us:.6g}", flush=True)
    print(f"queue, 8-byte items, million/s\t8\t{rate:.6g}", flush=True)
