"""The settings of an app that is attached to, rather than started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress
from pytest_nodeleak.settings.given import parse_given
from pytest_nodeleak.settings.option_values import (
    OPTION_BY_NAME,
    Given,
    given_for,
    yes_or_no,
)

if TYPE_CHECKING:
    import pytest

__all__ = [
    "ATTACH_SOURCE",
    "Attachment",
    "attachment_from",
    "attachment_of",
    "base_url",
    "refusal",
    "require_access",
]

# What only whoever starts an app can set. The first are conditions of a test, wherever they
# are set; the others say how it is started here, which an ini file may do for other runs.
_CONDITIONS = ("memory_limit", "max_open_files", "max_old_space")
_OF_STARTING = ("app", "cwd", "node")
_PARALLEL = 2

T = TypeVar("T")
ATTACH_SOURCE = "attach()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Where the app is.

    Attributes:
        address: Of its inspector.
        base_url: Where it serves, without a slash at the end.
        allows_remote: Whether the inspector may be on another machine.

    """

    address: InspectorAddress
    base_url: str
    allows_remote: bool = False


def require_access(
    address: InspectorAddress, *, allows_remote: bool, source: str
) -> None:
    """See that an inspector is on the loopback, unless another one is accepted.

    Raises:
        InvalidSetting: If it is not; it says what that means, and what to do.

    """
    if not (address.is_loopback or allows_remote):
        raise InvalidSetting(
            name="attach",
            value=str(address),
            source=source,
            expected="on the loopback of this machine: whoever reaches an inspector can run"
            " any code in the app, without a password, and what it says is not encrypted;"
            " forward its port (ssh -L 9229:127.0.0.1:9229 HOST, kubectl port-forward POD"
            " 9229) and attach to 127.0.0.1:9229, or accept the risk with"
            " --nodeleak-attach-remote (in attach(), remote=True)",
        )


def base_url(text: str) -> str:
    """Read the address an app serves at.

    Raises:
        ValueError: If it is none.

    """
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        msg = "an address such as 'http://127.0.0.1:3000'"
        raise ValueError(msg)
    return text.rstrip("/")


def attachment_of(config: pytest.Config) -> Attachment | None:
    """Return the app to attach to; None if apps are started.

    Raises:
        InvalidSetting: If a value cannot be used, or not together with another one.

    """

    def given(name: str) -> Given | None:
        return given_for(config, OPTION_BY_NAME[name])

    attach, app = given("attach"), given("app")
    # Who names a command on the command line has it started, whatever the ini file says.
    if attach is None or (app is not None and app.is_flag and not attach.is_flag):
        return None
    address = _parse("attach", attach, InspectorAddress.parse)
    serves_at, allowed = given("base_url"), given("attach_remote")
    if serves_at is None:
        raise InvalidSetting(
            name="base_url",
            value=None,
            source=attach.source,
            expected="set; say where the app serves, e.g. --nodeleak-base-url"
            " http://127.0.0.1:3000",
        )
    _refuse(attach, given)
    _refuse_parallel(config, attach)
    allows_remote = allowed is not None and _parse("attach_remote", allowed, yes_or_no)
    require_access(address, allows_remote=allows_remote, source=attach.source)
    return Attachment(
        address=address,
        base_url=_parse("base_url", serves_at, base_url),
        allows_remote=allows_remote,
    )


def attachment_from(
    configured: Attachment | None,
    address: str | None,
    *,
    serves_at: str | None,
    remote: bool | None,
) -> Attachment:
    """Return the app that a test attaches to.

    Args:
        configured: What options set; the arguments beat it.
        address: Of the inspector.
        serves_at: The base URL.
        remote: Whether the inspector may be on another machine.

    Raises:
        InvalidSetting: If something is missing, or cannot be used.

    """

    def read(name: str, value: str | None, parse: Callable[[str], T]) -> T:
        if value is not None:
            return parse_given(name, value, parse, source=ATTACH_SOURCE)
        if configured is None:
            option = OPTION_BY_NAME[name]
            raise InvalidSetting(
                name=name,
                value=None,
                source=ATTACH_SOURCE,
                expected=f"set; give it, or set {option.flag}",
            )
        found: T = getattr(configured, "address" if name == "attach" else name)
        return found

    found = Attachment(
        address=read("attach", address, InspectorAddress.parse),
        base_url=read("base_url", serves_at, base_url),
        allows_remote=bool(configured and configured.allows_remote)
        if remote is None
        else remote,
    )
    require_access(
        found.address, allows_remote=found.allows_remote, source=ATTACH_SOURCE
    )
    return found


def _parse(name: str, given: Given, parse: Callable[[str], T]) -> T:
    return parse_given(name, given.text, parse, source=given.source)


def _refuse(attach: Given, given: Callable[[str], Given | None]) -> None:
    """Refuse what cannot be done to an app that runs already."""
    for name in (*_CONDITIONS, *_OF_STARTING):
        other = given(name)
        if other is None:
            continue
        # An ini file that says how to start the app may be meant for other runs.
        is_meant = name in _CONDITIONS or other.is_flag
        if is_meant or (name == "app" and not attach.is_flag):
            raise refusal(name, other.text, source=other.source, attach=attach.source)


def refusal(name: str, value: object, *, source: str, attach: str) -> InvalidSetting:
    """Return the error for a setting of an app that is not started by us."""
    return InvalidSetting(
        name=name,
        value=value,
        source=source,
        expected=f"possible with {attach}: the app runs already, so set it where the app is"
        " started, and leave it out here",
    )


def _refuse_parallel(config: pytest.Config, attach: Given) -> None:
    """Refuse pytest-xdist: a process carries the load of one check at a time."""
    workers = config.getoption("numprocesses", None)
    if isinstance(workers, int) and workers >= _PARALLEL:
        raise InvalidSetting(
            name="numprocesses",
            value=workers,
            source="-n",
            expected=f"possible with {attach.source}: checks side by side would measure"
            " each other's load on the one app; leave -n out",
        )
