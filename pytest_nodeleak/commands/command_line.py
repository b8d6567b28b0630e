"""The command line as values: what was asked for, or how to ask."""

from __future__ import annotations

from argparse import (
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
    _SubParsersAction,
)
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from pytest_nodeleak.commands.asked import (
    Asked,
    DiffAsked,
    DoctorAsked,
    ExplainAsked,
    InitAsked,
    RedactAsked,
    ShowAsked,
    TrendAsked,
)
from pytest_nodeleak.commands.manual import (
    DESCRIPTION,
    DIFF,
    DIFF_EPILOG,
    DOCTOR,
    EPILOG,
    EXPLAIN,
    INIT,
    REDACT,
    SHOW,
    TREND,
    TREND_EPILOG,
)

__all__ = ["parse"]

_PROGRAM = "python -m pytest_nodeleak"
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
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    _add_diff(commands)
    _add_show(commands)
    _add_redact(commands)
    _add_explain(commands)
    _add_init(commands)
    _add_doctor(commands)
    _add_trend(commands)
    asked = parser.parse_args(arguments)
    return _diff(asked, parser) if asked.command == "diff" else _of_one_kind(asked)


def _of_one_kind(asked: Namespace) -> Asked:
    """Return what any command but ``diff`` is asked for: argparse has checked it all."""
    match asked.command:
        case "show":
            return ShowAsked(
                file=asked.file,
                app=asked.app,
                show_strings=asked.strings,
                as_json=asked.json,
            )
        case "trend":
            return TrendAsked(files=tuple(asked.files), as_json=asked.json)
        case "explain":
            return ExplainAsked(kind=asked.kind, as_json=asked.json)
        case "init":
            return InitAsked(
                directory=asked.directory,
                starts=not asked.no_start,
                is_dry=asked.dry_run,
                node=asked.node,
                as_json=asked.json,
            )
        case "doctor":
            return DoctorAsked(node=asked.node, as_json=asked.json)
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
    parser = _add(commands, "diff", DIFF, epilog=DIFF_EPILOG)
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
    parser = _add(commands, "show", SHOW)
    parser.add_argument("file", type=Path, metavar="FILE", help="a .heapsnapshot file")
    parser.add_argument(
        "--strings",
        action="store_true",
        help="show the beginning of duplicate strings, not only their length and hash",
    )
    _add_common(parser)


def _add_redact(commands: _Commands) -> None:
    parser = _add(commands, "redact", REDACT)
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


def _add_explain(commands: _Commands) -> None:
    parser = _add(commands, "explain", EXPLAIN)
    parser.add_argument(
        "kind", metavar="NAME", help="such as listener or container_trap"
    )
    _add_json(parser)


def _add_init(commands: _Commands) -> None:
    parser = _add(commands, "init", INIT)
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the app's, with its package.json (default: the current one)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print the files, and write none"
    )
    parser.add_argument(
        "--no-start",
        action="store_true",
        help="do not start the app to see which routes answer",
    )
    _add_node(parser)
    _add_json(parser)


def _add_doctor(commands: _Commands) -> None:
    parser = _add(commands, "doctor", DOCTOR)
    _add_node(parser)
    _add_json(parser)


def _add_node(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--node",
        metavar="PATH",
        help="Node binary (default: NODELEAK_NODE, PATH, then the embedded one)",
    )


def _add_trend(commands: _Commands) -> None:
    parser = _add(commands, "trend", TREND, epilog=TREND_EPILOG)
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a baseline that --nodeleak-save has written; the oldest first",
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
