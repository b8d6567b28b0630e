"""Whether a session ran all tests, as far as pytest can tell."""

from __future__ import annotations

import pytest

from pytest_nodeleak.session.addresses import addressed
from pytest_nodeleak.settings.option_values import OPTION_BY_NAME, is_overridden

__all__ = ["SWEEPS", "is_whole", "names_files"]

# Options that make test items without a file.
SWEEPS = ("route", "openapi", "har")
# Options of pytest itself that leave tests out. Deselection in xdist's workers is not told
# to the controller, but it has their options.
_SELECTING = (
    "keyword",
    "markexpr",
    "deselect",
    "lf",
    "stepwise",
    "ignore",
    "ignore_glob",
)


def is_whole(session: pytest.Session) -> bool:
    """Tell whether a session that ends was neither narrowed nor cut short.

    Directories on the command line count as a whole suite, files and tests do not.
    """
    config = session.config
    if any(config.getoption(name, None) for name in _SELECTING):
        return False
    if session.shouldstop or session.shouldfail:
        return False
    if addressed(config):
        return False
    if any(is_overridden(config, OPTION_BY_NAME[name]) for name in SWEEPS):
        # The command line's sweeps take the place of the file's.
        return False
    return not names_files(config)


def names_files(config: pytest.Config) -> bool:
    """Tell whether the command line asks for files or tests, and not for directories."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    directory = config.invocation_params.dir
    return not all((directory / argument).is_dir() for argument in config.args)
