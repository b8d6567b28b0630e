from __future__ import annotations

import pytest

from pytest_nodeleak.cdp.profiles import CpuFunction, CpuProfile, ProfileFrame
from pytest_nodeleak.culprits.blocks import Blocks, find_blocks


def frame(name: str) -> ProfileFrame:
    url = "" if name.startswith("(") else "file:///app/a.js"
    return ProfileFrame(function=name, url=url, line=1, column=1)


def profile(*ran: tuple[str, float], started_s: float = 100.0) -> CpuProfile:
    """Return a profile in which functions ran one after the other, in milliseconds."""
    names = list(dict.fromkeys(name for name, _ in ran))
    return CpuProfile(
        functions=tuple(
            CpuFunction(stack=(frame(name), frame("(root)")), self_s=1.0, hot_line=7)
            for name in names
        ),
        timeline=tuple((names.index(name), ms / 1000) for name, ms in ran),
        started_s=started_s,
        text="{}",
    )


def weights(blocks: Blocks) -> dict[str, float]:
    return {
        " <- ".join(one.function for one in stack.frames[:-1]): round(
            1000 * stack.weight, 6
        )
        for stack in blocks.stacks
    }


def test_a_block_lasts_until_the_loop_is_idle() -> None:
    blocks = find_blocks(
        profile(("hash", 30), ("(idle)", 5), ("hash", 20), ("hash", 21), ("(idle)", 9))
    )
    assert blocks.longest_ms == pytest.approx(41)
    assert weights(blocks) == {"hash": 71}


def test_requests_that_came_one_by_one_are_two_blocks_without_an_idle_sample() -> None:
    ran = profile(("hash", 30), ("hash", 30))
    assert find_blocks(ran).longest_ms == pytest.approx(60)
    assert find_blocks(ran, [99.9, 100.031]).longest_ms == pytest.approx(30)


def test_what_ran_before_the_first_pause_does_not_count() -> None:
    ran = profile(("compile", 90), ("(idle)", 1), ("compile", 80), ("hash", 31))
    blocks = find_blocks(ran, [100.1715, 100.5])
    assert weights(blocks) == {"hash": 30.5}


def test_what_ran_before_the_first_pause_is_better_than_nothing() -> None:
    ran = profile(("hash", 30), ("(idle)", 10))
    assert weights(find_blocks(ran, [100.035])) == {"hash": 30}


def test_a_sample_that_was_late_counts_from_the_pause_on() -> None:
    ran = profile(("hash", 30), ("hash", 50))
    assert find_blocks(ran, [99.9, 100.050]).longest_ms == pytest.approx(30)


def test_another_machine_s_clock_cuts_nothing() -> None:
    ran = profile(("hash", 30), ("hash", 30))
    assert find_blocks(ran, [5.0, 5.031]).longest_ms == pytest.approx(60)


def test_short_blocks_are_other_work() -> None:
    blocks = find_blocks(
        profile(*[("greet", 4.0), ("(idle)", 1.0)] * 50, ("hash", 30), ("(idle)", 1))
    )
    assert blocks.longest_ms == pytest.approx(30)
    assert weights(blocks) == {"hash": 30}


def test_the_loop_s_own_work_around_a_block_is_no_part_of_it() -> None:
    blocks = find_blocks(
        profile(
            ("(program)", 10),
            ("hash", 5),
            ("(program)", 2),
            ("hash", 5),
            ("(program)", 8),
        )
    )
    assert blocks.longest_ms == pytest.approx(12)


def test_garbage_is_collected_on_behalf_of_what_ran_before() -> None:
    blocks = find_blocks(profile(("build", 10), ("(garbage collector)", 30)))
    assert weights(blocks) == {
        "build": 10,
        "(garbage collector) <- build": 30,
    }
    assert {stack.hot_line for stack in blocks.stacks} == {7}


def test_garbage_that_nobody_is_known_to_have_made_is_the_collector_s() -> None:
    assert weights(find_blocks(profile(("(garbage collector)", 30)))) == {
        "(garbage collector)": 30
    }


@pytest.mark.parametrize("ran", [(), (("(idle)", 30.0),)], ids=["empty", "idle"])
def test_a_loop_that_was_free_has_no_block(ran: tuple[tuple[str, float], ...]) -> None:
    assert find_blocks(profile(*ran)) == Blocks(longest_ms=0.0, stacks=())
