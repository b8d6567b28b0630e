"""From command line and ini file to checked values.

Marker > command line > ini > default. Markers are resolved per test, in ``marker``,
everything else once per session by :func:`resolve`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_nodeleak.artifacts import ArtifactStore
from pytest_nodeleak.endpoint import Verify
from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.forecast import USUAL_RATES
from pytest_nodeleak.judging.policy import LeakPolicy
from pytest_nodeleak.load.plan import parse_route
from pytest_nodeleak.nodejs.open_files import open_files_limit
from pytest_nodeleak.outputs.files import OUTPUTS, output_key
from pytest_nodeleak.outputs.otlp_target import otlp_target
from pytest_nodeleak.settings.attachment import Attachment, attachment_of
from pytest_nodeleak.settings.baseline import BaselineSetting, baseline_setting
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.settings.limits import LIMITS, apply_limits
from pytest_nodeleak.settings.option_values import (
    NO,
    OPTION_BY_NAME,
    YES,
    all_given_for,
    directory_of,
    given_for,
    given_in_file,
    is_switched_on,
)
from pytest_nodeleak.settings.options import app_base
from pytest_nodeleak.settings.sweep import Sweep, sweep_of
from pytest_nodeleak.units import memory_size, parse_duration_s

if TYPE_CHECKING:
    import pytest

    from pytest_nodeleak.judging.suppressions import Suppressions

__all__ = [
    "Settings",
    "positive_duration_s",
    "resolve",
]

T = TypeVar("T")

_INCONCLUSIVE = ("fail", "warn")
# Keys of an app may be secrets: as many -v have to be asked for.
_SHOWS_KEYS = 2
_SHOWS_ALL = 1
_CHECKS: Verify = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The session's settings, all checked.

    Attributes:
        app: The app's command, if one is set.
        attach: The app to attach to instead of starting one, if one is set.
        cwd: Where it is started.
        routes: Routes that become test items.
        repeat: Whether ordinary tests are repeated as load.
        sweep: What else does, and the headers of all of them.
        node: The Node binary that was named, if any.
        verify: Whether the app's certificate is checked; a text is a file of
            certificates to trust.
        budget_s: Longest time for one check.
        ready_timeout_s: Longest time until the app answers.
        max_old_space_mb: V8's limit for the app.
        memory_limit_bytes: Of all the app's processes together, as a container has it.
        max_open_files: Of each of the app's processes.
        fail_inconclusive: Whether an inconclusive check fails its test.
        shows_keys: Whether reports show keys of what piles up: with ``-vv``.
        rates: Requests per second that forecasts are made for.
        outputs: Where the session's files go, by the name of their option.
        otlp: Where metrics are sent to, if anywhere.
        artifacts: Where snapshots and profiles of failed checks go.
        suppressions: Known leaks; None without a file of them.
        baseline: What is compared with, and what is saved.
        shows_all: Whether reports show all findings: with ``-v``.
        policy: Limits from the ini file.

    """

    app: str | None = None
    attach: Attachment | None = None
    cwd: Path
    routes: tuple[str, ...] = ()
    repeat: bool = False
    sweep: Sweep = field(default_factory=Sweep)
    node: str | None = None
    verify: Verify = True
    budget_s: float = 60.0
    ready_timeout_s: float = 30.0
    max_old_space_mb: int | None = None
    memory_limit_bytes: int | None = None
    max_open_files: int | None = None
    fail_inconclusive: bool = True
    shows_keys: bool = False
    suppressions: Suppressions | None = None
    baseline: BaselineSetting = field(default_factory=BaselineSetting)
    shows_all: bool = False
    rates: tuple[float, ...] = USUAL_RATES
    outputs: Mapping[str, Path] = field(default_factory=dict)
    otlp: str | None = None
    artifacts: ArtifactStore = field(default_factory=ArtifactStore)
    policy: LeakPolicy = field(default_factory=LeakPolicy)


def resolve(config: pytest.Config) -> Settings:
    """Read and check the session's settings.

    Raises:
        InvalidSetting: If a value cannot be used; it says where it was given.
        ExtraMissing: If it takes a package to read a file that is not installed.

    """

    def text(name: str) -> str | None:
        given = given_for(config, OPTION_BY_NAME[name])
        return given.text if given else None

    def parsed(name: str, parse: Callable[[str], T], default: T) -> T:
        given = given_for(config, OPTION_BY_NAME[name])
        if given is None:
            return default
        return parse_given(name, given.text, parse, source=given.source)

    cwd = text("cwd")
    return Settings(
        app=text("app"),
        attach=attachment_of(config),
        cwd=app_base(config) / cwd if cwd else app_base(config),
        routes=_routes(config),
        repeat=is_switched_on(config, "repeat"),
        sweep=sweep_of(config),
        node=text("node"),
        verify=parsed(
            "verify",
            _certificates(directory_of(config, OPTION_BY_NAME["verify"])),
            _CHECKS,
        ),
        budget_s=parsed("budget", positive_duration_s, 60.0),
        ready_timeout_s=parsed("ready_timeout", positive_duration_s, 30.0),
        max_old_space_mb=parsed("max_old_space", _megabytes, None),
        memory_limit_bytes=parsed("memory_limit", memory_size, None),
        max_open_files=parsed("max_open_files", open_files_limit, None),
        fail_inconclusive=parsed("inconclusive", _fails, default=True),
        shows_keys=config.getoption("verbose", default=0) >= _SHOWS_KEYS,
        suppressions=_suppressions(config),
        baseline=baseline_setting(config),
        shows_all=config.getoption("verbose", default=0) >= _SHOWS_ALL,
        rates=parsed("rps", _rates, USUAL_RATES),
        outputs=_outputs(config),
        otlp=parsed("otlp", otlp_target, None),
        artifacts=_artifacts(config),
        policy=_ini_policy(config),
    )


