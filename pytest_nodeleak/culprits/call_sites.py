"""Where in its text a function does what a profile has seen it do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.sync_work import REGEX_CALLS, SyncWork, Work, is_node_s
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.stacks import Stack

__all__ = ["call_site", "function_text", "hot_code"]

# A longer line is a bundler's: what else is on it tells nothing about the one that is hot.
_LONGEST_LINE = 400
_LONGEST_FUNCTION = 5000
# Node wraps some of its functions, and the wrapper's name is not the one in the source.
_ANY_SYNC = r"\w+Sync"


def hot_code(frame: ProfileFrame, hot_line: int | None, scripts: AppScripts) -> str:
    """Return the line that is hot, or all of the function where lines tell nothing."""
    if hot_line is None:
        return ""
    text = scripts.code_of(frame.url)
    begin, end = text.offset(hot_line, 1), text.offset(hot_line + 1, 1)
    line = "" if begin is None else text.text[begin:end]
    return line if len(line) <= _LONGEST_LINE else function_text(frame, scripts)


def function_text(frame: ProfileFrame, scripts: AppScripts) -> str:
    """Return the text of a function, as far as counting braces tells it."""
    text = scripts.code_of(frame.url)
    start = text.offset(frame.line, frame.column)
    if start is None:
        return ""
    body, depth = text.text[start : start + _LONGEST_FUNCTION], 0
    for position, character in enumerate(body):
        depth += (character == "{") - (character == "}")
        if (character == "}" and depth == 0) or depth < 0:
            return body[: position + 1]
    return body


def call_site(
    stack: Stack, own: int, work: SyncWork, scripts: AppScripts
) -> SourcePosition | None:
    """Return the place in a function where it does or calls what blocks."""
    frame = stack.frames[own]
    text = scripts.code_of(frame.url)
    if own > 0:
        names = _names(stack.frames[own - 1], work)
        start, code = (
            text.offset(frame.line, frame.column),
            function_text(frame, scripts),
        )
        line = None
    elif stack.hot_line is not None:
        names = [re.escape(work.call)] if work.call else []
        line = stack.hot_line
        start = text.offset(line, 1)
        end = text.offset(line + 1, 1)
        code = "" if start is None else text.text[start:end]
        if len(code) > _LONGEST_LINE:
            return None
    else:
        return None
    if start is None:
        return None
    for name in names:
        found = re.search(rf"(?<![\w$]){name}\s*\(", code)
        if found is not None:
            return _original_at(frame.url, start + found.start(), scripts)
    if line is None:
        return None
    return _original_at(frame.url, start + len(code) - len(code.lstrip()), scripts)


def _names(inner: ProfileFrame, work: SyncWork) -> Iterable[str]:
    """Return how the call of a function may look in the source."""
    if work.work is Work.MODULE:
        return ["require", "import"]
    if work.work is Work.REGEX:
        return REGEX_CALLS
    name = inner.function.rpartition(".")[2]
    if name and work.call != name and is_node_s(inner):
        return [re.escape(name), _ANY_SYNC]
    return [re.escape(name)] if name else [_ANY_SYNC]


def _original_at(script: str, offset: int, scripts: AppScripts) -> SourcePosition:
    line, column = scripts.code_of(script).position(offset)
    return scripts.original(SourcePosition(script=script, line=line, column=column))
