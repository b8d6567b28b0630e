from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.settings.limit_texts import LIMIT_TEXTS
from pytest_nodeleak.settings.limits import LIMITS, Limit, apply_limits


@pytest.mark.parametrize(
    ("name", "given", "policy"),
    [
        ("heap_slope", "1.5 KiB", LeakPolicy(heap_slope_bytes=1536)),
        ("heap_slope", 64, LeakPolicy(heap_slope_bytes=64)),
        ("heap_slope", 0, LeakPolicy(heap_slope_bytes=0)),
        ("external_slope", "2 KB", LeakPolicy(external_slope_bytes=2000)),
        ("external_slope", 0.5, LeakPolicy(external_slope_bytes=0.5)),
        ("listener_growth", "0", LeakPolicy(listener_growth=0)),
        ("listener_growth", 0.25, LeakPolicy(listener_growth=0.25)),
        ("loop_delay_p50", "5 ms", LeakPolicy(loop_delay_p50_ms=5)),
        ("loop_delay_p50", 5, LeakPolicy(loop_delay_p50_ms=5)),
        ("loop_delay_p99", "0.05 s", LeakPolicy(loop_delay_p99_ms=50)),
        ("loop_delay_p99", "50", LeakPolicy(loop_delay_p99_ms=50)),
        ("loop_delay_max", "1 s", LeakPolicy(loop_delay_max_ms=1000)),
        ("loop_delay_max", 750, LeakPolicy(loop_delay_max_ms=750)),
        ("rss_slope", "4 KB", LeakPolicy(rss_slope_bytes=4000)),
        ("fd_growth", "0.5", LeakPolicy(fd_growth=0.5)),
        ("gc_pause_p99", "20 ms", LeakPolicy(gc_pause_p99_ms=20)),
        ("gc_share", "20 %", LeakPolicy(gc_share=0.2)),
        ("gc_share", "12.5%", LeakPolicy(gc_share=0.125)),
        ("gc_share", 0.3, LeakPolicy(gc_share=0.3)),
    ],
)
def test_a_limit_is_given_by_name_as_text_or_number(
    name: str, given: object, policy: LeakPolicy
) -> None:
    assert apply_limits(LeakPolicy(), {name: given}, source="here") == policy


def test_every_limit_has_a_help_text() -> None:
    assert list(LIMITS) == list(LIMIT_TEXTS)


def test_every_limit_of_the_policy_has_a_name() -> None:
    assert sorted(limit.field for limit in LIMITS.values()) == sorted(
        field.name for field in fields(LeakPolicy)
    )


@pytest.mark.parametrize("name", LIMITS)
def test_the_example_in_the_help_of_a_limit_is_valid(name: str) -> None:
    example = LIMIT_TEXTS[name].split("e.g. '")[1].split("'")[0]

    changed = apply_limits(LeakPolicy(), {name: example}, source="help")

    assert changed != LeakPolicy()


@pytest.mark.parametrize(("name", "limit"), LIMITS.items(), ids=LIMITS)
def test_the_help_of_a_limit_says_its_default(name: str, limit: Limit) -> None:
    default = getattr(LeakPolicy(), limit.field)
    said = re.search(r" \(default (.+)\)$", LIMIT_TEXTS[name])

    assert (said and limit.parse(said[1])) == default


def test_several_limits_are_put_in_at_once_and_the_others_stay() -> None:
    before = LeakPolicy(heap_slope_bytes=8, loop_delay_max_ms=900)

    after = apply_limits(
        before, {"heap_slope": "64 B", "listener_growth": 0}, source="here"
    )

    assert after == replace(before, heap_slope_bytes=64, listener_growth=0)


def test_a_name_that_is_no_limit_is_refused_with_all_that_are() -> None:
    with pytest.raises(InvalidSetting) as refused:
        apply_limits(LeakPolicy(), {"heap_slop": "64 B"}, source="assert_bounded()")

    assert str(refused.value) == (
        "assert_bounded(): limit 'heap_slop' is not one of heap_slope, external_slope,"
        " array_buffers_slope, rss_slope, object_growth, listener_growth, timer_growth,"
        " handle_growth, socket_growth, fd_growth, context_growth, thread_growth,"
        " loop_delay_p50, loop_delay_p99, loop_delay_max, gc_pause_p99, gc_pause_max,"
        " gc_share"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heap_slope", "24MBps nonsense"),
        ("heap_slope", "64 ms"),
        ("heap_slope", -1),
        ("heap_slope", True),
        ("heap_slope", None),
        ("external_slope", ""),
        ("external_slope", float("nan")),
        ("listener_growth", "none"),
        ("listener_growth", "nan"),
        ("listener_growth", float("inf")),
        ("listener_growth", -1),
        ("loop_delay_p50", "5 KB"),
        ("loop_delay_p99", "-5 ms"),
        ("loop_delay_max", "soon"),
    ],
)
def test_a_value_that_is_no_limit_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting) as refused:
        apply_limits(LeakPolicy(), {name: value}, source="here")

    assert (refused.value.name, refused.value.value) == (name, value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "heap_slope",
            "here: heap_slope 'x' is not a size such as '64 B', '1.5 KiB' or '256 MiB'",
        ),
        (
            "listener_growth",
            "here: listener_growth 'x' is not a number such as '0' or '0.5'",
        ),
        (
            "loop_delay_p99",
            (
                "here: loop_delay_p99 'x' is not a duration such as '50 ms', '30 s' or"
                " '2 min'"
            ),
        ),
    ],
    ids=["size", "rate", "duration"],
)
def test_the_refusal_says_what_would_have_been_accepted(name: str, text: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        apply_limits(LeakPolicy(), {name: "x"}, source="here")

    assert str(refused.value) == text


@pytest.mark.parametrize("given", ["20", "-1 %", "101 %", "2 % or so", "much", "nan"])
def test_a_share_is_a_part_of_the_time(given: str) -> None:
    with pytest.raises(InvalidSetting, match="a part of the time such as '20 %'"):
        apply_limits(LeakPolicy(), {"gc_share": given}, source="here")
