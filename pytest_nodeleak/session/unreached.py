"""Ordinary tests that were to be repeated and sent the app nothing: said, never hidden."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_nodeleak.session.session import BASE_URL, records_of

__all__ = ["REPEATED_TARGET", "UNREACHED", "Unreached", "unreached_lines"]

# What a check under a repeated test is named by, before the test's name.
REPEATED_TARGET = "repeat "
# A property of a test that was run once only, with the reason.
UNREACHED = "nodeleak_unreached"
_SHOWN = 5


class Unreached:
    """Gathers them from this process or from xdist's workers, and tells at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._shows_all = config.getoption("verbose", default=0) > 0
        self._reasons: dict[str, str] = {}
        self._has_repeated = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a test when it is over."""
        if report.when != "teardown":
            return
        for name, value in report.user_properties:
            if name == UNREACHED:
                self._reasons[report.nodeid] = str(value)
        self._has_repeated |= any(
            str(record["target"]).startswith(REPEATED_TARGET)
            for record in records_of(report)
        )

    @property
    def _is_in_vain(self) -> bool:
        return bool(self._reasons) and not self._has_repeated

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session in which nothing called the app: it has proven nothing."""
        if self._is_in_vain and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Name the tests under which nothing was judged."""
        for line in unreached_lines(
            self._reasons, shows_all=self._shows_all, is_in_vain=self._is_in_vain
        ):
            terminalreporter.write_line(
                line, yellow=not self._is_in_vain, red=self._is_in_vain
            )


def unreached_lines(
    reasons: dict[str, str], *, shows_all: bool, is_in_vain: bool
) -> Sequence[str]:
    """Return what is said of tests that sent the app nothing.

    Args:
        reasons: By the test's id.
        shows_all: Whether all of them are named.
        is_in_vain: Whether there is no other.

    """
    if not reasons:
        return ()
    first = next(iter(reasons.values())).splitlines()[0]
    which = "no test" if is_in_vain else f"{len(reasons):,} of the tests"
    verb = "called" if is_in_vain else "did not call"
    head = (
        f"nodeleak: {which} {verb} the app ({first}), so nothing was judged under"
        f" {'any' if is_in_vain else 'them'}"
    )
    if is_in_vain:
        head += f"; they have to take its address from {BASE_URL} or nodeleak_base_url"
    shown = list(reasons) if shows_all else list(reasons)[:_SHOWN]
    left = len(reasons) - len(shown)
    more = [f"  and {left:,} more (-v names them)"] if left else []
    return (head, *(f"  {nodeid}" for nodeid in shown), *more)
