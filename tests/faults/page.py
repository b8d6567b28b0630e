"""The part of docs/faults.md that is written by the tests, and read by them as expected.

Each fault has a table with its outcomes, and the stages of each; in front of them stands
a matrix with a word or two per cell, for an overview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from faults.cells import PARTS, faults_of
from faults.fault import Fault
from faults.sessions import Outcome
from faults.stages import Stage

__all__ = ["PAGE", "read_page", "written"]

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_BEGIN, _END = "<!-- written by make faults -->\n", "<!-- as far as here -->\n"
_HEAD = "| stage | verdict | what pytest says | exit status | in time | kept |"
_ROW = re.compile(
    r"\| (?P<stages>[^|]+) \| (?P<verdict>[^|]+) \| `(?P<says>.*)`"
    r" \| (?P<exit_status>-?\d+) \| (?P<in_time>yes|no) \| (?P<kept>[^|]*) \|"
)


def read_page(text: str) -> dict[str, Outcome]:
    """Return the outcomes that a page has, by the key of the cell."""
    outcomes: dict[str, Outcome] = {}
    fault = ""
    for line in text.splitlines():
        if line.startswith("### "):
            fault = line.removeprefix("### ")
        row = _ROW.fullmatch(line)
        if row is not None:
            outcome = Outcome(
                verdict=row["verdict"],
                says=row["says"],
                exit_status=int(row["exit_status"]),
                in_time=row["in_time"] == "yes",
                kept=row["kept"],
            )
            stages = row["stages"].split(", ")
            outcomes |= {f"{fault} / {stage}": outcome for stage in stages}
    return outcomes


def written(page: str, outcomes: Mapping[str, Outcome]) -> str:
    """Return a page with what happened in place of what it said."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    known = {**read_page(page), **outcomes}
    return f"{before}{_BEGIN}{''.join(_all_parts(known))}\n{_END}{after}"


def _all_parts(known: Mapping[str, Outcome]) -> Iterator[str]:
    yield "\n| stage | the fault strikes |\n|---|---|\n"
    yield from (f"| {one.title} | {one.meaning} |\n" for one in Stage)
    for part, title in PARTS.items():
        faults = faults_of(part)
        yield f"\n## {title}\n\n"
        yield from _matrix(faults, known)
        for fault in faults:
            yield from _details(fault, known)


def _matrix(faults: tuple[Fault, ...], known: Mapping[str, Outcome]) -> Iterator[str]:
    stages = [one for one in Stage if any(one in fault.stages for fault in faults)]
    yield f"| fault | {' | '.join(one.title for one in stages)} |\n"
    yield f"|---|{'---|' * len(stages)}\n"
    for fault in faults:
        words = [_word(known.get(f"{fault.name} / {one.title}")) for one in stages]
        yield f"| [{fault.name}](#{_anchor(fault.name)}) | {' | '.join(words)} |\n"


def _word(outcome: Outcome | None) -> str:
    return "" if outcome is None else outcome.verdict


def _details(fault: Fault, known: Mapping[str, Outcome]) -> Iterator[str]:
    yield f"\n### {fault.name}\n\n{fault.what}\n\n{_HEAD}\n|---|---|---|---|---|---|\n"
    stages: dict[Outcome, list[str]] = {}
    for title in (stage.title for stage in fault.stages):
        outcome = known.get(f"{fault.name} / {title}")
        if outcome is not None:
            stages.setdefault(outcome, []).append(title)
    for one, titles in stages.items():
        yield (
            f"| {', '.join(titles)} | {one.verdict} | `{one.says}` | {one.exit_status}"
            f" | {'yes' if one.in_time else 'no'} | {one.kept} |\n"
        )


def _anchor(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")
