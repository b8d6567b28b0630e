"""Where the repository is that paths in reports for code hosts are relative to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["find_repository"]

# Where GitHub and GitLab have checked it out.
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def find_repository(directory: Path, environ: Mapping[str, str]) -> Path:
    """Return the root of the repository that a directory is in.

    Args:
        directory: pytest's root directory; returned where there is no repository.
        environ: May name the checkout.

    """
    directory = directory.resolve()
    for name in _CHECKOUTS:
        checkout = Path(environ.get(name) or "/dev/null").resolve()
        if directory.is_relative_to(checkout):
            return checkout
    # A worktree and a submodule have a file of that name.
    around = (one for one in (directory, *directory.parents) if (one / ".git").exists())
    return next(around, directory)
