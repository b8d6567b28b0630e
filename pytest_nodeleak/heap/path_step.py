"""One step of a retaining path."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.heap.sources import SourcePosition

__all__ = ["DEFAULT_EXPORT", "PathStep"]

#: What the variable of a default export is called, which has no name of its own.
DEFAULT_EXPORT = "default export"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of a retaining path.

    Attributes:
        text: A variable, a property chain or a function's name.
        function: Where the function is defined, if the step is one.
        variable: The variable the step starts with, if it is one.
        home: Where the variable is known to be declared, at least in which file; None
            if it is the nearest function's.

    """

    text: str
    function: SourcePosition | None = None
    variable: str | None = None
    home: SourcePosition | None = None
