"""What an exception holds, and what is left of it."""

from __future__ import annotations

import traceback
import weakref

import pytest

from pytest_nodeleak.forgetting import forget_locals


class Heap:
    """Stands for something large."""


def test_the_locals_of_an_exception_and_of_its_causes_are_let_go_of() -> None:
    held: list[weakref.ref[Heap]] = []

    def read() -> None:
        heap = Heap()
        held.append(weakref.ref(heap))
        raise OSError

    def compare() -> None:
        heap = Heap()
        held.append(weakref.ref(heap))
        try:
            read()
        except OSError as exc:
            raise ValueError("compared") from exc

    with pytest.raises(ValueError, match="compared") as raised:
        compare()
    failed = raised.value
    # As pytest does, to show them.
    assert [frame.f_locals for frame, _ in traceback.walk_tb(failed.__traceback__)]
    assert None not in [one() for one in held]
    forget_locals(failed)
    assert [one() for one in held] == [None, None]
    assert "in compare" in "".join(traceback.format_exception(failed))
