from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_nodeleak.evidence.loop_delay import DelayHistogram, LoopDelay, pool_delays


def steady(delay_ms: float, *, count: int = 100) -> DelayHistogram:
    return DelayHistogram(count=count, percentiles=((100.0, delay_ms),))


def test_one_round_keeps_its_percentiles() -> None:
    one = DelayHistogram(
        count=1000,
        percentiles=((0.0, 0.5), (50.0, 1.0), (99.0, 7.0), (99.9, 9.0), (100.0, 30.0)),
    )

    assert pool_delays([one]) == LoopDelay(
        p50_ms=1.0, p99_ms=7.0, max_ms=30.0, count=1000
    )


def test_one_slow_round_in_ten_shows_in_the_99th_percentile_only() -> None:
    pooled = pool_delays([*[steady(1.0)] * 9, steady(50.0)])

    assert pooled == LoopDelay(p50_ms=1.0, p99_ms=50.0, max_ms=50.0, count=1000)


def test_rounds_weigh_as_much_as_they_were_looked_at() -> None:
    pooled = pool_delays([steady(500.0, count=1), steady(1.0, count=999)])

    assert (pooled.p50, pooled.p99, pooled.max) == (1.0, 1.0, 500.0)


def test_between_two_percentiles_the_upper_one_counts() -> None:
    coarse = DelayHistogram(count=100, percentiles=((40.0, 1.0), (100.0, 9.0)))

    assert pool_delays([coarse]).p50 == 9.0


def test_without_rounds_there_is_no_delay() -> None:
    assert pool_delays([]) == LoopDelay(p50_ms=0.0, p99_ms=0.0, max_ms=0.0, count=0)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            DelayHistogram,
            count=st.integers(1, 1000),
            percentiles=st.tuples(
                st.tuples(st.just(50.0), st.floats(0, 10)),
                st.tuples(st.just(100.0), st.floats(10, 1000)),
            ),
        ),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rounds_does_not_matter(
    rounds: list[DelayHistogram], chance: random.Random
) -> None:
    shuffled = chance.sample(rounds, len(rounds))

    pooled = pool_delays(rounds)

    assert pool_delays(shuffled) == pooled
    assert pooled.p50 <= pooled.p99 <= pooled.max
    assert pooled.max == max(one.percentiles[-1][1] for one in rounds)


def test_a_thread_that_ran_half_of_the_time_was_late_by_half_of_its_own() -> None:
    pooled = pool_delays([steady(300.0)], waited_share=0.5)

    assert pooled.p99 == 300.0
    assert pooled.undisturbed == pool_delays([steady(150.0)])


def test_a_little_waiting_excuses_nothing() -> None:
    pooled = pool_delays([steady(210.0)], waited_share=0.09)

    assert pooled.undisturbed == pooled


def test_what_was_read_before_the_load_does_not_count() -> None:
    """Two readings on time, then the one of a loop that was blocked all the time."""
    blocked = DelayHistogram(
        count=3,
        idle=2,
        percentiles=((0.0, 0.1), (50.0, 0.1), (75.0, 900.0), (100.0, 900.0)),
    )

    pooled = pool_delays([blocked])

    assert (pooled.p50, pooled.count) == (900.0, 1)
