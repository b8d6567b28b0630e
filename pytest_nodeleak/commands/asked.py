"""What a command line asks for, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "Asked",
    "DiffAsked",
    "DoctorAsked",
    "ExplainAsked",
    "InitAsked",
    "RedactAsked",
    "ShowAsked",
    "TrendAsked",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAsked:
    """``diff``: who grew.

    Attributes:
        files: Two or three, in the order they were taken.
        app: Where the app's sources are; None if they are not there.
        requests: The load between them, one number each; empty if unknown.
        show_all: Whether all holders that grew are shown.
        as_json: Whether the answer is data.

    """

    files: tuple[Path, ...]
    app: Path | None
    requests: tuple[int, ...]
    show_all: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAsked:
    """``show``: what is in a snapshot.

    Attributes:
        file: The snapshot.
        app: Where the app's sources are; None if they are not there.
        show_strings: Whether duplicate strings are shown themselves.
        as_json: Whether the answer is data.

    """

    file: Path
    app: Path | None
    show_strings: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactAsked:
    """``redact``: a copy without data.

    Attributes:
        file: The snapshot.
        target: The copy.
        keep_property_names: Whether names of properties stay that the code never spells.
        force: Whether a file that is there may be replaced.
        as_json: Whether the answer is data.

    """

    file: Path
    target: Path
    keep_property_names: bool
    force: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAsked:
    """``explain``: what a kind of finding, or a category, means.

    Attributes:
        kind: Its name.
        as_json: Whether the answer is data.

    """

    kind: str
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InitAsked:
    """``init``: the first test of an app.

    Attributes:
        directory: The app's.
        starts: Whether it is started, to see which routes answer.
        is_dry: Whether nothing is written.
        node: The Node binary that was named, if any.
        as_json: Whether the answer is data.

    """

    directory: Path
    starts: bool
    is_dry: bool
    node: str | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorAsked:
    """``doctor``: what will work here, and what will not.

    Attributes:
        node: The Node binary that was named, if any.
        as_json: Whether the answer is data.

    """

    node: str | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendAsked:
    """``trend``: a history of baselines.

    Attributes:
        files: The oldest first.
        as_json: Whether the answer is data.

    """

    files: tuple[Path, ...]
    as_json: bool


Asked = (
    DiffAsked
    | ShowAsked
    | RedactAsked
    | ExplainAsked
    | InitAsked
    | DoctorAsked
    | TrendAsked
)
