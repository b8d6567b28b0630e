"""The error that nobody caught, found among whatever else an app prints.

Colours, the prefixes of supervisors (``web_1  | ``, ``[0] ``) and cut lines are put up
with. That a text is there does not prove a death: an app may log what it likes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_nodeleak.nodejs.v8_output import without_colours

__all__ = [
    "PrintedError",
    "StackFrame",
    "find_abort_stack",
    "find_error",
    "parse_error",
]

# The last line of an uncaught error; what stands before it is a supervisor's prefix.
_TRAILER = re.compile(r"(?P<prefix>.*?)Node\.js v\d+\.\d+\.\d+\S*\s*")
_LONGEST_ERROR = 120
_CARETS = re.compile(r"\s*\^+\s*")
_THROWN_AT = re.compile(r"(?P<script>\S.*?):(?P<line>\d{1,9})")
_HEADER = re.compile(
    r"(?:Uncaught )?\[?(?P<name>[A-Za-z_$][\w$.]*)(?: \[(?P<code>[A-Z][A-Z0-9_]+)\])?"
    r"(?:: (?P<message>.*))?",
    re.DOTALL,
)
_FRAME = re.compile(
    r"\s+at (?:(?P<function>.*?) \()?(?:async )?(?P<script>[^()]*?):(?P<line>\d{1,9})"
    r":(?P<column>\d{1,9})\)?"
)
_ABORT_STACK = "----- JavaScript stack trace -----"
_ABORT_FRAME = re.compile(
    r"\s*\d+: (?:(?P<function>.*?) \()?(?P<script>[^()]*?):(?P<line>\d{1,9})"
    r":(?P<column>\d{1,9})\)?"
)
_ANY_FRAME = re.compile(r"\s+at \S.*")
_CODE = re.compile(r"\s*code: '(?P<code>\w+)',?")
_EMITTED = "Emitted 'error' event"
_HINT = "(Use `node --trace-uncaught"
_REJECTED = re.compile(r'rejected with the reason "(?P<reason>.*)"\.?', re.DOTALL)
_REJECTION_NAMES = {"UnhandledPromiseRejection", "ERR_UNHANDLED_REJECTION"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFrame:
    """A function on an error's stack; line and column are 1-based.

    Attributes:
        function: As V8 prints it; empty where it has no name.
        script: A path, a ``file:`` address or ``node:...``.

    """

    function: str
    script: str
    line: int
    column: int

    @property
    def is_internal(self) -> bool:
        """Whether it is Node's own."""
        return self.script.startswith("node:")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedError:
    """An error as its text tells it.

    Attributes:
        name: Its class, e.g. ``"TypeError"``; empty for what is no Error.
        message: Its message, all lines.
        code: Such as ``"EMFILE"``; empty if it has none.
        frames: Its stack, innermost function first.
        is_rejection: Whether a promise is known to have been rejected with it. Node's
            text says so only of what is no Error.

    """

    name: str
    message: str
    code: str = ""
    frames: tuple[StackFrame, ...] = ()
    is_rejection: bool = False

    @property
    def title(self) -> str:
        """Class and message on one line, as Node begins its report."""
        message = " ".join(self.message.split())
        return ": ".join(filter(None, (self.name, message)))


def find_error(lines: Sequence[str]) -> PrintedError | None:
    """Return the error that ended a Node.js process; None if none is printed.

    Node ends its report of an uncaught error with its own version, which tells it from
    the errors an app logs itself.
    """
    plain = [without_colours(line) for line in lines]
    for position in range(len(plain) - 1, -1, -1):
        trailer = _TRAILER.fullmatch(plain[position])
        if trailer is not None:
            start = max(0, position - _LONGEST_ERROR)
            return _error_before(_unprefixed(plain[start:position], trailer["prefix"]))
    return None


def find_abort_stack(lines: Sequence[str]) -> tuple[StackFrame, ...]:
    """Return what JavaScript did when the process aborted; empty if Node did not say."""
    plain = [without_colours(line) for line in lines]
    starts = [n for n, line in enumerate(plain) if line.endswith(_ABORT_STACK)]
    if not starts:
        return ()
    matches = (_ABORT_FRAME.fullmatch(line) for line in plain[starts[-1] + 1 :])
    return tuple(map(_frame_of, filter(None, matches)))


def _frame_of(match: re.Match[str]) -> StackFrame:
    return StackFrame(
        function=_function_name(match["function"] or ""),
        script=match["script"],
        line=int(match["line"]),
        column=int(match["column"]),
    )


