"""Lets go of what an exception holds: all local variables on the way it came.

Who keeps an exception, to tell of it later, keeps heaps and apps with it.
"""

from __future__ import annotations

import traceback
from contextlib import suppress

__all__ = ["forget_locals"]


def forget_locals(failure: BaseException) -> None:
    """Empty the frames of an exception and of those that led to it, where they are left.

    Its traceback can still be printed.
    """
    to_do: list[BaseException | None] = [failure]
    done: set[int] = set()
    while to_do:
        one = to_do.pop()
        if one is None or id(one) in done:
            continue
        done.add(id(one))
        to_do += [one.__cause__, one.__context__]
        for frame, _ in traceback.walk_tb(one.__traceback__):
            # One that still runs keeps what it needs.
            with suppress(RuntimeError):
                frame.clear()
            # Until Python 3.13, a dict of them that was once asked for lives on as it was
            # until it is asked for again.
            _ = frame.f_locals
