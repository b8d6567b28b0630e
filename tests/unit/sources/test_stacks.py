from __future__ import annotations

import pytest

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.sources.stacks import Stack, heaviest_stack


def frame(function: str, url: str, line: int = 1) -> ProfileFrame:
    return ProfileFrame(function=function, url=url, line=line, column=1)


HANDLER = frame("handler", "file:///app/server.js", 9)
LOAD = frame("loadUser", "file:///app/users.js", 5)
ROUTER = frame("next", "/app/node_modules/express/lib/router.js", 40)
LAYER = frame("handle", "/app/node_modules/express/lib/layer.js", 7)
LRU_SET = frame("set", "/app/node_modules/lru-cache/index.js", 70)
LRU_PUSH = frame("push", "/app/node_modules/lru-cache/list.js", 3)
EMIT = frame("emit", "node:events", 519)
NATIVE = frame("(program)", "")


def test_node_s_own_and_native_frames_are_left_out() -> None:
    stack = Stack(frames=(NATIVE, LOAD, EMIT, HANDLER, EMIT), weight=10)

    assert heaviest_stack([stack]) == ((LOAD, HANDLER), 1.0)


def test_of_the_frames_in_one_package_the_outermost_is_kept() -> None:
    stack = Stack(frames=(LRU_PUSH, LRU_SET, HANDLER), weight=10)

    assert heaviest_stack([stack])[0] == (LRU_SET, HANDLER)


def test_frames_of_two_packages_are_both_kept() -> None:
    stack = Stack(frames=(LRU_PUSH, ROUTER, HANDLER), weight=10)

    assert heaviest_stack([stack])[0] == (LRU_PUSH, ROUTER, HANDLER)


def test_frames_of_the_app_are_never_folded() -> None:
    again = frame("loadUser", LOAD.url, 6)

    assert heaviest_stack([Stack(frames=(LOAD, again), weight=1)])[0] == (LOAD, again)


def test_the_router_above_the_handler_is_left_out() -> None:
    stack = Stack(frames=(LOAD, HANDLER, LAYER, ROUTER, EMIT), weight=10)

    assert heaviest_stack([stack])[0] == (LOAD, HANDLER)


def test_middleware_above_the_handler_is_left_out_with_the_router_between() -> None:
    timing = frame("timing", HANDLER.url, 4)
    stack = Stack(frames=(LOAD, HANDLER, ROUTER, timing, LAYER, EMIT), weight=10)

    assert heaviest_stack([stack])[0] == (LOAD, HANDLER)


def test_a_package_that_calls_the_app_back_is_no_router() -> None:
    stack = Stack(frames=(LOAD, LRU_SET, HANDLER, ROUTER, EMIT), weight=10)

    assert heaviest_stack([stack])[0] == (LOAD, LRU_SET, HANDLER)


def test_a_stack_through_the_culprit_s_package_comes_before_a_heavier_one() -> None:
    stacks = [
        Stack(frames=(ROUTER, HANDLER), weight=900),
        Stack(frames=(LRU_SET, HANDLER), weight=100),
    ]

    assert heaviest_stack(stacks, scripts={LRU_PUSH.url})[0] == (LRU_SET, HANDLER)


def test_no_more_than_three_frames_are_kept() -> None:
    deep = tuple(frame(f"f{i}", "/app/deep.js", i) for i in range(6))

    assert heaviest_stack([Stack(frames=deep, weight=1)])[0] == deep[:3]


def test_packages_that_call_each_other_do_not_keep_the_app_out() -> None:
    packages = [frame(f"f{i}", f"/app/node_modules/p{i}/index.js") for i in range(5)]

    frames = heaviest_stack([Stack(frames=(*packages, LOAD, HANDLER), weight=1)])[0]

    assert frames == (packages[0], packages[1], LOAD)


def test_stacks_that_differ_only_inside_a_package_or_node_count_together() -> None:
    stacks = [
        Stack(frames=(LRU_PUSH, LRU_SET, HANDLER), weight=30),
        Stack(frames=(EMIT, LRU_SET, HANDLER), weight=20),
        Stack(frames=(LOAD, HANDLER), weight=40),
        Stack(frames=(NATIVE, EMIT), weight=900),
    ]

    frames, share = heaviest_stack(stacks)

    assert frames == (LRU_SET, HANDLER)
    assert share == pytest.approx(50 / 90)


def test_a_stack_through_the_culprit_s_script_comes_before_a_heavier_one() -> None:
    stacks = [
        Stack(frames=(HANDLER,), weight=900),
        Stack(frames=(LOAD, HANDLER), weight=100),
    ]

    assert heaviest_stack(stacks, scripts={LOAD.url}) == ((LOAD, HANDLER), 0.1)


def test_of_several_stacks_through_the_culprit_s_script_the_heaviest_counts() -> None:
    stacks = [
        Stack(frames=(LOAD,), weight=10),
        Stack(frames=(LOAD, HANDLER), weight=20),
        Stack(frames=(HANDLER,), weight=70),
    ]

    assert heaviest_stack(stacks, scripts={LOAD.url})[0] == (LOAD, HANDLER)


def test_a_script_no_stack_goes_through_changes_nothing() -> None:
    stacks = [Stack(frames=(HANDLER,), weight=9), Stack(frames=(LOAD,), weight=1)]

    assert heaviest_stack(stacks, scripts={"/app/other.js"}) == ((HANDLER,), 0.9)


@pytest.mark.parametrize(
    "stacks",
    [[], [Stack(frames=(EMIT, NATIVE), weight=5)]],
    ids=["no stacks", "only Node's own"],
)
def test_where_no_code_of_the_app_ran_there_is_no_stack(stacks: list[Stack]) -> None:
    assert heaviest_stack(stacks) == ((), 0.0)
