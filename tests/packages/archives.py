"""Builds the distributions as a release would, and reads what is in them."""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from functools import cached_property
from pathlib import Path

from packages.uv import uv

__all__ = ["ROOT", "Distributions", "built", "contents", "wheel_of"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Distributions:
    """What a release uploads, and the same wheel built again.

    Attributes:
        sdist: The sources, packed.
        wheel: Built from the work tree.
        again: Built from the unpacked ``sdist``, as whoever distributes us does.

    """

    sdist: Path
    wheel: Path
    again: Path

    @cached_property
    def metadata(self) -> Message:
        """Return what the index shows of the wheel, fields and description."""
        [text] = [
            content
            for name, content in contents(self.wheel).items()
            if name.endswith(".dist-info/METADATA")
        ]
        return Parser().parsestr(text.decode())


def built(directory: Path) -> Distributions:
    """Build all below an empty directory."""
    sdist = _build(ROOT, directory / "sdist", "--sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(directory / "unpacked", filter="data")
    [unpacked] = (directory / "unpacked").iterdir()
    return Distributions(
        sdist=sdist,
        wheel=wheel_of(ROOT, directory / "wheel"),
        again=wheel_of(unpacked, directory / "again"),
    )


def wheel_of(source: Path, directory: Path) -> Path:
    """Build the wheel of a source tree into a directory."""
    return _build(source, directory, "--wheel")


def _build(source: Path, directory: Path, kind: str) -> Path:
    uv(
        "build",
        "--quiet",
        "--no-create-gitignore",
        kind,
        "--out-dir",
        directory,
        source,
    )
    [built_one] = directory.iterdir()
    return built_one


def contents(archive: Path) -> dict[str, bytes]:
    """Return the files of a wheel or an sdist by their names, without its top folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    files = {}
    with tarfile.open(archive) as sdist:
        for member in sdist:
            if (opened := sdist.extractfile(member)) is not None:
                files[member.name.partition("/")[2]] = opened.read()
    return files
