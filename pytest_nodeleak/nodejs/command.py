"""From what the user typed to what is started."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_nodeleak.endpoint import Verify
from pytest_nodeleak.exceptions import InvalidSetting

__all__ = ["AppSpec", "Invocation", "prepare_invocation", "starts_node"]

_NODE_NAMES = {"node", "nodejs", "node.exe"}
_FLAG = r"--inspect(?:-brk|-wait|-port)?(?:=\S*)?"
_INSPECTOR = re.compile(_FLAG)
_INSPECTOR_IN_OPTIONS = re.compile(rf"(?<!\S){_FLAG}(?!\S)")
# Flags of Node that may stand apart from their value.
_TAKE_A_VALUE = {"-r", "--require", "--import", "-C", "--conditions", "--loader"}
_TAKE_A_VALUE |= {"--experimental-loader", "--env-file", "--env-file-if-exists"}


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
        port: The port it serves on; None for any.
        verify: Whether the app's certificate is checked, should it have one; a text is
            a file of certificates to trust.
        memory_limit_bytes: Of all its processes together, as a container has it.
        max_open_files: Of each of its processes; None leaves the system's limit.

    """

    command: str
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    max_old_space_size_mb: int | None = None
    max_semi_space_size_mb: int | None = None
    node_args: tuple[str, ...] = ()
    port: int | None = None
    verify: Verify = True
    memory_limit_bytes: int | None = None
    max_open_files: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What is handed to the operating system."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


def prepare_invocation(  # noqa: PLR0913  # all optional but the first
    spec: AppSpec,
    *,
    node: Path,
    port: int,
    environ: Mapping[str, str],
    handed_down: bool = False,
    preload: Path | None = None,
) -> Invocation:
    """Add the inspector, the limits and the port to the app's command.

    A command that starts with ``node`` gets flags, which its child processes do not
    inherit; any other (``npm start``, a script) gets ``NODE_OPTIONS``, which they do.
    An inspector the command asks for itself is ours to start: it may stop the app at its
    first line, or share its port with another app.

    Args:
        spec: What the user typed.
        node: The binary.
        port: For ``PORT``.
        environ: That of pytest.
        handed_down: Whether a command of ``node`` gets ``NODE_OPTIONS`` as well: where
            it is a launcher, as ``node node_modules/tsx/dist/cli.mjs`` is.
        preload: A file that Node.js loads before the app's own; none if None.

    Raises:
        InvalidSetting: If the command cannot be split into words, or is empty.

    """
    words = _split(spec.command)
    env = {**environ, **spec.env, "PORT": str(port)}
    env["PATH"] = os.pathsep.join(filter(None, (str(node.parent), env.get("PATH"))))
    if own := env.get("NODE_OPTIONS"):
        env["NODE_OPTIONS"] = _INSPECTOR_IN_OPTIONS.sub("", own).strip()
    flags, argv = node_flags(spec, preload), words
    if _is_node(words):
        argv = (str(node), *flags, *_without_inspector(words[1:]))
        # What is not ours may not be allowed there.
        flags = flags[: len(flags) - len(spec.node_args)]
    if not _is_node(words) or handed_down:
        options = (env.get("NODE_OPTIONS"), *map(_quote, flags))
        env["NODE_OPTIONS"] = " ".join(filter(None, options))
    return Invocation(argv=argv, cwd=spec.cwd, env=env)


def starts_node(spec: AppSpec) -> bool:
    """Tell whether the command is one of Node.js itself."""
    return _is_node(_split(spec.command))


def _is_node(words: Sequence[str]) -> bool:
    return Path(words[0]).name in _NODE_NAMES


def node_flags(spec: AppSpec, preload: Path | None = None) -> tuple[str, ...]:
    """Return the flags Node is started with."""
    # Port 0: several apps run side by side, and wrappers such as npm are Node as well.
    flags = ["--inspect=127.0.0.1:0"]
    if spec.max_old_space_size_mb is not None:
        flags.append(f"--max-old-space-size={spec.max_old_space_size_mb}")
    if spec.max_semi_space_size_mb is not None:
        flags.append(f"--max-semi-space-size={spec.max_semi_space_size_mb}")
    if preload is not None:
        flags.append(f"--require={preload}")
    return (*flags, *spec.node_args)


def _without_inspector(words: Sequence[str]) -> list[str]:
    """Drop the inspector's flags of a command; what follows the script is the app's."""
    kept, before_script = [], True
    for position, word in enumerate(words):
        if before_script and _INSPECTOR.fullmatch(word):
            continue
        takes_value = position > 0 and words[position - 1] in _TAKE_A_VALUE
        before_script &= word.startswith("-") or takes_value
        kept.append(word)
    return kept


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