def _unprefixed(lines: Sequence[str], prefix: str) -> list[str]:
    """Take off what a supervisor puts before each line; its numbers may differ."""
    pattern = re.compile(
        "".join(
            r"\d+" if part.isdigit() else re.escape(part) for part in _parts(prefix)
        )
    )
    own = []
    for line in lines:
        match = pattern.match(line) or pattern.match(f"{line} ")
        if match is not None:
            own.append(line[match.end() :])
    return own


def _parts(text: str) -> list[str]:
    return re.findall(r"\d+|\D+", text)


def _error_before(lines: list[str]) -> PrintedError | None:
    """Parse the lines before the trailer: place, source line, carets, error."""
    carets = [n for n, line in enumerate(lines) if _CARETS.fullmatch(line)]
    if carets:
        start = carets[-1] + 1
    else:
        # The source line was too long for Node, or for us.
        frames = [n for n, line in enumerate(lines) if _ANY_FRAME.fullmatch(line)]
        if not frames:
            return None
        start = _start_of_block(lines, frames[-1])
    own = [line for line in lines[start:] if not line.startswith(_HINT)]
    text = "\n".join(own).strip("\n")
    if not text:
        return None
    error = parse_error(text)
    thrown_at = _thrown_at(lines[: carets[-1]]) if carets else None
    if error.frames or error.is_rejection or thrown_at is None:
        return error
    return replace(error, frames=(thrown_at,))


def _start_of_block(lines: Sequence[str], end: int) -> int:
    start = end
    while start > 0 and lines[start - 1].strip():
        start -= 1
    return start


def _thrown_at(lines: Sequence[str]) -> StackFrame | None:
    """Return the place that Node names above the source line it shows."""
    for line in reversed(lines[-3:]):
        match = _THROWN_AT.fullmatch(line.strip())
        if match is not None:
            return StackFrame(
                function="", script=match["script"], line=int(match["line"]), column=1
            )
    return None


def parse_error(text: str, *, code: str = "") -> PrintedError:
    """Parse an error's stack, as ``error.stack`` or Node's inspection of it has it.

    Args:
        text: With or without frames and properties.
        code: The error's code, where that is known otherwise.

    """
    lines = text.split("\n")
    frames = [n for n, line in enumerate(lines) if _ANY_FRAME.fullmatch(line)]
    head = "\n".join(lines[: _start_of_frames(lines, frames)])
    if not code:
        codes = (_CODE.fullmatch(line) for line in lines)
        code = next((match["code"] for match in codes if match is not None), "")
    match = _HEADER.fullmatch(head)
    if match is None or not _is_error_name(match["name"], has_frames=bool(frames)):
        message = head
        name = ""
    else:
        name = match["name"]
        message = (match["message"] or "").removesuffix("] {").removesuffix("]")
        code = code or match["code"] or ""
    rejected = _REJECTED.search(message)
    is_rejection = bool({name, code} & _REJECTION_NAMES)
    if is_rejection and rejected is not None:
        name, message = "", rejected["reason"]
    return PrintedError(
        name=name,
        message=message.strip(),
        code=code,
        # Of what is no Error only Node's own functions are known.
        frames=_frames(lines, frames) if name else (),
        is_rejection=is_rejection,
    )


def _start_of_frames(lines: Sequence[str], frames: Sequence[int]) -> int:
    """Return where the message ends: a message may have lines that look like frames."""
    own = (n for n in frames if _FRAME.fullmatch(lines[n].removesuffix(" {")))
    emitted = (n for n, line in enumerate(lines) if line.startswith(_EMITTED))
    properties = (n + 1 for n, line in enumerate(lines) if line.endswith("] {"))
    return min([*own, *emitted, *properties, len(lines)])


def _is_error_name(name: str, *, has_frames: bool) -> bool:
    return has_frames or name.endswith(("Error", "Exception", "Rejection"))


def _frames(lines: Sequence[str], positions: Sequence[int]) -> tuple[StackFrame, ...]:
    """Return the frames of the error itself, without its cause's and the emitter's."""
    frames: list[StackFrame] = []
    for number, line in enumerate(lines):
        if frames and number not in positions and not line.startswith("    ... "):
            break
        match = _FRAME.fullmatch(line.removesuffix(" {"))
        if match is not None:
            frames.append(_frame_of(match))
            if line.endswith(" {"):
                break
    return tuple(frames)


def _function_name(text: str) -> str:
    """Return the name without ``async``, ``new`` and what it was called as."""
    name = re.sub(r" \[as .*\]$", "", text).removeprefix("async ").removeprefix("new ")
    return "" if name.endswith("<anonymous>") else name
