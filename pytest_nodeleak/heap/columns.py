"""Columns of small integers, filled row by row while the numbers are still arriving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pytest_nodeleak.exceptions import SnapshotFormatError

__all__ = ["ColumnType", "Table"]

ColumnType = type[np.uint8] | type[np.int32] | type[np.int64]


_RANGES: Mapping[ColumnType, tuple[int, int]] = {
    np.uint8: (0, np.iinfo(np.uint8).max),
    # Of the index of an element only 32 bits are written, with or without a sign.
    np.int32: (np.iinfo(np.int32).min, np.iinfo(np.uint32).max),
}


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
        self._cut_row = np.empty(0, np.int64)
        self._rows = 0
        self._whole: dict[str, NDArray[Any]] = {}
        self._pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}
        if announced is not None:
            self._whole = {name: self._room(columns[name]) for name in columns}

    def add(self, numbers: NDArray[np.int64]) -> None:
        """Take the next numbers; a row may be cut between two calls.

        Raises:
            SnapshotFormatError: If a number cannot be what its column says, or there are
                more rows than were announced.

        """
        if len(self._cut_row):
            numbers = np.concatenate([self._cut_row, numbers])
        count = len(numbers) // self._width
        rows = numbers[: count * self._width].reshape(count, self._width)
        self._cut_row = numbers[count * self._width :].copy()
        end = self._rows + count
        if self._announced is not None and end > self._announced:
            msg = (
                f"the snapshot announces {self._announced} {self._section}"
                " and holds more of them"
            )
            raise SnapshotFormatError(msg)
        for name, position in self._position.items():
            # Side by side, numbers are looked through many at a time.
            column = self._narrowed(name, np.ascontiguousarray(rows[:, position]))
            if self._announced is None:
                self._pieces[name].append(column)
            else:
                self._whole[name][self._rows : end] = column
        self._rows = end

    def finish(self) -> dict[str, NDArray[Any]]:
        """Return the columns, read-only.

        Raises:
            SnapshotFormatError: If the last row is cut, or rows are missing.

        """
        if len(self._cut_row):
            numbers = self._rows * self._width + len(self._cut_row)
            msg = (
                f"section '{self._section}' has {numbers} numbers,"
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

    def _narrowed(self, name: str, column: NDArray[np.int64]) -> NDArray[Any]:
        """Return a column of a smaller type; no number may wrap into another."""
        if name in self._multiples:
            column = self._divided(name, column)
        dtype = self._types[name]
        if dtype is not np.int64 and len(column):
            smallest, largest = _RANGES[dtype]
            if column.min() < smallest or column.max() > largest:
                self._refuse(name, column, (column < smallest) | (column > largest))
        return column.astype(dtype, copy=False)

    def _divided(self, name: str, column: NDArray[np.int64]) -> NDArray[np.int64]:
        divisor = self._multiples[name]
        quotient: NDArray[np.int64] = column // divisor
        if not np.array_equal(quotient * divisor, column):
            row = int(np.argmax(quotient * divisor != column))
            msg = (
                f"{self._row} {self._rows + row} points between two nodes:"
                f" its {name} is {column[row]}, no multiple of {divisor}"
            )
            raise SnapshotFormatError(msg)
        return quotient

    def _refuse(
        self, name: str, column: NDArray[np.int64], is_wrong: NDArray[np.bool_]
    ) -> NoReturn:
        row = int(np.argmax(is_wrong))
        msg = (
            f"{self._row} {self._rows + row} is outside the snapshot:"
            f" its {name} is {column[row]}"
        )
        raise SnapshotFormatError(msg)
