"""Which Node.js there is, and whether its inspector lets itself be used."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, SnapshotChunk
from pytest_nodeleak.cdp.messages import evaluate, take_heap_snapshot
from pytest_nodeleak.commands.symptom import Symptom, fails, fine, warn
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.exceptions import NodeLeakError, NodeNotFound
from pytest_nodeleak.inspection.resume import resume
from pytest_nodeleak.inspection.scripts import unread, value_of
from pytest_nodeleak.nodejs.binary import NodeBinary, find_node
from pytest_nodeleak.nodejs.command import AppSpec
from pytest_nodeleak.nodejs.launcher import RunningApp

__all__ = ["nodejs_symptoms"]

_NEWEST_MAJOR = 26
_APP = """\
require('node:http').createServer((_, response) => response.end('ok'))
  .listen(process.env.PORT, '127.0.0.1');
"""
_LONGEST_PROBLEM = 400
_START_S, _ANSWER_S = 20.0, 20.0
# Options of Node.js that decide whether an app can be measured.
_DECISIVE = re.compile(
    r"--(?:inspect\S*|(?:experimental-)?permission|disable-sigusr1|max-old-space-size\S*)"
)


def nodejs_symptoms(explicit: str | None) -> Iterator[Symptom]:
    """Find Node.js, and start a tiny app with it.

    Args:
        explicit: The binary that was named, if any.

    """
    options = os.environ.get("NODE_OPTIONS", "")
    try:
        node = find_node(explicit, os.environ)
    except NodeNotFound as exc:
        problem, _, remedy = str(exc).partition("\n")
        yield fails("node", problem, remedy)
        return
    yield _binary(node, _source(explicit))
    if options:
        yield _options(options)
    yield _inspector(node, options)


def _source(explicit: str | None) -> str:
    if explicit:
        return "as named"
    if os.environ.get("NODELEAK_NODE"):
        return "from NODELEAK_NODE"
    return "from PATH" if shutil.which("node") else "the embedded one"


def _binary(node: NodeBinary, source: str) -> Symptom:
    text = f"{node.version}, {node.path} ({source})"
    major = int(node.version.removeprefix("v").partition(".")[0])
    if major > _NEWEST_MAJOR:
        return warn(
            "node", text, f"Newer than {_NEWEST_MAJOR}, the newest that was tested."
        )
    return fine("node", text)


def _options(options: str) -> Symptom:
    decisive = ", ".join(_DECISIVE.findall(options))
    text = f"{options} (every app that is started inherits them)"
    if "permission" in decisive and "--allow-inspector" not in options:
        return warn(
            "NODE_OPTIONS",
            text,
            "Under --permission Node.js opens an inspector only with --allow-inspector,"
            " which came with version 25.",
        )
    if decisive:
        return warn(
            "NODE_OPTIONS", text, f"They change how apps are measured: {decisive}."
        )
    return fine("NODE_OPTIONS", text)


def _inspector(node: NodeBinary, options: str) -> Symptom:
    seconds = Deadline(_START_S + _ANSWER_S)
    try:
        bytes_read = _try_inspector(node)
    except NodeLeakError as exc:
        problem = textwrap.shorten(str(exc), _LONGEST_PROBLEM, placeholder=" ...")
        return fails(
            "inspector",
            f"a tiny app could not be measured: {problem}",
            "No app can be measured as long as that is so."
            + (f" NODE_OPTIONS is {options!r}: try without." if options else "")
            + " Hardened builds of Node.js have no inspector (node -p"
            " process.features.inspector); then take the embedded one.",
        )
    return fine(
        "inspector",
        f"a tiny app was started, asked, and its heap read ({bytes_read / 1e6:.1f} MB)"
        f" within {seconds.elapsed_s():.1f} s",
    )


def _try_inspector(node: NodeBinary) -> int:
    """Start an app, evaluate something in it and take a snapshot; return its size."""
    with tempfile.TemporaryDirectory(prefix="nodeleak-") as directory:
        (Path(directory) / "app.cjs").write_text(_APP, encoding="utf-8")
        spec = AppSpec(command="node app.cjs", cwd=Path(directory))
        size = 0

        def count(event: Event) -> None:
            nonlocal size
            if isinstance(event, SnapshotChunk):
                size += len(event.text)

        with (
            RunningApp.launch(spec, node, Deadline(_START_S), resume=resume) as app,
            InspectorClient.open(app.inspector_url, Deadline(_ANSWER_S)) as client,
        ):
            deadline = Deadline(_ANSWER_S)
            value_of(
                client.execute(evaluate("process.version"), deadline), "doctor", unread
            )
            client.execute(take_heap_snapshot(), deadline, on_event=count)
        return size
