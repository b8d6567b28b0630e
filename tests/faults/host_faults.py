"""Faults of the host, and of pytest itself."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from faults.fault import Fault, Scene, Seen, by_app
from faults.stages import Stage

__all__ = ["FAULTS"]

_ALL = tuple(Stage)
_BEFORE_THE_END = tuple(one for one in Stage if one is not Stage.REPORT)
_OF_THE_CHECK = tuple(one for one in _BEFORE_THE_END if one is not Stage.START)
_MEASURING = tuple(one for one in _OF_THE_CHECK if one is not Stage.END)
# Where nobody can make a directory or a file, not even root.
_NOWHERE = "/proc/nodeleak"
_ROOM_BYTES = 4_096
_HOUR_S = 3_600.0
_LONG_S = 30.0
# Ends with nothing but force, and knows when pytest has begun to end it.
_DEAF = "process.on('SIGTERM', () => process.kill(process.ppid, 'SIGINT'));\n"


def _send(number: signal.Signals) -> Callable[[Scene], None]:
    """Return what sends a signal to this pytest."""
    return lambda _: os.kill(os.getpid(), number)


def _interrupt_controller(_: Scene) -> None:
    os.kill(os.getppid(), signal.SIGINT)
    # Broken off by the SIGINT that execnet sends to the worker then.
    time.sleep(_LONG_S)


def _as_in_a_terminal(_: pytest.Config) -> None:
    """Have the signals do what they do there: who has started us may ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _fill_disk(_: Scene) -> None:
    """Let no file grow any more, whatever disk it is on."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_BYTES, most))


def _take_descriptors(_: Scene) -> None:
    """Leave this process none, until the test is over: pytest needs some itself."""
    last = os.dup(0)
    os.close(last)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (last, most))


class _GiveDescriptorsBack:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        return (yield)


def _give_descriptors_back(config: pytest.Config) -> None:
    config.pluginmanager.register(_GiveDescriptorsBack())


def _set_clocks(scene: Scene) -> None:
    """Let the clock of this process and of the app jump by hours at each look."""
    tell, jumps = time.time, itertools.cycle((_HOUR_S, -_HOUR_S, 0.0))
    patch = pytest.MonkeyPatch()
    patch.setattr(time, "time", lambda: tell() + next(jumps))
    patch.setattr(time, "time_ns", lambda: int((tell() + next(jumps)) * 1e9))
    if scene.stage is not Stage.START:
        scene.signal_app(signal.SIGUSR2)


def _stays_deaf(directory: Path) -> None:
    (directory / "deaf.cjs").write_text(_DEAF)


def _has_note(words: str) -> Callable[[Seen], None]:
    def check(seen: Seen) -> None:
        assert words in seen.output

    return check


FAULTS = (
    Fault(
        name="disk full",
        what="No file can be written any more, neither artifacts nor the record.",
        stages=(Stage.SNAPSHOT, Stage.ATTRIBUTE, Stage.REPORT),
        sample=(Stage.SNAPSHOT,),
        strike=_fill_disk,
        check=_has_note("record.json could not be written (File too large)"),
    ),
    Fault(
        name="nowhere to write",
        what="Artifacts, the page and the metrics go to a directory that nobody can make.",
        stages=(Stage.START,),
        sample=(Stage.START,),
        args=(
            *("--nodeleak-artifacts", f"{_NOWHERE}/artifacts"),
            *("--nodeleak-html", f"{_NOWHERE}/report.html"),
            *("--nodeleak-metrics", f"{_NOWHERE}/metrics.om"),
        ),
        check=_has_note(f"{_NOWHERE}/report.html could not be written"),
    ),
    Fault(
        name="no descriptor left",
        what="pytest's own process has no file descriptor left (`ulimit -n`).",
        stages=_MEASURING,
        sample=(Stage.SCREEN,),
        strike=_take_descriptors,
        configure=_give_descriptors_back,
    ),
    Fault(
        name="clock set",
        what="The time of day jumps by hours, in pytest and in the app.",
        stages=(Stage.SCREEN, Stage.CONFIRM),
        strike=_set_clocks,
        env={"FAULT": "clock"},
    ),
    Fault(
        name="Ctrl-C",
        what="pytest gets SIGINT, as from a terminal.",
        stages=_ALL,
        sample=(Stage.SNAPSHOT,),
        strike=_send(signal.SIGINT),
        configure=_as_in_a_terminal,
    ),
    Fault(
        name="Ctrl-C twice",
        what="pytest gets SIGINT, and another one while it ends an app that ignores"
        " SIGTERM.",
        stages=(Stage.SCREEN, Stage.SNAPSHOT, Stage.CONFIRM),
        strike=_send(signal.SIGINT),
        configure=_as_in_a_terminal,
        arrange=_stays_deaf,
        command="node --require ./deaf.cjs app.cjs",
    ),
    Fault(
        name="Ctrl-C with workers",
        what="The controller of pytest-xdist gets SIGINT, and its worker is in a check that"
        " takes longer than the five seconds that it is given.",
        stages=(Stage.SCREEN,),
        strike=_interrupt_controller,
        configure=_as_in_a_terminal,
        args=("-n", "1"),
    ),
    Fault(
        name="SIGTERM",
        what="pytest gets SIGTERM, as from a CI that cancels a job.",
        stages=(Stage.START, Stage.SNAPSHOT, Stage.IDENTIFY, Stage.CONFIRM),
        sample=(Stage.SNAPSHOT,),
        strike=_send(signal.SIGTERM),
        configure=_as_in_a_terminal,
    ),
    Fault(
        name="SIGHUP",
        what="pytest gets SIGHUP, as from a terminal that is closed.",
        stages=(Stage.START, Stage.CONFIRM),
        strike=_send(signal.SIGHUP),
        configure=_as_in_a_terminal,
    ),
    Fault(
        name="pytest killed",
        what="pytest gets SIGKILL, as from a machine that is out of memory.",
        stages=(Stage.START, Stage.SCREEN, Stage.SNAPSHOT, Stage.CONFIRM, Stage.END),
        sample=(Stage.SNAPSHOT,),
        strike=_send(signal.SIGKILL),
        burial_s=10.0,
    ),
    Fault(
        name="pytest gone",
        what="pytest leaves at once, without ending anything: so does pytest-timeout's"
        " method `thread`.",
        stages=(Stage.START, Stage.SNAPSHOT),
        strike=lambda _: os._exit(1),
        burial_s=10.0,
    ),
    Fault(
        name="worker killed",
        what="The worker of pytest-xdist that runs the check gets SIGKILL.",
        stages=(Stage.START, Stage.SCREEN, Stage.SNAPSHOT),
        sample=(Stage.SCREEN,),
        strike=_send(signal.SIGKILL),
        args=("-n", "1"),
        burial_s=10.0,
    ),
    Fault(
        name="timeout",
        what="The test's time is over (pytest-timeout, method `signal`).",
        stages=_BEFORE_THE_END,
        strike=lambda _: signal.raise_signal(signal.SIGALRM),
        args=("--timeout", "300"),
    ),
    Fault(
        name="run again",
        what="The app is killed, and pytest-rerunfailures runs the failed test again.",
        stages=(Stage.SCREEN, Stage.CONFIRM),
        sample=(Stage.SCREEN,),
        strike=by_app,
        args=("--reruns", "1"),
        env={"FAULT": "kill"},
    ),
)
