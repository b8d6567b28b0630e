"""Lets Hypothesis make values outside of a test: the same ones in every run."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory
from hypothesis.errors import HypothesisException
from hypothesis.strategies import SearchStrategy

__all__ = ["NothingToDraw", "draw"]

T = TypeVar("T")


class NothingToDraw(ValueError):
    """No value fits what was asked for; the text says of what it was expected."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"one that values fit: of the schemas of {name} one contradicts itself, or asks"
            " for what cannot be made up; give examples in the document"
        )


def draw(strategy: SearchStrategy[T], count: int, name: str) -> list[T]:
    """Return different values of a strategy.

    Args:
        strategy: What they are made of.
        count: How many at most; fewer where there are no more.
        name: Of what they are for; it decides which ones are made.

    Raises:
        NothingToDraw: If there is none.

    """
    found: list[T] = []

    @seed(zlib.crc32(name.encode()))
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(value: T) -> None:
        found.append(value)

    try:
        with _elsewhere():
            keep()
    except HypothesisException as exc:
        raise NothingToDraw(name) from exc
    return found


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Keep Hypothesis from leaving a directory of its own where pytest was started."""
    storage = storage_directory(intent_to_write=False)
    # A path itself, before there was more to it.
    usual = getattr(storage, "path", None) or str(storage)
    with tempfile.TemporaryDirectory(prefix="nodeleak-") as directory:
        set_hypothesis_home_dir(Path(directory))
        try:
            yield
        finally:
            set_hypothesis_home_dir(usual)
