"""How fast a counter rises with the requests, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytest_nodeleak.evidence.estimate import Estimate

__all__ = ["FEWEST_READINGS", "slope_per_request"]

# Below this Kendall's distribution has no 95 % interval at all.
FEWEST_READINGS = 5
_CONFIDENCE = 0.95


def slope_per_request(requests: Sequence[int], values: Sequence[float]) -> Estimate:
    """Return the Theil-Sen slope of ``values`` over ``requests`` with its interval.

    The median of all pairwise slopes, which a single odd reading does not move, with
    Sen's 95 % interval.

    Args:
        requests: How many requests had been sent at each reading, ascending.
        values: The readings.

    Raises:
        ValueError: If there are fewer than five readings.

    References:
        P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
        J. Am. Stat. Assoc. 63 (1968), equation 2.6 for the interval.

    """
    if len(requests) < FEWEST_READINGS:
        msg = f"{len(requests)} readings, expected at least {FEWEST_READINGS}"
        raise ValueError(msg)
    # It takes half a second to import, and comparing files of snapshots needs no trend.
    from scipy import stats  # noqa: PLC0415

    fit = stats.theilslopes(
        np.asarray(values, float), np.asarray(requests, float), alpha=_CONFIDENCE
    )
    return Estimate(
        value=float(fit.slope), low=float(fit.low_slope), high=float(fit.high_slope)
    )
