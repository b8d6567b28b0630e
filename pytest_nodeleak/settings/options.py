"""The table of all options, each with a flag and an ini twin of the same help text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_nodeleak.settings.limit_texts import LIMIT_TEXTS

__all__ = ["OPTIONS", "Option", "app_base", "is_switch_given", "register"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting with its two spellings.

    Attributes:
        name: The ini name is ``nodeleak_<name>``, the flag ``--nodeleak-<name>``.
        help: One line, the same for both.
        metavar: What the flag takes; empty for a switch.
        repeatable: Whether it can be given more than once.

    """

    name: str
    help: str
    metavar: str = ""
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """The spelling on the command line."""
        return (
            f"--nodeleak-{self.name.replace('_', '-')}" if self.name else "--nodeleak"
        )

    @property
    def ini(self) -> str:
        """The spelling in the configuration file."""
        return f"nodeleak_{self.name}" if self.name else "nodeleak"

    @property
    def dest(self) -> str:
        """Where argparse keeps the value."""
        return f"nodeleak_opt_{self.name}"


_SWITCH = Option(name="", help="run leak tests (without it they are skipped)")
OPTIONS: tuple[Option, ...] = (
    _SWITCH,
    Option(
        name="app",
        metavar="CMD",
        help="how to start the app, e.g. 'node server.js' or 'npm start'",
    ),
    Option(
        name="cwd",
        metavar="DIR",
        help="where to start it (default: the ini file's directory)",
    ),
    Option(
        name="route",
        metavar="ROUTE",
        repeatable=True,
        help="a route that becomes a test item, e.g. 'GET /users/{n}'; repeatable",
    ),
    Option(
        name="repeat",
        help="loop the selected ordinary tests as load, and judge the app under each",
    ),
    Option(
        name="openapi",
        metavar="FILE",
        help="an OpenAPI document, each of whose operations becomes a test item",
    ),
    Option(
        name="har",
        metavar="FILE",
        help="recorded traffic (HAR), each of whose routes becomes a test item",
    ),
    Option(
        name="har_origin",
        metavar="URL",
        help="where the app was when it was recorded, e.g. 'https://shop.example'"
        " (default: where most requests went)",
    ),
    Option(
        name="header",
        metavar="HEADER",
        repeatable=True,
        help="sent with every request of the routes of these options, e.g."
        " 'Authorization: Bearer $TOKEN'; repeatable, never shown",
    ),
    Option(
        name="attach",
        metavar="HOST:PORT",
        help="measure an app that runs already, by its inspector, e.g. '127.0.0.1:9229',"
        " and leave it running; needs --nodeleak-base-url",
    ),
    Option(
        name="base_url",
        metavar="URL",
        help="where the app that is attached to serves, e.g. 'http://127.0.0.1:3000'",
    ),
    Option(
        name="attach_remote",
        help="allow to attach to another address than the loopback: whoever reaches an"
        " inspector can run any code in the app",
    ),
    Option(
        name="node",
        metavar="PATH",
        help="Node binary (default: NODELEAK_NODE, PATH, then the embedded one)",
    ),
    Option(
        name="verify",
        metavar="yes|no|FILE",
        help="check the app's certificate if it serves HTTPS: yes (default), no (it is"
        " self-signed), or a file of certificates to trust",
    ),
    Option(
        name="budget",
        metavar="SECONDS",
        help="longest time for one check, e.g. '30 s' (default 60 s)",
    ),
    Option(
        name="ready_timeout",
        metavar="SECONDS",
        help="longest time until the app answers (default 30 s)",
    ),
    Option(
        name="max_old_space",
        metavar="MB",
        help="V8's --max-old-space-size for the app, in MB",
    ),
    Option(
        name="memory_limit",
        metavar="SIZE",
        help="memory of the app's processes as in a container, e.g. '256 MiB'",
    ),
    Option(
        name="max_open_files",
        metavar="N",
        help="file descriptors each process of the app may have (ulimit -n), e.g. 256",
    ),
    Option(
        name="rps",
        metavar="RATE",
        help="traffic in production, in requests per second, that forecasts are made for"
        " (default 10, 50 and 200)",
    ),
    Option(
        name="inconclusive",
        metavar="fail|warn",
        help="what an inconclusive check does to its test (default fail)",
    ),
    Option(
        name="suppressions",
        metavar="FILE",
        help="known leaks: fingerprint or holder, reason, expiry, highest rate (TOML)",
    ),
    Option(
        name="save",
        metavar="NAME",
        help="save what each check adds per request as a baseline: .nodeleak/NAME.json"
        " beside the ini file, or a path",
    ),
    Option(
        name="compare",
        metavar="NAME",
        help="compare with a baseline: known leaks pass while they are no worse, all that"
        " is worse or new fails",
    ),
    Option(
        name="artifacts",
        metavar="DIR",
        help="keep heap snapshots, their data replaced, and profiles of failed checks here"
        " (default: profiles only, in pytest's cache)",
    ),
    Option(
        name="unredacted",
        help="keep those heap snapshots with the app's data in them: texts, keys, secrets",
    ),
    Option(name="json", metavar="FILE", help="write the record of all checks here"),
    Option(
        name="html",
        metavar="FILE",
        help="write a report of all checks here, as one page of HTML that loads nothing",
    ),
    Option(
        name="metrics",
        metavar="FILE",
        repeatable=True,
        help="write metrics of all checks here, by the name's ending: OpenMetrics (.om,"
        " .txt), Prometheus (.prom) or CloudWatch (.emf, .jsonl); repeatable",
    ),
    Option(
        name="otlp",
        metavar="URL",
        help="send the same metrics over OTLP, e.g. to 'http://localhost:4318'; 'env': to"
        " where the variables OTEL_EXPORTER_OTLP_* say; needs the extra 'otlp'",
    ),
    Option(
        name="sarif",
        metavar="FILE",
        help="write the findings here as SARIF 2.1.0, for code scanning",
    ),
)


def register(parser: pytest.Parser) -> None:
    """Add every option and its ini twin."""
    group = parser.getgroup("nodeleak", "leaks of Node.js apps")
    for option in OPTIONS:
        if option.repeatable:
            group.addoption(
                option.flag,
                dest=option.dest,
                action="append",
                metavar=option.metavar,
                help=option.help,
            )
            parser.addini(option.ini, option.help, type="linelist", default=[])
            continue
        if option.metavar:
            group.addoption(
                option.flag, dest=option.dest, metavar=option.metavar, help=option.help
            )
        else:
            # No default: False would be indistinguishable from "not given".
            group.addoption(
                option.flag,
                dest=option.dest,
                action="store_const",
                const="true",
                help=option.help,
            )
        parser.addini(option.ini, option.help, default=None)
    for name, text in LIMIT_TEXTS.items():
        parser.addini(f"nodeleak_{name}", text, default=None)


def is_switch_given(config: pytest.Config) -> bool:
    """Tell whether anything says if leak tests are to be run; they are not without it."""
    if config.getoption(_SWITCH.dest) is not None:
        return True
    try:
        return bool(config.getini(_SWITCH.ini))
    except (TypeError, ValueError, pytest.UsageError):
        # No text, but true or false of TOML: that needs more to be read.
        return True


def app_base(config: pytest.Config) -> Path:
    """Return the directory that the app's is relative to.

    It is that of the ini file. Without one pytest takes every value that is a path (such
    as that of ``--nodeleak-node``) for a test's, and its directory for the rootdir.
    """
    is_chosen = config.inipath is not None or config.getoption("rootdir") is not None
    return config.rootpath if is_chosen else config.invocation_params.dir
