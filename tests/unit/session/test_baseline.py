"""Sessions as pytest tells of them, by reports that hand in checks others have made."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import pytest
from measurements import check, collection_finding, leaking, measurement

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.judging.ratchet import Reference
from pytest_nodeleak.report.record import check_record
from pytest_nodeleak.session.baseline import BaselineSession
from pytest_nodeleak.session.packed import pack
from pytest_nodeleak.session.session import SETTINGS
from pytest_nodeleak.settings.settings import resolve

Outcome = Literal["passed", "failed", "skipped"]
When = Literal["setup", "call", "teardown"]

CACHE = collection_finding()
LEAK: Sequence[Finding] = (CACHE,)
WORSE: Sequence[Finding] = (replace(CACHE, entries_per_request=2.0),)
CLEAN: Sequence[Finding] = ()
ONE, TWO, THREE = (f"test_a.py::test_{name}" for name in ("one", "two[x]", "three"))
FILE = "baseline main (.nodeleak/main.json)"
CHANGE = "collection cache, server.js: 1.00 -> 2.00 entries/request"
SAVE, COMPARE = "--nodeleak-save=main", "--nodeleak-compare=main"


@dataclass
class Terminal:
    """Keeps what is written."""

    lines: list[str] = field(default_factory=list)

    def section(self, title: str) -> None:
        self.lines.append(f"== {title}")

    def write_line(self, line: str, **_tone: bool) -> None:
        self.lines.append(line)


class Run:
    """One session in a directory, test by test."""

    def __init__(self, pytester: pytest.Pytester, *arguments: str) -> None:
        pytester.makeini("[pytest]")
        self.path = pytester.path / ".nodeleak" / "main.json"
        self.config = pytester.parseconfig("--nodeleak", *arguments)
        self.settings = resolve(self.config)
        self.config.stash[SETTINGS] = self.settings
        self.session = pytest.Session.from_config(self.config)
        self.session.exitstatus = pytest.ExitCode.OK
        self.watcher = BaselineSession(self.config)
        self.terminal = Terminal()

    def attempt(
        self,
        test: str,
        found: Sequence[Finding] | None = None,
        *,
        outcome: Outcome = "passed",
    ) -> None:
        records = [] if found is None else [self.record(test, found)]
        self._report(test, "setup", "passed")
        self._report(test, "call", outcome)
        self._report(test, "teardown", "passed", records)

    def record(self, test: str, found: Sequence[Finding]) -> str:
        judged = check(measurement(watched=tuple(map(leaking, found))))
        judged = replace(judged, id=f"{test}::GET /")
        known = self.settings.baseline.known
        if known is not None:
            reference = Reference.to(known, judged.id, "v24.3.0")
            judged = replace(judged, reference=reference)
        return pack(json.dumps({**check_record(judged), "attempt": 1}))

    def _report(
        self,
        test: str,
        when: When,
        outcome: Outcome,
        records: Sequence[str] = (),
    ) -> None:
        report = pytest.TestReport(
            nodeid=test,
            location=("test_a.py", 0, test),
            keywords={},
            outcome=outcome,
            longrepr=None,
            when=when,
            # As session.attach_records() does.
            nodeleak_records=records,
        )
        self.watcher.pytest_runtest_logreport(report)

    def end(self, status: pytest.ExitCode = pytest.ExitCode.OK) -> str:
        """End the session; return what it has written."""
        self.watcher.pytest_sessionfinish(self.session, status)
        self.watcher.pytest_terminal_summary(
            cast("pytest.TerminalReporter", self.terminal)
        )
        return "\n".join(self.terminal.lines)


@pytest.fixture
def saved(pytester: pytest.Pytester) -> str:
    """Save a baseline of a leak and of a clean check; return its text."""
    return save(pytester, {ONE: LEAK, TWO: CLEAN})


def save(
    pytester: pytest.Pytester,
    tests: Mapping[str, Sequence[Finding]],
    *arguments: str,
) -> str:
    run = Run(pytester, SAVE, *arguments)
    for test, found in tests.items():
        run.attempt(test, found)
    run.end()
    return run.path.read_text(encoding="utf-8")


def checks(text: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(text)["checks"])


def entries(text: str) -> float:
    leaks = checks(text)[f"{ONE}::GET /"]["24"]["leaks"]
    return float(leaks["0c5e8b1d42aa"]["entries"]["value"])


def test_a_session_saves_its_checks_and_says_so(pytester: pytest.Pytester) -> None:
    run = Run(pytester, SAVE)
    run.attempt(ONE, LEAK, outcome="failed")
    run.attempt(TWO, CLEAN)

    said = run.end(pytest.ExitCode.TESTS_FAILED)

    assert list(checks(run.path.read_text())) == [f"{ONE}::GET /", f"{TWO}::GET /"]
    assert said == (
        "== nodeleak baseline\n"
        "saved to baseline main (.nodeleak/main.json): 2 checks on Node 24"
    )


def test_a_session_without_checks_says_and_writes_nothing(
    pytester: pytest.Pytester,
) -> None:
    run = Run(pytester, SAVE)

    assert run.end() == ""
    assert not run.path.exists()


@pytest.mark.parametrize("narrowed", ["-kone", "test_a.py::test_one", "--lf"])
def test_a_narrowed_session_saves_its_own_checks_and_removes_none(
    pytester: pytest.Pytester, saved: str, narrowed: str
) -> None:
    pytester.makepyfile(test_a="def test_one(): pass")

    text = save(pytester, {ONE: WORSE}, narrowed)

    assert checks(text).keys() == checks(saved).keys()
    assert (entries(saved), entries(text)) == (1, 2)


def test_a_whole_session_removes_what_is_not_there_any_more(
    pytester: pytest.Pytester, saved: str
) -> None:
    assert f"{TWO}::GET /" in checks(saved)

    text = save(pytester, {ONE: LEAK, THREE: CLEAN})

    assert list(checks(text)) == [f"{ONE}::GET /", f"{THREE}::GET /"]


@pytest.mark.usefixtures("saved")
def test_a_whole_session_names_what_is_missing(pytester: pytest.Pytester) -> None:
    run = Run(pytester, COMPARE)
    run.attempt(ONE, LEAK)

    assert run.end().splitlines()[1:] == [
        "compared with baseline main (.nodeleak/main.json): 1 as before, 1 missing",
        f"missing      {TWO}::GET / (Node 24)",
    ]


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(("directory", "is_missing"), [("api", False), (".", True)])
def test_a_directory_leaves_out_the_tests_of_others(
    pytester: pytest.Pytester,
    directory: str,
    is_missing: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    pytester.mkdir("api")
    run = Run(pytester, COMPARE, directory)
    run.attempt("api/test_b.py::test_it", CLEAN)

    assert ("missing" in run.end()) is is_missing


@pytest.mark.usefixtures("saved")
def test_what_was_deselected_is_not_missing(pytester: pytest.Pytester) -> None:
    here, in_worker = Run(pytester, COMPARE), Run(pytester, COMPARE)
    here.watcher.pytest_deselected([cast("pytest.Item", object())])
    node = type("Node", (), {"workeroutput": {"nodeleak_deselected": 1}})()
    in_worker.watcher.pytest_testnodedown(node)
    for run in (here, in_worker):
        run.attempt(ONE, LEAK)

        assert "missing" not in run.end()


@pytest.mark.usefixtures("saved")
def test_a_worker_that_died_tells_nothing(pytester: pytest.Pytester) -> None:
    run = Run(pytester, COMPARE)
    run.watcher.pytest_testnodedown(object())
    run.attempt(ONE, LEAK)

    assert "1 missing" in run.end()


def test_tests_that_fail_or_are_skipped_keep_their_checks(
    pytester: pytest.Pytester, saved: str
) -> None:
    run = Run(pytester, SAVE)
    run.attempt(ONE, outcome="failed")
    run.attempt(TWO, outcome="skipped")
    run.attempt(THREE, CLEAN)
    run.end(pytest.ExitCode.TESTS_FAILED)

    text = run.path.read_text()
    assert checks(text).keys() == {*checks(saved), f"{THREE}::GET /"}


def test_the_last_attempt_of_a_test_counts(pytester: pytest.Pytester) -> None:
    run = Run(pytester, SAVE)
    run.attempt(ONE, WORSE, outcome="failed")
    run.attempt(ONE, LEAK)
    run.end()

    assert entries(run.path.read_text()) == 1


def test_a_session_that_breaks_off_saves_nothing(
    pytester: pytest.Pytester, saved: str
) -> None:
    run = Run(pytester, SAVE)
    run.attempt(ONE, WORSE)

    said = run.end(pytest.ExitCode.INTERRUPTED)

    assert run.path.read_text() == saved
    assert said.endswith("no baseline was saved: the session did not come to its end")


def test_a_ratchet_saves_what_is_better_and_never_what_is_worse(
    pytester: pytest.Pytester,
) -> None:
    first = save(pytester, {ONE: LEAK, TWO: CLEAN}, COMPARE)
    assert list(checks(first)) == [f"{TWO}::GET /"]

    save(pytester, {ONE: LEAK, TWO: CLEAN})
    better = save(pytester, {ONE: CLEAN, TWO: CLEAN}, COMPARE)
    still = save(pytester, {ONE: LEAK, TWO: WORSE}, COMPARE)

    assert "leaks" not in better
    assert still == better


@pytest.mark.usefixtures("saved")
def test_a_ratchet_tells_what_failed_and_was_not_saved(
    pytester: pytest.Pytester,
) -> None:
    run = Run(pytester, SAVE, COMPARE)
    run.attempt(ONE, WORSE, outcome="failed")
    run.attempt(TWO, CLEAN)

    said = run.end(pytest.ExitCode.TESTS_FAILED).splitlines()

    assert said[1:] == [
        "compared with baseline main (.nodeleak/main.json): 1 worse, 1 as before",
        f"worse        {ONE}::GET /: {CHANGE}",
        f"saved to {FILE}: 1 check on Node 24; not saved: 1 failed (as it was)",
    ]


def test_a_copy_under_another_name_takes_all_as_it_is(
    pytester: pytest.Pytester, saved: str
) -> None:
    run = Run(pytester, "--nodeleak-save=pr.json", COMPARE)
    run.attempt(ONE, WORSE, outcome="failed")
    run.attempt(TWO, CLEAN)
    run.end(pytest.ExitCode.TESTS_FAILED)

    assert entries((pytester.path / "pr.json").read_text()) == 2
    assert run.path.read_text() == saved


@pytest.mark.parametrize(
    ("content", "problem"),
    [("a file", "no baseline was saved: "), (None, "--nodeleak-save: ")],
    ids=["no directory", "read-only"],
)
def test_a_file_that_cannot_be_written_fails_the_session(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    problem: str,
) -> None:
    run = Run(pytester, SAVE)
    run.attempt(ONE, LEAK)
    # Since the session began, something else has taken the directory's place.
    if content is not None:
        (pytester.path / ".nodeleak").write_text(content)
    else:
        monkeypatch.setattr(type(run.path), "mkdir", _refuse)

    said = run.end()

    assert run.session.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert said.splitlines()[-1].startswith(problem)


def _refuse(*_arguments: object, **_options: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_worker_of_xdist_writes_nothing_and_tells_what_it_left_out(
    pytester: pytest.Pytester,
) -> None:
    run = Run(pytester, SAVE)
    run.config.workeroutput = {}  # type: ignore[attr-defined]  # xdist's
    run.watcher.pytest_deselected([cast("pytest.Item", object())])
    run.attempt(ONE, LEAK)

    assert run.end() == ""
    assert run.config.workeroutput == {"nodeleak_deselected": 1}  # type: ignore[attr-defined]
    assert not run.path.exists()
