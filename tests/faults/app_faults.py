"""Faults of the app itself."""

from __future__ import annotations

import signal

from faults.fault import Fault, Seen, by_app, by_signal, tells_what_was_proven
from faults.stages import Stage

__all__ = ["FAULTS"]

_ALL = tuple(one for one in Stage if one is not Stage.REPORT)
_WAITED_FOR = {Stage.SCREEN: 15.0, Stage.SNAPSHOT: 40.0, Stage.IDENTIFY: 40.0}

_MOST_BYTES = 500e6


def _stays_small(seen: Seen) -> None:
    assert seen.peak_bytes < _MOST_BYTES


def _has_last_output(seen: Seen) -> None:
    _stays_small(seen)
    assert "all is well\n  that was all\n" in seen.output


FAULTS = (
    Fault(
        name="killed",
        what="The app is ended by SIGKILL, as by an operator or a supervisor.",
        stages=_ALL,
        sample=(Stage.ATTRIBUTE,),
        strike=by_signal(signal.SIGKILL),
        env={"FAULT": "kill"},
        check=tells_what_was_proven,
    ),
    Fault(
        name="stopped",
        what="The app is stopped by SIGSTOP and never continued.",
        stages=_ALL,
        strike=by_signal(signal.SIGSTOP),
        env={"FAULT": "stop"},
        budgets_s=_WAITED_FOR,
    ),
    Fault(
        name="exits",
        what="The app calls process.exit(0), as if all were well.",
        stages=_ALL,
        strike=by_app,
        env={"FAULT": "exit"},
    ),
    Fault(
        name="aborts",
        what="The app calls process.abort(), as native code does that gives up.",
        stages=_ALL,
        strike=by_app,
        env={"FAULT": "abort"},
    ),
    Fault(
        name="blocked for good",
        what="An endless loop: the event loop never comes round again.",
        stages=_ALL,
        strike=by_app,
        env={"FAULT": "block"},
        budgets_s=_WAITED_FOR,
    ),
    Fault(
        name="blocked for a while",
        what="The event loop is blocked for three seconds, and then goes on.",
        stages=(Stage.SCREEN, Stage.SNAPSHOT, Stage.CONFIRM, Stage.ATTRIBUTE),
        sample=(Stage.SNAPSHOT,),
        strike=by_app,
        env={"FAULT": "pause"},
    ),
    Fault(
        name="floods its output",
        what="The app prints 100 MB in lines of a dozen bytes. pytest's memory stays below"
        " 500 MB, and of its time no more goes on it than the check can spare.",
        stages=(Stage.START, Stage.CONFIRM),
        sample=(Stage.START,),
        strike=by_app,
        env={"FAULT": "shout"},
        check=_stays_small,
    ),
    Fault(
        name="floods its output and exits",
        what="The same, and then it exits: what it printed last is in the report.",
        stages=(Stage.START, Stage.IDENTIFY),
        sample=(Stage.START,),
        strike=by_app,
        env={"FAULT": "shout and exit"},
        check=_has_last_output,
    ),
    Fault(
        name="announces other inspectors",
        what="The app prints banners as Node.js does of inspectors: for a port of nobody,"
        " for the port that it serves on, and for its inspector's port with another id.",
        stages=(Stage.START,),
        sample=(Stage.START,),
        strike=by_app,
        env={"FAULT": "announce others"},
    ),
    Fault(
        name="boasts",
        what="The app prints that it is ready, and where, before it listens and where it"
        " does not: it is found by the ports it has, not by what it says.",
        stages=(Stage.START,),
        env={"FAULT": "boast"},
    ),
    Fault(
        name="says goodbye",
        what="The app prints the line that Node.js prints when it exits and waits for the"
        " debugger to let it go, and stays.",
        stages=(Stage.START, Stage.SCREEN, Stage.CONFIRM),
        sample=(Stage.SCREEN,),
        strike=by_app,
        env={"FAULT": "say goodbye"},
    ),
    Fault(
        name="has children",
        what="The app ignores SIGTERM, as do processes that it starts: a child, one in a"
        " session of its own, one without an environment; and an orphaned daemon.",
        stages=(Stage.START, Stage.CONFIRM),
        sample=(Stage.START,),
        strike=by_app,
        env={"FAULT": "have children"},
        memory_limit=None,
    ),
    Fault(
        name="has children and is killed",
        what="The app starts a process in its own session and one in another, which ignore"
        " SIGTERM, and is ended by SIGKILL at once.",
        stages=(Stage.START, Stage.IDENTIFY),
        strike=by_app,
        env={"FAULT": "kill and leave"},
        memory_limit=None,
    ),
    Fault(
        name="becomes a daemon",
        what="The app starts itself again in the background and exits.",
        stages=(Stage.START,),
        env={"FAULT": "become a daemon"},
        memory_limit=None,
    ),
)
