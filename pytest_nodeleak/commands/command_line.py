"""The command line as values: what was asked for, or how to ask."""

from __future__ import annotations

from argparse import (
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

__all__ = ["Asked", "DiffAsked", "RedactAsked", "ShowAsked", "parse"]

_PROGRAM = "python -m pytest_nodeleak"
_DESCRIPTION = """\
Find what piles up in a Node.js heap, from .heapsnapshot files alone: the engine and the
words of pytest --nodeleak, for snapshots that were captured in production.

  diff BEFORE AFTER [LATER]   who grew between snapshots of one process
  show FILE                   what is in a snapshot, and what keeps it there
  redact IN OUT               a copy that is safe to hand on: its data replaced

How to capture a snapshot: v8.writeHeapSnapshot() in the app, or start it with
--heapsnapshot-signal=SIGUSR2 and send it that signal; or DevTools' Memory panel. The app
stands still meanwhile, and needs about as much memory again.
"""
_EPILOG = """\
exit status:
  0  done; diff: nothing grew
  1  diff: something grew
  2  wrong usage, or a file that cannot be read or compared
"""
_DIFF = """\
Compare two or three snapshots of one process, in the order they were taken. Objects that
were born between them and are still there are counted under their holder, the first older
object on their path, less what died there; the holders that gained most come first.

Two snapshots only suggest: a cache that is still filling looks like a leak. Of three, with
about the same load between them, only what grew both times is shown. Capture the first one
when the app has warmed up.

Objects keep their ids only within one process, so snapshots of different processes, or
from before and after a restart, are refused.
"""
_DIFF_EPILOG = """\
examples:
  python -m pytest_nodeleak diff monday.heapsnapshot tuesday.heapsnapshot
  python -m pytest_nodeleak diff a.heapsnapshot b.heapsnapshot c.heapsnapshot \\
      --app ~/my-service --requests 5000 5200
"""
_SHOW = """\
Summarise one snapshot: its nodes by type; the classes, modules and packages that keep most
alive; strings that are there several times; the functions' variables that keep most; and
the biggest single objects.

"retained" is what would go if the objects went. "held" puts each object down to one
function's file, the nearest one on its most natural path from the roots.
"""
_REDACT = """\
Write a copy of a snapshot that can be handed on: the graph, all sizes and all ids stay, so
that diff, show and DevTools work as before, but whatever may carry data is replaced by
placeholders such as <string of 23 characters #17>.

Replaced: the text of all strings, regular expressions, symbols and numbers; names of
properties, and of classes, that the program's code does not spell out (keys of a table by
e-mail address, for example); queries and credentials in script names; recorded allocation
stacks are left out. Kept: names of functions, classes, variables and properties in the
program's code, paths of script files, V8's and Node.js' own names; lengths, and which
texts are equal.

The file is readable by its owner only, and appears when it is complete.
"""


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


Asked = DiffAsked | ShowAsked | RedactAsked

_SNAPSHOTS = {2, 3}


class _Parser(ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


_Commands: TypeAlias = "_SubParsersAction[_Parser]"


def parse(arguments: Sequence[str]) -> Asked:
    """Return what a command line asks for.

    Raises:
        SystemExit: With status 2 if it asks for nothing sensible; with 0 after ``--help``.

    """
    parser = _Parser(
        prog=_PROGRAM,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    _add_diff(commands)
    _add_show(commands)
    _add_redact(commands)
    asked = parser.parse_args(arguments)
    match asked.command:
        case "diff":
            return _diff(asked, parser)
        case "show":
            return ShowAsked(
                file=asked.file,
                app=asked.app,
                show_strings=asked.strings,
                as_json=asked.json,
            )
        case _:
            return RedactAsked(
                file=asked.file,
                target=asked.target,
                keep_property_names=asked.keep_property_names,
                force=asked.force,
                as_json=asked.json,
            )


def _diff(asked: Namespace, parser: ArgumentParser) -> DiffAsked:
    files, requests = tuple(asked.files), tuple(asked.requests)
    if len(files) not in _SNAPSHOTS:
        parser.error(f"diff compares two or three snapshots, got {len(files)}")
    windows = len(files) - 1
    if any(number < 1 for number in requests) or len(requests) not in {0, 1, windows}:
        numbers = " ".join(map(str, requests))
        parser.error(
            f"--requests takes one number for each of the {windows} windows, or one for"
            f" all, of at least 1; got {numbers!r}"
        )
    return DiffAsked(
        files=files,
        app=asked.app,
        requests=requests * windows if len(requests) == 1 else requests,
        show_all=asked.all,
        as_json=asked.json,
    )


def _add_diff(commands: _Commands) -> None:
    parser = _add(commands, "diff", _DIFF, epilog=_DIFF_EPILOG)
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a .heapsnapshot file, or one packed to .gz; two or three of them",
    )
    parser.add_argument(
        "--requests",
        nargs="+",
        type=int,
        default=[],
        metavar="N",
        help="requests the app answered between the snapshots, for rates per request: one"
        " number per window, or one for both",
    )
    parser.add_argument(
        "--all", action="store_true", help="show all holders that grew, not only three"
    )
    _add_common(parser)


def _add_show(commands: _Commands) -> None:
    parser = _add(commands, "show", _SHOW)
    parser.add_argument("file", type=Path, metavar="FILE", help="a .heapsnapshot file")
    parser.add_argument(
        "--strings",
        action="store_true",
        help="show the beginning of duplicate strings, not only their length and hash",
    )
    _add_common(parser)


def _add_redact(commands: _Commands) -> None:
    parser = _add(commands, "redact", _REDACT)
    parser.add_argument("file", type=Path, metavar="IN", help="a .heapsnapshot file")
    parser.add_argument(
        "target", type=Path, metavar="OUT", help="the copy; packed if it ends in .gz"
    )
    parser.add_argument(
        "--keep-property-names",
        action="store_true",
        help="keep all names of properties, also those that the code does not spell out",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace OUT if it is there"
    )
    _add_json(parser)


def _add(
    commands: _Commands, name: str, description: str, *, epilog: str = ""
) -> ArgumentParser:
    summary = description.partition(".")[0].replace("\n", " ")
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=RawDescriptionHelpFormatter,
    )


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--app",
        type=Path,
        metavar="DIR",
        help="where the app's sources are: finds the lines of declarations, and names"
        " files relative to it, even if the app ran in another directory",
    )
    _add_json(parser)


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        help="print data instead of text (docs: command-line.md)",
    )
