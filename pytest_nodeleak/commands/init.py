"""``init``: writes the first test of an app, its configuration and a CI job."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_nodeleak.commands.answer import Answer
from pytest_nodeleak.commands.asked import InitAsked
from pytest_nodeleak.commands.new_files import NewFile, plan_files
from pytest_nodeleak.commands.next_routes import next_routes
from pytest_nodeleak.commands.package_json import Package, read_package
from pytest_nodeleak.commands.probing import Probe, probe
from pytest_nodeleak.commands.route_search import find_routes
from pytest_nodeleak.commands.start_command import Start, find_start
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.report.schema import SCHEMA

__all__ = ["init"]

_WIDTH = 92
_INDENT = 13
_MOST_ROUTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was found out of an app.

    Attributes:
        package: Its package.
        start: How it is started.
        candidates: Paths that its sources seem to have.
        probe: What it answered; None if it was not asked.

    """

    package: Package
    start: Start
    candidates: Sequence[str]
    probe: Probe | None

    @property
    def routes(self) -> list[str]:
        """The routes of the test."""
        has_answers = self.probe is not None and self.probe.routes
        paths = self.probe.routes if self.probe and has_answers else self.candidates
        # The root is often but a page of its own, if it is anything.
        others = [path for path in paths if path != "/"]
        return [f"GET {path}" for path in (others or ["/"])[:_MOST_ROUTES]]


def init(asked: InitAsked) -> Answer:
    """Find out about the app, and write what is not there yet.

    Raises:
        InvalidSetting: If there is no app, or several.
        FileNotWritable: If a file cannot be written.

    """
    package = read_package(asked.directory)
    start = find_start(package)
    if start is None or (package.workspaces and "start" not in package.scripts):
        raise _no_app(package)
    candidates = _candidates(package)
    found = _Found(
        package=package,
        start=start,
        candidates=candidates,
        probe=probe(start.command, package.directory, candidates, node=asked.node)
        if asked.starts and not start.missing
        else None,
    )
    files = plan_files(
        package,
        start,
        found.routes,
        is_https=found.probe is not None and found.probe.is_https,
    )
    if not asked.is_dry:
        for file in files:
            file.write()
    return Answer(
        lines=list(_lines(found, files, is_dry=asked.is_dry)),
        record=_record(found, files, is_dry=asked.is_dry),
    )


def _candidates(package: Package) -> list[str]:
    if package.framework == "Next.js":
        return next_routes(package.directory) or ["/"]
    return find_routes(package.directory)


def _no_app(package: Package) -> InvalidSetting:
    expected = (
        "an app that can be started, by all it says: package.json has no script 'start' and"
        " no main that exists; add one, or write the test by hand (nodeleak_app)"
    )
    if package.workspaces:
        apps = [
            f"{one.directory.relative_to(package.directory)} ({start.command})"
            for one in map(read_package, package.workspaces)
            if (start := find_start(one)) is not None
        ]
        expected = (
            "one app but a monorepo; name the app: python -m pytest_nodeleak init DIR, with"
            f" DIR one of {', '.join(apps) or '(none of its packages can be started)'}"
        )
    return InvalidSetting(
        name="directory", value=str(package.directory), source="init", expected=expected
    )


def _lines(found: _Found, files: Sequence[NewFile], *, is_dry: bool) -> Iterator[str]:
    package, start = found.package, found.start
    framework = f" ({package.framework})" if package.framework else ""
    yield from _row("app", f"{package.name}{framework}")
    yield from _row("start", f"{start.command}, by {start.reason}")
    yield from _row("routes", _routes_text(found))
    for file in files:
        yield from _row(file.verb(is_dry=is_dry), f"{file.shown}{file.remark}")
    for note in (*start.notes, *_notes(found)):
        yield from _row("note", note)
    for step in _steps(found, is_dry=is_dry):
        yield from _row("next", step)
    if is_dry:
        for file in files:
            yield from _content(file)


def _routes_text(found: _Found) -> str:
    if found.probe is None or found.probe.problem:
        return f"{', '.join(found.routes)}, none of them tried"
    if not found.probe.routes:
        return "none that answers a GET request as it should was found"
    text = f"{', '.join(f'GET {path}' for path in found.probe.routes)} answered"
    if found.probe.refused:
        text += f"; otherwise {', '.join(found.probe.refused)}"
    return text


def _notes(found: _Found) -> Iterator[str]:
    start = found.start
    if start.missing:
        yield (
            f"{start.missing} is not there yet, so the app was not started; run"
            f" {start.build} first"
        )
    if found.probe is None:
        return
    if found.probe.problem:
        problem = textwrap.shorten(found.probe.problem, 400, placeholder=" ...")
        yield f"the app could not be started, so the test is a guess: {problem}"
    elif not found.probe.routes:
        yield (
            "the test asks for GET / all the same, which will be an error until you put a"
            " route of yours there"
        )
    if found.probe.is_https:
        yield "its certificate is not checked (nodeleak_verify)"


def _steps(found: _Found, *, is_dry: bool) -> Iterator[str]:
    if is_dry:
        yield "the same command without --dry-run"
        return
    where = found.package.directory
    go_there = "" if where == Path() else f"cd {where} && "
    build = f"{found.start.build} && " if found.start.build else ""
    yield f"{go_there}{build}pytest --nodeleak"
    yield "put the routes into the test that carry your traffic, those that write, too"


def _content(file: NewFile) -> Iterator[str]:
    if file.text:
        yield ""
        yield f"--- {file.shown}"
        yield from file.text.splitlines()


def _row(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"{name:<{_INDENT}}",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _record(
    found: _Found, files: Sequence[NewFile], *, is_dry: bool
) -> dict[str, object]:
    probed = found.probe
    return {
        "schema": SCHEMA,
        "command": "init",
        "app": found.package.name,
        "framework": found.package.framework or None,
        "start": found.start.command,
        "build": found.start.build or None,
        "routes": found.routes,
        "is_tried": probed is not None and not probed.problem,
        "problem": (probed.problem if probed else "") or None,
        "files": [
            {
                "path": file.shown,
                "action": file.action
                if not is_dry or file.action == "kept"
                else "none",
                "text": file.text or None,
            }
            for file in files
        ],
        "notes": [*found.start.notes, *_notes(found)],
    }
