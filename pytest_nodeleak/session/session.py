"""The plugin's state in a pytest session: settings, and the checks of each test.

Checks travel as records in a test's last report, which pytest-xdist brings to the
controller, so that nothing here is global and nothing is written to share it. The
properties of a test have a few words of them, for JUnit XML.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_nodeleak.forgetting import forget_locals
from pytest_nodeleak.session.packed import pack, unpack

if TYPE_CHECKING:
    from pytest_nodeleak.fixtures.app import NodeApp
    from pytest_nodeleak.judging.broken_check import BrokenCheck
    from pytest_nodeleak.judging.check import Check
    from pytest_nodeleak.progress import Progress
    from pytest_nodeleak.settings.marker import MarkerSettings
    from pytest_nodeleak.settings.settings import Settings

__all__ = [
    "APP_OF_REPEATED",
    "BASE_URL",
    "CHECKS",
    "PROGRESS",
    "REPEATED",
    "SETTINGS",
    "SKIP_REASON",
    "attach_records",
    "begin_attempt",
    "end_test",
    "hidden_in",
    "is_leak_test",
    "marker_settings_of",
    "note_failure",
    "packed_records_of",
    "packed_records_so_far",
    "recorder",
    "records_of",
]

# A report takes any attribute, and hands it on if it is made of texts and lists.
_ATTRIBUTE = "nodeleak_records"
_PREFIX = "nodeleak."

SKIP_REASON = "a leak test: run it with --nodeleak"

# Where the app that ordinary tests call serves, in the environment.
BASE_URL = "NODELEAK_BASE_URL"

SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
CHECKS = pytest.StashKey[list["Check | BrokenCheck"]]()
# As JSON: the names of an app need not be valid Unicode, which xdist insists on. Packed: a
# session may have thousands, and as dicts they take ten times as much.
_RECORDS = pytest.StashKey[list[str]]()
_FAILURES = pytest.StashKey[list[BaseException]]()
# Of a test that is run again and again, as one attempt.
REPEATED = pytest.StashKey[bool]()
# Gives such a test the app that it is judged by, where it asks for ``node_app``.
APP_OF_REPEATED = pytest.StashKey[Callable[[], "NodeApp"]]()
PROGRESS: pytest.StashKey[Progress] = pytest.StashKey()
_ATTEMPT = pytest.StashKey[int]()


_FIXTURES = frozenset({"node_app", "nodeleak"})


def is_leak_test(item: pytest.Item) -> bool:
    """Tell a test that is about leaks from one that is not, as far as can be seen."""
    if not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    return item.get_closest_marker("nodeleak") is not None


def marker_settings_of(item: pytest.Item) -> MarkerSettings:
    """Resolve a test's ``nodeleak`` markers, the closest last.

    Raises:
        InvalidSetting: If an argument cannot be used.

    """
    from pytest_nodeleak.exceptions import InvalidSetting
    from pytest_nodeleak.settings.marker import marker_settings

    arguments: dict[str, object] = {}
    for marker in reversed(list(item.iter_markers("nodeleak"))):
        if marker.args:
            raise InvalidSetting(
                name="argument",
                value=marker.args[0],
                source=f"nodeleak marker on {item.nodeid}",
                expected='given by name, such as heap_slope="64 B"',
            )
        arguments |= marker.kwargs
    return marker_settings(arguments, item.config.stash[SETTINGS], test=item.nodeid)


def begin_attempt(item: pytest.Item) -> None:
    """Forget what an earlier attempt of a test measured: a rerun counts for itself."""
    if item.stash.get(REPEATED, False):
        return
    item.stash[_ATTEMPT] = item.stash.get(_ATTEMPT, 0) + 1
    item.stash[CHECKS], item.stash[_RECORDS] = [], []
    item.user_properties = [
        (name, value)
        for name, value in item.user_properties
        if not name.startswith(_PREFIX)
    ]


def note_failure(item: pytest.Item, failure: BaseException) -> None:
    """Take note of what a phase of a test has ended with."""
    item.stash.setdefault(_FAILURES, []).append(failure)


def end_test(item: pytest.Item) -> None:
    """Forget what a test has measured: its reports are out, and pytest keeps its items.

    Others keep what it failed of (so that a rerun can be told from the first run), and that
    leads to every local variable on the way: reports, apps, heaps.
    """
    if item.stash.get(_RECORDS, []):
        for failure in item.stash.get(_FAILURES, []):
            forget_locals(failure)
    # Whatever recorded them keeps the list; that of the records is the reports' own.
    item.stash.get(CHECKS, []).clear()
    keys: tuple[pytest.StashKey[Any], ...] = (CHECKS, _RECORDS, _FAILURES)
    for key in keys:
        if key in item.stash:
            del item.stash[key]


def recorder(item: pytest.Item) -> Callable[[Check | BrokenCheck], None]:
    """Return a function that attaches a finished check to a test."""
    from pytest_nodeleak.report.junit import properties
    from pytest_nodeleak.report.record import check_record

    checks = item.stash.setdefault(CHECKS, [])
    records = item.stash.setdefault(_RECORDS, [])
    attempt = item.stash.get(_ATTEMPT, 1)

    def record(check: Check | BrokenCheck) -> None:
        checks.append(check)
        fields = {**check_record(check), "attempt": attempt}
        text = hidden_in(item, json.dumps(fields))
        records.append(pack(text))
        item.user_properties += [
            # Of a few dozen names, in every check.
            (sys.intern(_PREFIX + name), value)
            for name, value in properties(json.loads(text), number=len(records))
        ]

    return record


def hidden_in(item: pytest.Item, text: str) -> str:
    """Return a text without the values of headers that requests were sent with."""
    if SETTINGS not in item.config.stash:
        return text
    return item.config.stash[SETTINGS].sweep.headers.hidden_in(text)


def attach_records(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let the records of a test's checks travel with a report of it."""
    vars(report)[_ATTRIBUTE] = item.stash.get(_RECORDS, [])


def packed_records_so_far(item: pytest.Item) -> list[str]:
    """Return the records of a test that has no report of its end."""
    return item.stash.get(_RECORDS, [])


def packed_records_of(report: pytest.TestReport) -> list[str]:
    """Return the records that travel with a report; none if it has none."""
    return list(getattr(report, _ATTRIBUTE, ()))


def records_of(report: pytest.TestReport) -> list[dict[str, Any]]:
    """Return the records that travel with a report; none if it has none."""
    return [unpack(packed) for packed in packed_records_of(report)]
