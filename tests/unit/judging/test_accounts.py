"""A counter's growth belongs to a known leak as far as its objects say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measurements import (
    collection_finding,
    external_finding,
    listener_finding,
    timer_finding,
)

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.judging.accounts import account_of

SESSIONS = replace(
    collection_finding(),
    constructors=(("Session", 1.0), ("TCP", 1.0), ("Timeout", 2.0), ("Worker", 0.5)),
)


def account(finding: Finding, counter: str) -> float:
    return account_of(finding, counter, grown_events={})


@pytest.mark.parametrize(
    ("counter", "per_request"),
    [
        ("heap_used", 402 + 32),
        ("external", 0.0),
        ("array_buffers", 0.0),
        ("rss", 402.0),
        ("objects", 4.0),
        ("listeners", 0.0),
        ("timers", 2.0),
        ("handles", 1.5),
        ("sockets", 1.0),
        ("fds", 1.0 + 8 * 0.5),
        ("threads", 0.5),
        ("contexts", 0.0),
    ],
)
def test_each_counter_has_its_objects(counter: str, per_request: float) -> None:
    assert account(SESSIONS, counter) == per_request


def test_memory_outside_the_heap_is_told_from_the_heap() -> None:
    buffers = external_finding()

    assert account(buffers, "external") == 65_536
    assert account(buffers, "heap_used") == 65_700 - 65_536 + 32


@pytest.mark.parametrize(
    ("finding", "counter"),
    [
        (listener_finding(), "listeners"),
        (timer_finding(), "timers"),
        (replace(SESSIONS, kind=Kind.HANDLE, constructors=()), "fds"),
        (replace(SESSIONS, kind=Kind.CONTEXT, constructors=()), "contexts"),
    ],
    ids=lambda part: str(part) if isinstance(part, str) else str(part.kind),
)
def test_entries_of_a_counter_s_own_kind_count_whatever_their_class(
    finding: Finding, counter: str
) -> None:
    assert account(finding, counter) == finding.entries_per_request


def test_listeners_belong_to_a_leak_of_their_emitters() -> None:
    events = {"Session close": 1.0, "Session error": 2.0, "Bus order": 7.0}

    assert account_of(SESSIONS, "listeners", grown_events=events) == 3.0


@pytest.mark.parametrize("class_name", ["FSEvent", "StatWatcher", "Worker", "Process"])
def test_handles_that_are_no_sockets_do_not_account_for_sockets(
    class_name: str,
) -> None:
    watchers = replace(
        SESSIONS, kind=Kind.HANDLE, constructors=((class_name, 1.0), ("Object", 1.0))
    )

    assert account(watchers, "sockets") == 0.0
    assert account(watchers, "handles") == 1.0


def test_handles_whose_class_is_not_known_may_be_sockets() -> None:
    unknown = replace(SESSIONS, kind=Kind.HANDLE, constructors=(("Object", 1.0),))

    assert account(unknown, "sockets") == unknown.entries_per_request


def test_a_collection_does_not_account_for_what_it_does_not_hold() -> None:
    cache = collection_finding()

    for counter in ("listeners", "timers", "handles", "sockets", "fds", "threads"):
        assert account(cache, counter) == 0.0
