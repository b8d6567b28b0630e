from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_nodeleak.cdp import cpu_profiler, messages
from pytest_nodeleak.cdp.profiles import (
    CpuFunction,
    ProfileFrame,
    SamplingNode,
    parse_cpu_profile,
    parse_sampling_profile,
)


def _call_frame(name: str, line: int = 0) -> dict[str, Any]:
    return {
        "functionName": name,
        "scriptId": "5",
        "url": "file:///app/a.js",
        "lineNumber": line,
        "columnNumber": 4,
    }


def _frame(name: str, line: int = 1) -> ProfileFrame:
    return ProfileFrame(function=name, url="file:///app/a.js", line=line, column=5)


def _cpu_profile(
    samples: list[int], deltas_us: list[int], tree: dict[int, list[int]]
) -> dict[str, Any]:
    """Return a profile whose functions are named ``f1``, ``f2``, ... by their id."""
    return {
        "nodes": [
            {"id": id_, "callFrame": _call_frame(f"f{id_}"), "children": children}
            for id_, children in tree.items()
        ],
        "startTime": 0,
        "endTime": 1,
        "samples": samples,
        "timeDeltas": deltas_us,
    }


def _stack(function: CpuFunction) -> list[str]:
    return [frame.function for frame in function.stack]


def test_allocations_keep_their_call_tree() -> None:
    leaf = {"callFrame": _call_frame("load", 7), "selfSize": 512, "children": []}
    idle = {"callFrame": _call_frame("idle"), "selfSize": 0, "children": []}
    head = {"callFrame": _call_frame("(root)"), "selfSize": 0, "children": [leaf, idle]}
    assert parse_sampling_profile(head) == SamplingNode(
        frame=_frame("(root)"),
        self_bytes=0,
        children=(
            SamplingNode(frame=_frame("load", 8), self_bytes=512, children=()),
            SamplingNode(frame=_frame("idle"), self_bytes=0, children=()),
        ),
    )


def test_the_answer_to_the_sampling_command_is_its_call_tree_and_its_text() -> None:
    head = {"callFrame": _call_frame("(root)"), "selfSize": 3, "children": []}
    sent = {"head": head, "samples": [{"size": 3, "nodeId": 1, "ordinal": 1}]}
    profile = messages.get_sampling_profile().parse({"profile": sent})
    assert (profile.head.frame.function, profile.head.self_bytes) == ("(root)", 3)
    # As V8 sent it: DevTools wants what we have no use for.
    assert json.loads(profile.text) == sent


def test_the_function_with_the_most_self_time_comes_first() -> None:
    profile = _cpu_profile(
        [2, 3, 3, 2, 3], [10, 20, 30, 15, 1], {1: [2, 3], 2: [], 3: []}
    )
    functions = parse_cpu_profile(profile).functions
    assert [one.stack[0].function for one in functions] == ["f3", "f2"]
    assert [one.self_s for one in functions] == pytest.approx([51e-6, 25e-6])


def test_a_stack_leads_from_the_function_to_the_root() -> None:
    profile = _cpu_profile([4], [5], {1: [2, 3], 2: [4], 3: [], 4: []})
    (function,) = parse_cpu_profile(profile).functions
    assert _stack(function) == ["f4", "f2", "f1"]


def test_one_function_called_from_two_places_is_two_entries() -> None:
    profile = _cpu_profile([3, 4], [5, 9], {1: [2, 4], 2: [3], 3: [], 4: []})
    profile["nodes"][3]["callFrame"] = _call_frame("f3")
    functions = parse_cpu_profile(profile).functions
    assert [_stack(one) for one in functions] == [["f3", "f1"], ["f3", "f2", "f1"]]


def test_leaves_may_come_without_a_list_of_children() -> None:
    profile = _cpu_profile([2], [5], {1: [2], 2: []})
    del profile["nodes"][1]["children"]
    assert _stack(parse_cpu_profile(profile).functions[0]) == ["f2", "f1"]


def test_a_profile_without_samples_has_no_functions() -> None:
    profile = _cpu_profile([], [], {1: []})
    assert parse_cpu_profile(profile).functions == ()
    del profile["samples"], profile["timeDeltas"]
    assert parse_cpu_profile(profile).functions == ()


def test_the_answer_to_the_stop_command_is_its_functions() -> None:
    profile = _cpu_profile([1], [2_000_000], {1: []})
    answer = cpu_profiler.stop_cpu_profile().parse({"profile": profile})
    (function,) = answer.functions
    assert function.self_s == 2.0


@given(samples=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10**6))))
def test_all_the_time_is_somebody_s_self_time(samples: list[tuple[int, int]]) -> None:
    tree = {1: [2, 3], 2: [4], 3: [5], 4: [], 5: []}
    profile = _cpu_profile(
        [one[0] for one in samples], [one[1] for one in samples], tree
    )
    functions = parse_cpu_profile(profile).functions
    total_us = sum(delta for _, delta in samples)
    assert sum(one.self_s for one in functions) == pytest.approx(total_us / 1e6)
    assert [one.self_s for one in functions] == sorted(
        (one.self_s for one in functions), reverse=True
    )


def test_the_timeline_tells_what_ran_one_after_the_other() -> None:
    profile = _cpu_profile([2, 3, 2], [10, 500, 20], {1: [2, 3], 2: [], 3: []})
    parsed = parse_cpu_profile({**profile, "startTime": 7_000_000})
    ran = [(parsed.functions[n].stack[0].function, s) for n, s in parsed.timeline]
    assert ran == [("f2", 10e-6), ("f3", 500e-6), ("f2", 20e-6)]
    assert parsed.started_s == 7.0


def test_the_hot_line_of_a_function_is_the_one_most_of_its_time_was_spent_on() -> None:
    profile = _cpu_profile([2, 3], [10, 10], {1: [2, 3], 2: [], 3: []})
    ticks = [{"line": 0, "ticks": 90}, {"line": 8, "ticks": 3}, {"line": 9, "ticks": 5}]
    profile["nodes"][1]["positionTicks"] = ticks
    parsed = parse_cpu_profile(profile)
    assert {one.stack[0].function: one.hot_line for one in parsed.functions} == {
        "f2": 9,
        "f3": None,
    }


def test_a_profile_s_text_is_what_devtools_opens() -> None:
    profile = _cpu_profile([2], [10], {1: [2], 2: []})
    assert json.loads(parse_cpu_profile(profile).text) == profile


def test_a_call_tree_that_goes_round_in_a_circle_is_refused() -> None:
    nodes = [
        {"id": 1, "callFrame": _call_frame("a"), "children": [2]},
        {"id": 2, "callFrame": _call_frame("b"), "children": [1]},
    ]
    profile = {"nodes": nodes, "samples": [1], "timeDeltas": [5]}
    with pytest.raises(ValueError, match="its call tree has no root"):
        parse_cpu_profile(profile)
