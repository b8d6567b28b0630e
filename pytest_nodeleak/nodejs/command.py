"""From what the user typed to what is started."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_nodeleak.exceptions import InvalidSetting

__all__ = ["AppSpec", "Invocation", "prepare_invocation"]

_NODE_NAMES = {"node", "nodejs", "node.exe"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSpec:
    """How to start an app.

    Attributes:
        command: As typed in a shell, e.g. ``"node server.js"`` or ``"npm start"``.
        cwd: The directory to start it in.
        env: Added to the environment of pytest.
        max_old_space_size_mb: V8's old-space limit; None leaves V8's default.
        max_semi_space_size_mb: V8's semi-space limit; None leaves V8's default.
        node_args: More flags for Node.
        memory_limit_bytes: Of all its processes together, as a container has it.
        max_open_files: Of each of its processes; None leaves the system's limit.

    """

    command: str
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    max_old_space_size_mb: int | None = None
    max_semi_space_size_mb: int | None = None
    node_args: tuple[str, ...] = ()
    memory_limit_bytes: int | None = None
    max_open_files: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What is handed to the operating system."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


def prepare_invocation(
    spec: AppSpec, *, node: Path, port: int, environ: Mapping[str, str]
) -> Invocation:
    """Add the inspector, the limits and the port to the app's command.

    A command that starts with ``node`` gets flags, which its child processes do not
    inherit; any other (``npm start``, a script) gets ``NODE_OPTIONS``, which they do.

    Raises:
        InvalidSetting: If the command cannot be split into words, or is empty.

    """
    words = _split(spec.command)
    flags = node_flags(spec)
    env = {**environ, **spec.env, "PORT": str(port)}
    env["PATH"] = os.pathsep.join(filter(None, (str(node.parent), env.get("PATH"))))
    if Path(words[0]).name in _NODE_NAMES:
        argv = (str(node), *flags, *words[1:])
    else:
        own = env.get("NODE_OPTIONS", "")
        env["NODE_OPTIONS"] = " ".join(filter(None, (own, *map(_quote, flags))))
        argv = words
    return Invocation(argv=argv, cwd=spec.cwd, env=env)


def node_flags(spec: AppSpec) -> tuple[str, ...]:
    """Return the flags Node is started with."""
    # Port 0: several apps run side by side, and wrappers such as npm are Node as well.
    flags = ["--inspect=127.0.0.1:0"]
    if spec.max_old_space_size_mb is not None:
        flags.append(f"--max-old-space-size={spec.max_old_space_size_mb}")
    if spec.max_semi_space_size_mb is not None:
        flags.append(f"--max-semi-space-size={spec.max_semi_space_size_mb}")
    return (*flags, *spec.node_args)


def _quote(flag: str) -> str:
    """Keep a flag whole where Node splits ``NODE_OPTIONS`` at spaces."""
    if not re.search(r'[\s"]', flag):
        return flag
    escaped = flag.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _split(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        words = ()
    if not words:
        raise InvalidSetting(
            name="app command",
            value=command,
            source="nodeleak_app",
            expected="a command such as 'node server.js' or 'npm start'",
        )
    return words
