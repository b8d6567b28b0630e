"""What is installed beside us, and in which version."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

import pycurl
from packaging.requirements import Requirement

from pytest_nodeleak.commands.symptom import Symptom, fails, fine, warn

__all__ = ["package_symptoms"]

_OURS = "pytest-nodeleak"


def package_symptoms() -> Iterator[Symptom]:
    """Look at our dependencies, at libcurl and at the extras."""
    yield _dependencies()
    yield _curl()
    for extra in metadata(_OURS).get_all("Provides-Extra") or ():
        yield _extra(extra)


def _required(extra: str = "") -> list[Requirement]:
    """Return what we, or an extra of ours, depend on here."""
    found = [Requirement(text) for text in requires(_OURS) or ()]
    plain = [one for one in found if _applies(one, "")]
    if not extra:
        return plain
    return [one for one in found if one not in plain and _applies(one, extra)]


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _missing(requirements: list[Requirement]) -> list[str]:
    """Return those that are not there, or in another version."""
    missing = []
    for one in requirements:
        try:
            found = version(one.name)
        except PackageNotFoundError:
            missing.append(f"{one.name} is not installed")
            continue
        if not one.specifier.contains(found, prereleases=True):
            missing.append(f"{one.name} is {found}, not {one.specifier}")
    return missing


def _versions(requirements: list[Requirement]) -> str:
    return ", ".join(f"{one.name} {version(one.name)}" for one in requirements)


def _dependencies() -> Symptom:
    required = _required()
    if missing := _missing(required):
        return fails(
            "packages",
            "; ".join(missing),
            f"Install them: python -m pip install --upgrade {_OURS}",
        )
    text = f"{_OURS} {version(_OURS)}, Python {platform.python_version()}"
    return fine("packages", f"{text}, {_versions(required)}")


def _curl() -> Symptom:
    used = re.findall(r"(?:libcurl|OpenSSL|GnuTLS|nghttp2)/[\w.]+", pycurl.version)
    text = f"pycurl {version('pycurl')}, {', '.join(used) or pycurl.version}"
    if not pycurl.version_info()[4] & pycurl.VERSION_HTTP2:
        return warn(
            "load",
            text,
            "This libcurl has no HTTP/2: apps that speak nothing else fail.",
        )
    return fine("load", f"{text}, HTTP/2")


def _extra(extra: str) -> Symptom:
    required, name = _required(extra), f"extra {extra}"
    if _missing(required):
        wanted = ", ".join(one.name for one in required)
        return fine(
            name,
            f"not installed ({wanted}); pip install '{_OURS}[{extra}]' if you want it",
        )
    return fine(name, _versions(required))
