"""Runs a command, and writes what it took: a small process, started for one command.

Linux counts as the most memory of a command what the process had that started it, as it was
when the command took its place. This one has less than any command of interest, and loads
no more than it needs. It is called with a descriptor to write to, the seconds after which
the command is killed, and the command.
"""

from __future__ import annotations

import os
import signal
import sys
import time


def main() -> None:
    """Write a line: seconds, seconds of CPU, most memory in KiB, and how it ended."""
    report, timeout_s, *command = sys.argv[1:]
    # The command shall not hold it open.
    os.set_inheritable(int(report), False)
    started = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, float(timeout_s))
    _, status, usage = os.wait4(pid, 0)
    elapsed_s = time.perf_counter() - started
    signal.setitimer(signal.ITIMER_REAL, 0)
    cpu_s = usage.ru_utime + usage.ru_stime
    ended = os.waitstatus_to_exitcode(status)
    os.write(int(report), f"{elapsed_s} {cpu_s} {usage.ru_maxrss} {ended}".encode())


if __name__ == "__main__":
    main()
