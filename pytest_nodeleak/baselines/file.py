"""The rim of baselines: where their files are, and reading and writing them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.baselines.as_json import (
    BaselineFormatError,
    format_baseline,
    parse_baseline,
)
from pytest_nodeleak.baselines.baseline import Baseline
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.whole_file import write_whole

__all__ = ["DIRECTORY", "BaselineFile", "read_baseline", "write_baseline"]

DIRECTORY = ".nodeleak"
_ENDING = ".json"
_NAME = re.compile(r"\w[\w.+@-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFile:
    """A file that a baseline is in, or is to be saved in.

    Attributes:
        name: As reports call it.
        path: Where it is.
        option: Such as ``"save"``.
        given: What the user wrote.
        source: Where that was.

    """

    name: str
    path: Path
    option: str
    given: str
    source: str

    @classmethod
    def named(
        cls, given: str, *, option: str, source: str, home: Path, directory: Path
    ) -> BaselineFile:
        """Return the file that a user means.

        Args:
            given: A name, or a path: one that has a slash or ends in ``.json``.
            option: The option's name.
            source: Where it was given, for errors.
            home: The directory that names are looked up in.
            directory: The one that a path is relative to.

        Raises:
            InvalidSetting: If it is neither.

        """
        is_path = "/" in given or os.sep in given or given.endswith(_ENDING)
        if not is_path and not _NAME.fullmatch(given):
            raise InvalidSetting(
                name=option,
                value=given,
                source=source,
                expected=f"a name such as 'main', which is {DIRECTORY}/main.json beside"
                " the ini file, or a path",
            )
        path = directory / given if is_path else home / DIRECTORY / f"{given}{_ENDING}"
        name = path.name.removesuffix(_ENDING) or given
        return cls(name=name, path=path, option=option, given=given, source=source)

    def refused(self, expected: str) -> InvalidSetting:
        """Return the error that says what this file is not."""
        return InvalidSetting(
            name=self.option, value=self.given, source=self.source, expected=expected
        )


def read_baseline(file: BaselineFile, *, may_lack: bool = False) -> Baseline:
    """Read a baseline.

    Args:
        file: The file.
        may_lack: Whether it may be missing; the baseline is then empty.

    Raises:
        InvalidSetting: If it is missing, cannot be read, or is none.

    """
    try:
        text = file.path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        if may_lack:
            return Baseline(name=file.name)
        others = sorted(one.stem for one in file.path.parent.glob(f"*{_ENDING}"))
        there = f" (there is {', '.join(others)})" if others else ""
        raise file.refused(
            f"a baseline: there is no {file.path}{there}; save one with"
            f" --nodeleak-save {file.given}"
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        problem = exc.strerror if isinstance(exc, OSError) else "no UTF-8"
        raise file.refused(
            f"a baseline that can be read: {problem} ({file.path})"
        ) from exc
    try:
        return parse_baseline(text, name=file.name)
    except BaselineFormatError as exc:
        raise file.refused(
            f"a baseline: {exc} ({file.path}). Restore the file from version control, or"
            " remove it and save it anew"
        ) from exc


def write_baseline(file: BaselineFile, baseline: Baseline) -> bool:
    """Write a baseline, whole or not at all.

    Returns:
        Whether anything in the file is not as it was.

    Raises:
        OSError: If it cannot be written.

    """
    text = format_baseline(baseline)
    if file.path.is_file() and file.path.read_text(encoding="utf-8") == text:
        return False
    write_whole(file.path, text)
    return True
