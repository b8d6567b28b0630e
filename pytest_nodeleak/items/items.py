"""Test items without a test file: one for each route, operation or recorded request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.fixtures.fixtures import open_factory
from pytest_nodeleak.fixtures.lent_app import LentApp
from pytest_nodeleak.items.targets import Target, targets_of
from pytest_nodeleak.printed import visible
from pytest_nodeleak.session.addresses import ROOT, addressed
from pytest_nodeleak.session.selection import SWEEPS, names_files
from pytest_nodeleak.session.session import SETTINGS
from pytest_nodeleak.settings.option_values import OPTION_BY_NAME
from pytest_nodeleak.settings.settings import Settings

__all__ = ["SweepCollector", "TargetItem", "check_addresses", "sweep_items"]

_SHOWN_SIMILAR = 5


class TargetItem(pytest.Item):
    """Hammers one target on the app, launched or attached to; asserts it is bounded."""

    parent: SweepCollector

    def __init__(self, *, target: Target, **kwargs: Any) -> None:  # noqa: ANN401  # pytest's
        super().__init__(**kwargs)
        self._target = target

    def runtest(self) -> None:
        """Run the check."""
        with self.parent.lender.lent_to(open_factory(self)) as lent:
            report = lent.seen(self._target.check(lent.app))
            report.assert_bounded()

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the item in reports."""
        return self.config.rootpath, None, self.name


class SweepCollector(pytest.Collector):
    """All items without a file; ends their app after the last of them.

    Attributes:
        lender: Keeps the app.

    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # pytest's
        super().__init__(**kwargs)
        self.lender = LentApp()

    def collect(self) -> Iterator[TargetItem]:
        """Yield an item for each target."""
        for name, target in _named(_asked_for(self.config)):
            yield TargetItem.from_parent(self, name=name, target=target)

    def teardown(self) -> None:
        """End the app."""
        self.lender.close()


def check_addresses(config: pytest.Config) -> None:
    """See to it that the items are there which the command line names.

    Raises:
        InvalidSetting: If one is not.

    """
    names = [name for name, _ in _named(config.stash[SETTINGS])]
    ids = [f"{ROOT}::{name}" for name in names]
    for address in addressed(config):
        if address not in {ROOT, *ids}:
            similar = get_close_matches(address, ids, n=_SHOWN_SIMILAR, cutoff=0.0)
            raise InvalidSetting(
                name="test",
                value=address,
                source="command line",
                expected=f"one of {', '.join(map(repr, similar))}"
                if similar
                else "there: no option gives a route",
            )


def sweep_items(session: pytest.Session) -> list[TargetItem]:
    """Return an item for each target, or for those that the command line names."""
    collector = SweepCollector.from_parent(session, name=ROOT, nodeid=ROOT)
    items = list(collector.collect())
    wanted = addressed(session.config)
    if not wanted or ROOT in wanted:
        return items
    return [one for one in items if one.nodeid in wanted]


def _asked_for(config: pytest.Config) -> Settings:
    """Return the settings with what a session sweeps over.

    Who asks for one file does not want the whole API of the configuration file with it.
    """
    settings = config.stash[SETTINGS]
    if addressed(config) or not names_files(config):
        return settings
    given = {name for name in SWEEPS if config.getoption(OPTION_BY_NAME[name].dest)}
    return replace(
        settings,
        routes=settings.routes if "route" in given else (),
        sweep=replace(
            settings.sweep,
            operations=settings.sweep.operations if "openapi" in given else (),
            recording=settings.sweep.recording if "har" in given else None,
        ),
    )


def _named(settings: Settings) -> Iterator[tuple[str, Target]]:
    """Yield all targets with the names of their items: equal ones are numbered."""
    seen: Counter[str] = Counter()
    for target in targets_of(settings):
        # pytest writes it as it is, and a document may have anything in its paths.
        name = visible(target.name)
        seen[name] += 1
        number = f" ({seen[name]})" if seen[name] > 1 else ""
        yield f"{name}{number}", target
