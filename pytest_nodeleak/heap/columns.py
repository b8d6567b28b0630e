"""Columns of small integers, filled row by row while the numbers are still arriving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError
from pytest_nodeleak.heap.numerals import Integers

__all__ = ["ColumnType", "Table"]

ColumnType = type[np.uint8] | type[np.int32] | type[np.int64]


_RANGES: Mapping[ColumnType, tuple[int, int]] = {
    np.uint8: (0, np.iinfo(np.uint8).max),
    # Of the index of an element only 32 bits are written, with or without a sign.
    np.int32: (np.iinfo(np.int32).min, np.iinfo(np.uint32).max),
}
_MOST_NEGATIVE, _LARGEST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


class Table:
    """Keeps the wanted columns of a flat list of rows, each in its own small type.

    Only 64-bit rows of the piece at hand exist beside the columns, so the peak of memory
    is what the columns need in the end.

    Args:
        section: The list of the rows, e.g. ``"nodes"``.
        fields: The names of the numbers that make up a row, in order.
        columns: The columns to keep, with their types.
        announced: How many rows there will be; None if only the end will tell.
        multiples: Columns that hold multiples of a number, and are to be divided by it.

    """

    def __init__(
        self,
        section: str,
        fields: tuple[str, ...],
        columns: Mapping[str, ColumnType],
        *,
        announced: int | None,
        multiples: Mapping[str, int],
    ) -> None:
        self._section = section
        self._row = section.removesuffix("s")
        self._width = len(fields)
        self._position = {name: fields.index(name) for name in columns}
        self._types = columns
        self._announced = announced
        self._multiples = multiples
        self._numbers = 0
        self._whole: dict[str, NDArray[Any]] = {}
        self._pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}
        if announced is not None:
            self._whole = {name: self._room(columns[name]) for name in columns}

    def add(self, numbers: Integers) -> None:
        """Take the next numbers; a row may be cut between two calls.

        Raises:
            SnapshotFormatError: If a number cannot be what its column says, or there are
                more rows than were announced.

        """
        before, self._numbers = self._numbers, self._numbers + len(numbers)
        if self._announced is not None and self._rows > self._announced:
            msg = (
                f"the snapshot announces {self._announced} {self._section}"
                " and holds more of them"
            )
            raise SnapshotFormatError(msg)
        for name, position in self._position.items():
            first_row = -((position - before) // self._width)
            own = slice(position + first_row * self._width - before, None, self._width)
            column = self._narrowed(name, numbers[own], first_row)
            if self._announced is None:
                self._pieces[name].append(column)
            else:
                # What a row has that will not end is for the end to tell.
                room = self._whole[name][first_row : first_row + len(column)]
                room[:] = column[: len(room)]

    def finish(self) -> dict[str, NDArray[Any]]:
        """Return the columns, read-only.

        Raises:
            SnapshotFormatError: If the last row is cut, or rows are missing.

        """
        if self._numbers % self._width:
            msg = (
                f"section '{self._section}' has {self._numbers} numbers,"
                f" no multiple of its {self._width} fields"
            )
            raise SnapshotFormatError(msg)
        if self._announced is not None and self._rows != self._announced:
            msg = (
                f"the snapshot announces {self._announced} {self._section}"
                f" and holds {self._rows}"
            )
            raise SnapshotFormatError(msg)
        columns = self._whole or {
            name: np.concatenate([np.empty(0, self._types[name]), *pieces])
            for name, pieces in self._pieces.items()
        }
        for column in columns.values():
            column.flags.writeable = False
        return columns

    def _room(self, dtype: ColumnType) -> NDArray[Any]:
        try:
            # Memory that nothing is written to costs nothing, so a lie costs nothing.
            return np.empty(self._announced or 0, dtype)
        except MemoryError as exc:
            msg = (
                f"the snapshot announces {self._announced} {self._section},"
                " more than fit into memory"
            )
            raise SnapshotFormatError(msg) from exc

    @property
    def _rows(self) -> int:
        """The number of whole rows."""
        return self._numbers // self._width

    def _narrowed(
        self, name: str, column: NDArray[np.integer], first_row: int
    ) -> NDArray[Any]:
        """Return a column of a smaller type; no number may wrap into another."""
        dtype = self._types[name]
        if not len(column):
            return np.empty(0, dtype)
        smallest, largest = column.min(), column.max()
        if smallest >= _MOST_NEGATIVE and largest <= _LARGEST:
            # Half as long, they are divided in a third of the time.
            column = column.astype(np.int32, copy=False)
        if name in self._multiples:
            column = self._divided(name, column, first_row)
            smallest, largest = column.min(), column.max()
        if dtype is not np.int64:
            least, most = _RANGES[dtype]
            if smallest < least or largest > most:
                is_wrong = (column < least) | (column > most)
                self._refuse(name, column, is_wrong, first_row)
        return column.astype(dtype, copy=False)

    def _divided(
        self, name: str, column: NDArray[np.integer], first_row: int
    ) -> NDArray[np.integer]:
        divisor = column.dtype.type(self._multiples[name])
        quotient: NDArray[np.integer] = column // divisor
        if not np.array_equal(quotient * divisor, column):
            row = int(np.argmax(quotient * divisor != column))
            msg = (
                f"{self._row} {first_row + row} points between two nodes:"
                f" its {name} is {column[row]}, no multiple of {divisor}"
            )
            raise SnapshotFormatError(msg)
        return quotient

    def _refuse(
        self,
        name: str,
        column: NDArray[np.integer],
        is_wrong: NDArray[np.bool_],
        first_row: int,
    ) -> NoReturn:
        row = int(np.argmax(is_wrong))
        msg = (
            f"{self._row} {first_row + row} is outside the snapshot:"
            f" its {name} is {column[row]}"
        )
        raise SnapshotFormatError(msg)
