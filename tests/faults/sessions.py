"""Runs pytest on a leaking app into a fault, and says what came of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.fault import Fault, Seen
from faults.injection import TOLD
from faults.leftovers import MARK, Leftovers, new_mark
from faults.stages import Stage

__all__ = ["Outcome", "run_into"]

_HERE = Path(__file__).parent
_TEST = """\
def test_orders(node_app):
    node_app.hammer("GET /orders/{n}").assert_bounded()
"""
_PYPROJECT = """\
[tool.pytest.ini_options]
nodeleak_app = {command}
filterwarnings = ["error"]
"""
# Beyond the budget: to find out why, to end the app, to write files. The rest is for
# pytest itself to start and to end on a machine that does other things as well.
ENDING_S = 20.0
_READY_S = 20.0
_GIVEN_UP_S = 60.0
# What differs from run to run, or from one version of Node.js to the next.
_VOLATILE = (
    (re.compile(r"\b[\d,]+ requests?\b"), "N requests"),
    (re.compile(r"\bat request [\d,]+"), "at request N"),
    (re.compile(r"\b(process|pid) \d+"), r"\1 N"),
    (re.compile(r"\b[\d.,]+ (B/request|MB|ms|s)\b"), r"N \1"),
    (re.compile(r"\bin [\d.,]+s\b"), "in N s"),
    (
        re.compile(r"\bgrew by [\d.,]+ B and [\d.,]+ objects"),
        "grew by N B and N objects",
    ),
    # Which part is lost, and so what is wrong with the rest, is the connection's doing.
    (re.compile(r"(?<=as V8 writes it: ).+?(?=\. Something on)"), "…"),
    # Which of ours is under way when something breaks is chance.
    (re.compile(r"\b(during|answer to) [A-Z]\w+\.\w+"), r"\1 a command"),
    (re.compile(r"\bof the [\d,]+ it may have\b"), "of the N it may have"),
    (re.compile(r"\bapp\.cjs:\d+(:\d+)?"), "app.cjs:N"),
    (re.compile(r"\b(PORT=|127\.0\.0\.1:)\d+"), r"\1N"),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a user sees of a fault; the words of a cell.

    Attributes:
        verdict: Of the record, with the kind of the first finding; ``"-"`` if there is
            none.
        says: The error's class and the first line of what it says.
        exit_status: Of pytest.
        in_time: Whether pytest was over within the budget and what ending takes.
        kept: What is there to look into.

    """

    verdict: str
    says: str
    exit_status: int
    in_time: bool
    kept: str


def run_into(fault: Fault, stage: Stage, *, part: str, directory: Path) -> Outcome:
    """Run a session into a fault; fail if anything is left behind.

    Args:
        fault: The fault.
        stage: When it strikes.
        part: The module that has it.
        directory: An empty one, for the project.

    """
    _write_project(fault, directory)
    fault.arrange(directory)
    mark = new_mark()
    leftovers = Leftovers(directory, mark)
    process = subprocess.Popen(
        _command(fault, stage),
        cwd=directory,
        env=_environment(fault, stage, part=part, directory=directory, mark=mark),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    allowed_s = fault.budget_at(stage) + _READY_S + ENDING_S
    try:
        output, _ = process.communicate(timeout=allowed_s + _GIVEN_UP_S)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        leftovers.found(fault.burial_s)
        raise
    ended_at_s = time.time()
    left = leftovers.found(fault.burial_s)
    assert not left, "\n".join([*left, output])
    told = _read(directory / TOLD)
    assert "struck_at_s" in told, f"the stage was never reached:\n{output}"
    record = _read(directory / "record.json")
    fault.check(
        Seen(
            directory=directory,
            output=output,
            record=record,
            peak_bytes=told["peak_bytes"],
        )
    )
    took_s = ended_at_s - told["struck_at_s"]
    outcome = Outcome(
        verdict=_verdict(record),
        says=_says(told, record, output, directory=directory),
        exit_status=process.returncode,
        in_time=took_s <= fault.budget_at(stage) + ENDING_S,
        kept=_kept(record, directory),
    )
    print(f"{outcome}\n{took_s:.1f} s\n{output}")
    return outcome


def _write_project(fault: Fault, directory: Path) -> None:
    (directory / "tmp").mkdir()
    shutil.copy(_HERE / "app.cjs", directory)
    (directory / "test_orders.py").write_text(_TEST)
    (directory / "pyproject.toml").write_text(
        _PYPROJECT.format(command=json.dumps(fault.command))
    )


def _command(fault: Fault, stage: Stage) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", "-q", "-p", "faults.injection"),
        *("-p", "no:cacheprovider", "--nodeleak", "--nodeleak-json", "record.json"),
        *("--nodeleak-artifacts", "artifacts"),
        *("--nodeleak-budget", str(fault.budget_at(stage))),
        *_limited(fault.memory_limit if fault.command else None),
        *fault.args,
    ]


def _limited(memory: str | None) -> list[str]:
    return [] if memory is None else ["--nodeleak-memory-limit", memory]


def _environment(
    fault: Fault, stage: Stage, *, part: str, directory: Path, mark: str
) -> dict[str, str]:
    ours = {
        "FAULT_PART": part,
        "FAULT_NAME": fault.name,
        "FAULT_STAGE": stage.name,
        "FAULT_AT": "start" if stage is Stage.START else "",
        MARK: mark,
        "TMPDIR": str(directory / "tmp"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_HERE.parent), *sys.path])),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    without = {"PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "GITHUB_ACTIONS"}
    environ = {key: one for key, one in os.environ.items() if key not in without}
    return {**environ, **ours, **fault.env}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _verdict(record: Mapping[str, Any]) -> str:
    # A test that is run again makes several.
    return ", then ".join(map(_word, record.get("checks", []))) or "-"


def _word(check: Mapping[str, Any]) -> str:
    kinds = [one["kind"] for one in check["findings"][:1]]
    return " ".join([check["verdict"], *(f"({kind})" for kind in kinds)])


def _says(
    told: Mapping[str, Any], record: Mapping[str, Any], output: str, *, directory: Path
) -> str:
    reasons = [one["reason"] for one in record.get("checks", ()) if one["reason"]]
    if "error" in told:
        line = str(told["says"]).partition("\n")[0]
        text = f"{told['error']}: {line}"
    elif reasons:
        # It was interrupted, so that no test has failed of it.
        text = str(reasons[-1]).partition("\n")[0]
    else:
        # pytest's last line says what it is.
        text = output.rstrip().rpartition("\n")[2]
    text = text.replace(str(directory), ".")
    for pattern, steady in _VOLATILE:
        text = pattern.sub(steady, text)
    # It stands between backticks in a table.
    return text.replace("`", "'").replace("|", "/")


def _kept(record: Mapping[str, Any], directory: Path) -> str:
    suffixes = {
        path.suffix.lstrip(".") for path in (directory / "artifacts").rglob("*")
    }
    checks = record.get("checks", ())
    # Of a check that broke: its findings are what it broke of.
    proven = ["proven leak"] if any(one["proven"] for one in checks) else []
    return ", ".join([*(["record"] if checks else []), *proven, *sorted(suffixes)])
