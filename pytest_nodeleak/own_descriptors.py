"""File descriptors of pytest's own process: where none is left, the app is not to blame."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_nodeleak.exceptions import TooFewDescriptors

__all__ = ["blaming_ourselves", "exhaustion_in", "require_one"]

_EXHAUSTED = {errno.EMFILE, errno.ENFILE}


@contextmanager
def blaming_ourselves() -> Iterator[None]:
    """Say so where something fails since this process has no descriptor left.

    Raises:
        TooFewDescriptors: In place of whatever that has led to.

    """
    try:
        yield
    except TooFewDescriptors:
        raise
    except Exception as exc:
        if exhaustion_in(exc) is None:
            raise
        raise TooFewDescriptors(limit=_limit()) from exc


def exhaustion_in(error: BaseException | None) -> OSError | None:
    """Return what an error goes back to if no descriptor was left; None if it does not."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _EXHAUSTED:
            return error
        error = error.__cause__ or error.__context__
    return None


def require_one() -> None:
    """Find out whether one is left, where a library does not tell why it has failed.

    Raises:
        OSError: If none is.

    """
    os.close(os.open(os.devnull, os.O_RDONLY))


def _limit() -> int | None:
    try:
        import resource  # noqa: PLC0415  # there is none on Windows
    except ImportError:
        return None
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