def _outputs(config: pytest.Config) -> Mapping[str, Path]:
    paths: dict[str, Path] = {}
    for option in dict.fromkeys(output.option for output in OUTPUTS):
        for given in all_given_for(config, OPTION_BY_NAME[option]):
            name = parse_given(option, given.text, _file_name, source=given.source)
            key = parse_given(
                option, name, partial(output_key, option, paths), source=given.source
            )
            paths[key] = directory_of(config, OPTION_BY_NAME[option]) / name
    return paths


def _artifacts(config: pytest.Config) -> ArtifactStore:
    option = OPTION_BY_NAME["artifacts"]
    given = given_for(config, option)
    if given is None:
        return ArtifactStore(cache_directory=_cache_directory(config))
    base = directory_of(config, option)
    if (base / given.text).is_file():
        raise InvalidSetting(
            name=option.name,
            value=given.text,
            source=given.source,
            expected="a directory, but a file",
        )
    keeps_data = is_switched_on(config, "unredacted")
    return ArtifactStore(base / given.text, rewrite=None if keeps_data else _redacted)


def _redacted(read: Callable[[], Iterator[str]]) -> Iterator[str]:
    from pytest_nodeleak.exceptions import SnapshotFormatError
    from pytest_nodeleak.heap.rewriting import redacted

    try:
        yield from redacted(read)
    except SnapshotFormatError as exc:
        raise ValueError(str(exc)) from exc


def _cache_directory(config: pytest.Config) -> Path | None:
    """Return a directory that pytest keeps out of version control, if there is one."""
    # The plugin that has it can be switched off.
    cache = getattr(config, "cache", None)
    try:
        return None if cache is None else Path(cache.mkdir("nodeleak"))
    except OSError:
        return None


def _certificates(directory: Path) -> Callable[[str], Verify]:
    def parse(text: str) -> Verify:
        if text.lower() in YES | NO:
            return text.lower() in YES
        path = directory / text
        if not path.is_file():
            msg = "'yes', 'no' or a file of certificates to trust"
            raise ValueError(msg)
        return str(path)

    return parse


def _routes(config: pytest.Config) -> tuple[str, ...]:
    routes = all_given_for(config, OPTION_BY_NAME["route"])
    for route in routes:
        parse_route(route.text, source=route.source)
    return tuple(route.text for route in routes)


def _ini_policy(config: pytest.Config) -> LeakPolicy:
    policy = LeakPolicy()
    for name in LIMITS:
        given = given_in_file(config, f"nodeleak_{name}")
        if given is not None:
            policy = apply_limits(policy, {name: given.text}, source=given.source)
    return policy


def positive_duration_s(text: str) -> float:
    """Read a time to wait, in seconds.

    Raises:
        ValueError: If it is none.

    """
    duration_s = parse_duration_s(text)
    if duration_s <= 0:
        msg = "longer than nothing"
        raise ValueError(msg)
    return duration_s


def _rates(text: str) -> tuple[float, ...]:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < math.inf:
        msg = "a number of requests per second such as '50'"
        raise ValueError(msg)
    return (rate,)


def _megabytes(text: str) -> int | None:
    if not text.isdecimal() or int(text) == 0:
        msg = "a whole number of MB such as '128'"
        raise ValueError(msg)
    return int(text)


def _suppressions(config: pytest.Config) -> Suppressions | None:
    option = OPTION_BY_NAME["suppressions"]
    given = given_for(config, option)
    if given is None:
        return None
    from pytest_nodeleak.settings.suppressions import read_suppressions

    directory = directory_of(config, OPTION_BY_NAME["suppressions"])
    return read_suppressions(directory, given.text, source=given.source)


def _file_name(text: str) -> str:
    if Path(text).is_dir():
        msg = "a file, but a directory"
        raise ValueError(msg)
    return text


def _fails(text: str) -> bool:
    if text not in _INCONCLUSIVE:
        msg = "'fail' or 'warn'"
        raise ValueError(msg)
    return text == "fail"
