"""Node ids of test items without a file, as they are given on the command line.

pytest takes every argument for a file, and ends where there is none. These are taken off
its list before it looks. xdist's workers get the command line as it was.
"""

from __future__ import annotations

import pytest

__all__ = ["ROOT", "addressed", "take_addresses"]

ROOT = "nodeleak"

_ADDRESSES = pytest.StashKey[tuple[str, ...]]()


def take_addresses(config: pytest.Config) -> bool:
    """Take the ids of such items off the arguments; tell whether there are any.

    A file or directory of that name comes first.
    """
    if (config.invocation_params.dir / ROOT).exists():
        return False
    given = tuple(one for one in config.args if one.partition("::")[0] == ROOT)
    config.args[:] = [one for one in config.args if one not in given]
    config.stash[_ADDRESSES] = given
    return bool(given)


def addressed(config: pytest.Config) -> tuple[str, ...]:
    """Return the ids that were given; none where all items are meant."""
    return config.stash.get(_ADDRESSES, ())
