"""The end of a session: one line per check, and the JSON record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import pytest

from pytest_nodeleak.session import CHECKS, SETTINGS, records_of

__all__ = ["Summary", "report_sections", "summary_lines"]


class Summary:
    """Gathers the records of all tests, from this process or from xdist's workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._records: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's records when it is over."""
        if report.when == "teardown":
            self._records += records_of(report)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print one line per check."""
        if self._records:
            terminalreporter.section("nodeleak")
            for line in summary_lines(self._records):
                terminalreporter.write_line(line)

    def pytest_sessionfinish(self) -> None:
        """Write the JSON record; xdist's workers leave that to the controller."""
        path = self._config.stash[SETTINGS].json_path
        if path is None or hasattr(self._config, "workerinput"):
            return
        from pytest_nodeleak.report.record import session_record

        record = session_record(self._records, plugin=version("pytest-nodeleak"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def summary_lines(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one line per check: verdict, target, time, and the culprit if any."""
    from pytest_nodeleak.report.text import printable

    return [printable(_summary_line(record)) for record in records]


def _summary_line(record: Mapping[str, Any]) -> str:
    words = [
        f"{record['verdict']:<12} {record['target']:<36} {record['seconds']:5.1f} s"
    ]
    if record["attempt"] > 1:
        words[0] += f" (attempt {record['attempt']})"
    if record["requests"] is not None:
        words.append(f"{record['requests']:>7,} req")
    if record["findings"]:
        words.append(_culprit(record["findings"][0]))
    elif record["verdict"] in {"crashed", "error", "inconclusive"}:
        words.append(str(record["reason"]).partition("\n")[0])
    return "  ".join(words)


def _culprit(finding: Mapping[str, Any]) -> str:
    holder = finding["holder"]
    if holder is None:
        return str(finding["title"])
    where = f" {holder['file']}:{holder['line']}" if holder["file"] else ""
    return f"{finding['kind']} {holder['name']}{where}"


def report_sections(item: pytest.Item) -> list[tuple[str, str]]:
    """Return the reports of a failing test's checks, to be shown below its traceback."""
    from pytest_nodeleak.check import Check
    from pytest_nodeleak.report.text import lines

    return [
        (f"nodeleak: {check.measurement.target}", "\n".join(lines(check)))
        for check in item.stash.get(CHECKS, [])
        if isinstance(check, Check)
    ]
