"""What a session leaves behind that it should not: looked for from outside."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from pytest_nodeleak.nodejs.groups import groups_of

__all__ = ["Leftovers"]

MARK = "NODELEAK_FAULT_TEST"
_AGAIN_S = 0.2
_UNFINISHED = (".nodeleak-*", "*.unfinished")


class Leftovers:
    """Looks before a session for what is there already, and after it for what is new.

    Args:
        directory: Of the project; the session's temporary files go to ``tmp`` in it.
        mark: A value of ``NODELEAK_FAULT_TEST`` that all processes of the session inherit.

    """

    def __init__(self, directory: Path, mark: str) -> None:
        self._directory = directory
        self._mark = mark
        self._ports = set(_listening())
        self._groups = set(_groups())

    def found(self, burial_s: float) -> list[str]:
        """Return what is left, in words; processes that are left are ended.

        Args:
            burial_s: The time until then: the kernel buries the dead in its own.

        """
        processes = self._processes()
        until = time.monotonic() + burial_s
        while processes and time.monotonic() < until:
            time.sleep(0.05)
            processes = self._processes()
        pids = {one.pid for one in processes}
        left = [
            *(f"process {one.pid} {_command(one)}" for one in processes),
            *(f"port {port} of {pid}" for port, pid in self._new_ports(pids)),
            *(f"cgroup {path}" for path in set(_groups()) - self._groups),
            *self._files(),
        ]
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        return left

    def _new_ports(self, pids: set[int]) -> set[tuple[int, int | None]]:
        """Return those of our processes, and of none: others open ports here as well."""
        new = {one for one in _listening() if one[1] in {*pids, None}} - self._ports
        if any(pid is None for _, pid in new):
            # One that was opened while we looked has nobody yet.
            time.sleep(_AGAIN_S)
            new &= set(_listening())
        return new

    def _processes(self) -> list[psutil.Process]:
        return [one for one in psutil.process_iter() if self._is_ours(one)]

    def _is_ours(self, process: psutil.Process) -> bool:
        """Tell by what is inherited; whoever clears his environment stays in the place."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            if process.environ().get(MARK) == self._mark:
                return True
            return Path(process.cwd()).is_relative_to(self._directory)
        except psutil.Error:
            return False

    def _files(self) -> Iterator[str]:
        for pattern in _UNFINISHED:
            yield from (f"file {path}" for path in self._directory.rglob(pattern))
        for path in (self._directory / "tmp").iterdir():
            # pytest keeps the temporary files of the last runs, and workers have some.
            if not path.name.startswith("pytest-of-"):
                yield f"temporary {path}"
        for path in (self._directory / "artifacts").rglob("*"):
            if path.is_file() and stat.S_IMODE(path.stat().st_mode) != 0o600:
                yield f"readable to others: {path}"


def _listening() -> Iterator[tuple[int, int | None]]:
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr:
            yield one.laddr.port, one.pid


def _groups() -> Iterator[Path]:
    """Yield the memory cgroups that pytests have made whose process is gone."""
    for group in groups_of("self"):
        for path in group.path.glob("nodeleak-*-*-*"):
            if not psutil.pid_exists(int(path.name.split("-")[2])):
                yield path


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "(just gone)"


def new_mark() -> str:
    """Return a mark that nobody else has."""
    return os.urandom(8).hex()
