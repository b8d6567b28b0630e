"""Which baselines a session compares with and saves, as its options say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_nodeleak.settings.option_values import OPTION_BY_NAME, given_for
from pytest_nodeleak.settings.options import app_base

if TYPE_CHECKING:
    import pytest

    from pytest_nodeleak.baselines.baseline import Baseline
    from pytest_nodeleak.baselines.file import BaselineFile

__all__ = ["BaselineSetting", "baseline_setting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSetting:
    """The baselines of a session.

    Attributes:
        save: The file that is saved, if one is.
        compare: The file that checks are compared with, if they are.
        known: What is in it.

    """

    save: BaselineFile | None = None
    compare: BaselineFile | None = None
    known: Baseline | None = None

    @property
    def is_ratchet(self) -> bool:
        """Whether the file that is compared with is the one that is saved."""
        if self.save is None or self.compare is None:
            return False
        return self.save.path.resolve() == self.compare.path.resolve()

    @property
    def is_used(self) -> bool:
        """Whether there is anything to do at all."""
        return self.save is not None or self.compare is not None


def baseline_setting(config: pytest.Config) -> BaselineSetting:
    """Return the baselines, and read the one that is compared with.

    Raises:
        InvalidSetting: If it is missing or no baseline, or if a file that is none would
            be written over.

    """
    save, compare = _file(config, "save"), _file(config, "compare")
    files = BaselineSetting(save=save, compare=compare)
    if not files.is_used:
        return files
    from pytest_nodeleak.baselines.file import read_baseline

    if save is not None:
        read_baseline(save, may_lack=True)
    known = None
    if compare is not None:
        known = read_baseline(compare, may_lack=files.is_ratchet)
    return BaselineSetting(save=save, compare=compare, known=known)


def _file(config: pytest.Config, name: str) -> BaselineFile | None:
    given = given_for(config, OPTION_BY_NAME[name])
    if given is None:
        return None
    from pytest_nodeleak.baselines.file import BaselineFile

    return BaselineFile.named(
        given.text,
        option=name,
        source=given.source,
        home=app_base(config),
        directory=config.invocation_params.dir if given.is_flag else config.rootpath,
    )
