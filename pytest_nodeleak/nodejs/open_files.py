"""The limit of open files of an app alone: ours is never touched."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["limit_open_files", "open_files_limit"]

# Node 26 itself opens 30, and the inspector and the load's connections come on top.
_FEWEST = 64
# Both limits: Node raises its soft one to the hard one when it starts.
_SCRIPT = 'ulimit -n "$0" && exec "$@"'


def open_files_limit(text: str) -> int:
    """Read how many files an app may have open.

    Raises:
        ValueError: If it is no number, one that no Node.js starts with, or more than
            this user may have; or if the system knows no such limit.

    """
    try:
        import resource  # noqa: PLC0415  # there is none on Windows
    except ImportError:
        msg = "possible here: this system has no such limit; use Linux or macOS"
        raise ValueError(msg) from None
    if not text.isdecimal() or int(text) < _FEWEST:
        msg = f"a number of at least {_FEWEST}; write e.g. '256'"
        raise ValueError(msg)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY and int(text) > most:
        msg = f"at most {most:,}, the limit of this user (ulimit -Hn)"
        raise ValueError(msg)
    return int(text)


def limit_open_files(argv: Sequence[str], most: int) -> tuple[str, ...]:
    """Return a command that lowers its own limit of open files and becomes this one.

    The limit is set before the app exists and nowhere else; what it starts inherits it.
    """
    return ("/bin/sh", "-c", _SCRIPT, str(most), *argv)
