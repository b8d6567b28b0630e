"""The files a session writes at its end: one entry for each, with the option that names it.

All are made from the session's record, which is what the JSON record has, so that they
say the same with and without pytest-xdist.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pytest_nodeleak.report.schema import Record
from pytest_nodeleak.whole_file import write_whole

__all__ = ["OUTPUTS", "Output", "output_key", "write_outputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file.

    Attributes:
        option: The name of the option that says where it goes, e.g. ``"json"``.
        render: From the session's record to the file's text; heavy imports belong inside.
        links: Whether the file has links to the artifacts, so that their paths are to be
            relative to it: it may be moved together with them.
        endings: Of the file's name, where an option writes several formats; else none.

    """

    option: str
    render: Callable[[Record], str]
    links: bool = False
    endings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name it among all files of a session."""
        return f"{self.option}{self.endings[0]}" if self.endings else self.option


def _json(record: Record) -> str:
    from pytest_nodeleak.report.storable import storable

    return json.dumps(storable(record), indent=2) + "\n"


def _open_metrics(record: Record) -> str:
    from pytest_nodeleak.report.exposition import open_metrics
    from pytest_nodeleak.report.metrics import metrics_of

    return open_metrics(metrics_of(record, ended_s=time.time()))


def _prometheus_text(record: Record) -> str:
    from pytest_nodeleak.report.exposition import prometheus_text
    from pytest_nodeleak.report.metrics import metrics_of

    return prometheus_text(metrics_of(record, ended_s=time.time()))


def _emf_lines(record: Record) -> str:
    from pytest_nodeleak.report.emf import emf_lines
    from pytest_nodeleak.report.metrics import metrics_of

    ended_s = time.time()
    return emf_lines(metrics_of(record, ended_s=ended_s), ended_s=ended_s)


def _sarif(record: Record) -> str:
    from pytest_nodeleak.report.sarif import sarif_text

    return sarif_text(record)


def _html(record: Record) -> str:
    from pytest_nodeleak.report.html.page import render_page

    return render_page(record, written_at=datetime.now().astimezone())


OUTPUTS: tuple[Output, ...] = (
    Output(option="json", render=_json),
    Output(option="html", render=_html, links=True),
    Output(option="metrics", render=_open_metrics, endings=(".om", ".txt")),
    Output(option="metrics", render=_prometheus_text, endings=(".prom",)),
    Output(option="metrics", render=_emf_lines, endings=(".emf", ".jsonl")),
    Output(option="sarif", render=_sarif),
)


def output_key(option: str, taken: Container[str], name: str) -> str:
    """Return the key of the file that a name asks for, by the name's ending.

    Args:
        option: The one that was given the name.
        taken: Keys of files that have a name already.
        name: Of the file.

    Raises:
        ValueError: If the option writes none that ends so, or has one already.

    """
    own: Sequence[Output] = [one for one in OUTPUTS if one.option == option]
    for output in own:
        if not output.endings or Path(name).suffix in output.endings:
            if output.key in taken:
                msg = "the only file of its format"
                raise ValueError(msg)
            return output.key
    endings = [repr(ending) for output in own for ending in output.endings]
    msg = f"a file whose name ends in {', '.join(endings[:-1])} or {endings[-1]}"
    raise ValueError(msg)


def write_outputs(record: Record, paths: Mapping[str, Path]) -> list[str]:
    """Write the files that were asked for, each whole or not at all.

    Args:
        record: Of the session.
        paths: By the key of their output.

    Returns:
        Why files could not be written, a sentence each.

    """
    problems = []
    for output in OUTPUTS:
        path = paths.get(output.key)
        if path is None:
            continue
        try:
            shown = _linked_from(path.parent, record) if output.links else record
            write_whole(path, output.render(shown))
        except OSError as exc:
            problems.append(
                f"--nodeleak-{output.option}: {path} could not be written"
                f" ({exc.strerror}); name a file that can be, and run again"
            )
    return problems


def _linked_from(directory: Path, record: Record) -> Record:
    """Return a record with the paths of artifacts relative to a directory."""
    checks = [
        {
            **check,
            "artifacts": {
                kind: os.path.relpath(path, directory)
                for kind, path in check["artifacts"].items()
            },
        }
        for check in record["checks"]
    ]
    return {**record, "checks": checks}
