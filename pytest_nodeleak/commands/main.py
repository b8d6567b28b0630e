"""The rim of the commands: prints what they return, and turns errors into one line.

The commands themselves are imported when they are asked for: ``--help`` shall not wait
for numpy.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import (
    Asked,
    DiffAsked,
    DoctorAsked,
    ExplainAsked,
    InitAsked,
    RedactAsked,
    ShowAsked,
    TrendAsked,
)
from pytest_nodeleak.commands.command_line import parse
from pytest_nodeleak.exceptions import NodeLeakError
from pytest_nodeleak.printed import visible

__all__ = ["main"]

_NOT_DONE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit status."""
    asked = parse(arguments)
    try:
        answer = _answer(asked)
    except NodeLeakError as error:
        return _complain(_in_one_line(str(error)))
    except MemoryError:
        return _complain(
            "there is not enough memory for this heap: run it on a larger machine"
        )
    except KeyboardInterrupt:
        return _INTERRUPTED
    _print(_json(answer.record) if asked.as_json else _readable(answer.text))
    return answer.status


def _answer(asked: Asked) -> Answer:
    match asked:
        case DiffAsked():
            from pytest_nodeleak.commands.diff import diff

            answer = diff(asked)
        case ShowAsked():
            from pytest_nodeleak.commands.show import show

            answer = show(asked)
        case RedactAsked():
            from pytest_nodeleak.commands.redact import redact

            answer = redact(asked)
        case ExplainAsked():
            from pytest_nodeleak.commands.explain import explain

            answer = explain(asked)
        case InitAsked():
            from pytest_nodeleak.commands.init import init

            answer = init(asked)
        case DoctorAsked():
            from pytest_nodeleak.commands.doctor import doctor

            answer = doctor(asked)
        case TrendAsked():
            from pytest_nodeleak.commands.trend import trend

            answer = trend(asked)
    return answer


def _json(record: object) -> str:
    # The log of a CI job, where this may be read as well: see printed.py.
    return json.dumps(record, indent=2).replace("##", "#\\u0023")


def _readable(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _in_one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return " ".join(
        line if line.endswith((".", ":")) else f"{line}." for line in lines if line
    )


def _complain(problem: str) -> int:
    sys.stderr.write(f"pytest_nodeleak: {visible(problem)}\n")
    return _NOT_DONE


def _print(text: str) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        # A name that the terminal's encoding lacks is no reason to fail.
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough, e.g. head. Python would complain on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
