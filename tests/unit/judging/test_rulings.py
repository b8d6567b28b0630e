from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from measurements import (
    bounded,
    collection_finding,
    drained,
    known,
    leaking,
    listener_finding,
    timed,
    unclear,
)

from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.evidence.measurement import WatchedFinding
from pytest_nodeleak.judging.rulings import (
    Accepted,
    Expired,
    NotListed,
    Ruling,
    Worse,
    fitting,
    is_about,
    rule,
)
from pytest_nodeleak.judging.suppressions import Rate

TARGET = "GET /users/{n}"
LEAK = leaking(collection_finding())
IN_PACKAGE = leaking(listener_finding())


def ruling(
    *entries: dict[str, object], of: WatchedFinding = LEAK, target: str = TARGET
) -> Ruling:
    return rule(of, target, known(*entries))


def named(name: str) -> WatchedFinding:
    return leaking(collection_finding(name=name))


@pytest.mark.parametrize(
    "entry",
    [
        {"fingerprint": "0c5e8b1d42aa"},
        {"holder": "cache"},
        {"holder": "ca*"},
        {"holder": "cache", "kind": "collection", "target": "GET /users/*"},
        {"fingerprint": "0c5e8b1d42aa", "holder": "*"},
    ],
)
def test_a_leak_that_an_entry_fits_is_accepted(entry: dict[str, object]) -> None:
    assert isinstance(ruling(entry), Accepted)


@pytest.mark.parametrize(
    "entry",
    [
        {"fingerprint": "0c5e8b1d42ab"},
        {"holder": "sessions"},
        {"holder": "Cache"},
        {"fingerprint": "0c5e8b1d42aa", "holder": "sessions"},
        {"holder": "cache", "kind": "listener"},
        {"holder": "cache", "target": "POST *"},
        {"holder": "cache", "package": "lodash"},
    ],
)
def test_every_pattern_of_an_entry_has_to_fit(entry: dict[str, object]) -> None:
    assert ruling(entry) == NotListed()


def test_without_entries_nothing_is_listed() -> None:
    assert ruling() == NotListed()


@pytest.mark.parametrize("package", ["@acme/bus", "@acme/*"])
def test_an_entry_can_be_about_a_package(package: str) -> None:
    entry: dict[str, object] = {"holder": "*", "package": package}

    assert isinstance(ruling(entry, of=IN_PACKAGE), Accepted)
    assert ruling(entry) == NotListed()


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("bus[kEvents]", "bus[kEvents]"),
        ("tenants.orders", "tenants.orders[]"),
        ("tenants.orders[]", "tenants.orders[]"),
        ("tenants.*.orders", "tenants.user_4711.orders[]"),
    ],
)
def test_brackets_in_names_are_no_pattern_and_a_family_is_its_list(
    pattern: str, name: str
) -> None:
    assert isinstance(ruling({"holder": pattern}, of=named(name)), Accepted)


def test_a_target_may_be_one_route_of_a_mix() -> None:
    (entry,) = known({"holder": "cache", "target": "POST /users"}).entries

    assert is_about(entry, "GET /users/{n} + POST /users")
    assert not is_about(entry, "GET /users/{n} + POST /users/1")


@pytest.mark.parametrize(
    "settled",
    [
        bounded(collection_finding()),
        drained(collection_finding(), peak=9, size=0),
        timed(collection_finding(), per_s=1.0, size=9),
    ],
    ids=["plateau", "drained", "timed"],
)
def test_what_is_no_leak_needs_no_suppression(settled: WatchedFinding) -> None:
    assert fitting(settled, TARGET, known({"holder": "cache"})) == ()
    assert ruling({"holder": "cache"}, of=settled) == NotListed()


def test_what_may_be_a_leak_is_accepted_as_one() -> None:
    doubtful = unclear(collection_finding(), reason="it may stop")

    assert isinstance(ruling({"holder": "cache"}, of=doubtful), Accepted)


def test_a_finding_without_a_holder_fits_no_pattern() -> None:
    homeless = leaking(replace(collection_finding(), holder=None))

    assert ruling({"holder": "cache*"}, of=homeless) == NotListed()


@pytest.mark.parametrize(
    ("expires", "kind"),
    [(date(2026, 6, 30), Accepted), (date(2026, 6, 29), Expired)],
)
def test_the_day_of_expiry_is_the_last_one(expires: date, kind: type) -> None:
    """Today is 2026-06-30."""
    assert isinstance(ruling({"holder": "cache", "expires": expires}), kind)


def test_one_entry_that_accepts_is_enough() -> None:
    old: dict[str, object] = {"holder": "cache", "expires": date(2020, 1, 1)}
    tight: dict[str, object] = {"holder": "cache", "at_most": Rate(value=0.1)}

    decided = ruling(old, tight, {"holder": "ca*"})

    assert isinstance(decided, Accepted)
    assert decided.suppression.number == 3
    assert isinstance(ruling(old, tight), Expired)
    assert isinstance(ruling(tight, old), Worse)


def leak_of(
    entries: float, *, size_bytes: float = 402.0, requests: int = 20_000
) -> WatchedFinding:
    finding: Finding = replace(
        collection_finding(),
        entries_per_request=entries,
        bytes_per_request=size_bytes,
        counted_over=499,
    )
    return leaking(finding, requests=requests)


def accepts(limit: Rate, of: WatchedFinding) -> bool:
    return isinstance(ruling({"holder": "cache", "at_most": limit}, of=of), Accepted)


@pytest.mark.parametrize(
    ("measured", "accepted"),
    [
        (0.4, True),
        (1.0, True),
        (1.004, True),
        (1.04, True),
        (1.06, False),
        (2.0, False),
    ],
)
def test_a_rate_beyond_its_limit_and_the_tolerance_is_worse(
    measured: float, *, accepted: bool
) -> None:
    assert accepts(Rate(value=1.0), leak_of(measured)) is accepted


def test_a_worse_leak_comes_with_both_rates() -> None:
    decided = ruling({"holder": "cache", "at_most": Rate(value=1.0)}, of=leak_of(2.5))

    assert isinstance(decided, Worse)
    assert (str(decided.limit), str(decided.rate)) == ("1.00/request", "2.50/request")


@pytest.mark.parametrize(
    ("requests", "accepted"), [(1_000, True), (5_000, True), (20_000, False)]
)
def test_few_entries_are_within_chance_of_their_limit(
    requests: int, *, accepted: bool
) -> None:
    """At one in a hundred requests, 10, 50 and 200 entries are due; 13 to 260 came."""
    assert accepts(Rate(value=0.01), leak_of(0.013, requests=requests)) is accepted


def test_where_entries_cannot_be_polled_the_window_they_were_counted_in_counts() -> (
    None
):
    """Of 499 due, 66 more are three standard deviations."""

    def counted(entries: float) -> WatchedFinding:
        one = leak_of(entries)
        return leaking(one.finding, size=None)

    assert accepts(Rate(value=1.0), counted(1.13))
    assert not accepts(Rate(value=1.0), counted(1.14))


@pytest.mark.parametrize(
    ("measured", "accepted"), [(400, True), (450, True), (460, False), (4000, False)]
)
def test_bytes_may_vary_with_what_is_in_them(
    measured: float, *, accepted: bool
) -> None:
    limit = Rate(value=400, is_bytes=True)

    assert accepts(limit, leak_of(1.0, size_bytes=measured)) is accepted


def test_of_nothing_counted_nothing_is_claimed() -> None:
    unknown = leaking(replace(collection_finding(), counted_over=0), size=None)

    assert accepts(Rate(value=0.5), unknown)
