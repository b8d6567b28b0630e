"""A headless Chromium, driven through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

__all__ = ["PHONE", "WIDE", "ChromiumMissing", "Page", "Viewport", "open_browser"]

Viewport = tuple[int, int]

WIDE: Viewport = (1280, 900)
PHONE: Viewport = (375, 812)

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless=new",
    # Not possible for root, who CI runs as; nothing but our own page is opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
_ADDRESS = "DevTools listening on "
_START_S, _REPLY_S = 60.0, 20.0
# What a page that is fine has none of.
_COMPLAINTS = {
    "Log.entryAdded",
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
    "Audits.issueAdded",
}


class ChromiumMissing(Exception):
    """There is no Chromium here."""

    def __str__(self) -> str:
        return (
            f"none of {', '.join(_COMMANDS)} is on PATH; install it with `make chromium`,"
            " or `apt-get install chromium`"
        )


class Page:
    """One tab.

    Attributes:
        complaints: What the browser had to say of the page: errors, messages, violations of
            its policy.
        requests: The addresses that it asked for.

    """

    def __init__(self, connection: ClientConnection, session: str) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._connection = connection
        self._session = session
        self._numbers = count(1)

    @classmethod
    def open(cls, connection: ClientConnection) -> Self:
        """Open a tab."""
        root = cls(connection, "")
        target = root.send("Target.createTarget", url="about:blank")["targetId"]
        attached = root.send("Target.attachToTarget", targetId=target, flatten=True)
        page = cls(connection, attached["sessionId"])
        page._numbers = root._numbers
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            page.send(f"{domain}.enable")
        return page

    def go(
        self, address: str, *, viewport: Viewport = WIDE, is_dark: bool = False
    ) -> None:
        """Load an address anew, and wait until it is there."""
        self.look(viewport=viewport, is_dark=is_dark)
        # Another fragment of the same document would not load it again.
        self.send("Page.navigate", url="about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.send("Page.navigate", url=address)
        self.evaluate(
            "new Promise((done) => document.readyState === 'complete' ? done()"
            " : addEventListener('load', () => done()))"
        )
        self.settle()

    def look(self, *, viewport: Viewport = WIDE, is_dark: bool = False) -> None:
        """Have a window of such a size, and a system that is dark or light."""
        width, height = viewport
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = "dark" if is_dark else "light"
        self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def settle(self) -> None:
        """Wait for two frames, so that what was changed is drawn."""
        self.evaluate(
            "new Promise((done) => requestAnimationFrame("
            "() => requestAnimationFrame(() => done())))"
        )

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "End": 35}.get(key, 0)
        kinds = ("keyDown" if text else "rawKeyDown", "keyUp")
        for kind in kinds:
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                text=text if kind == "keyDown" else "",
                windowsVirtualKeyCode=code,
            )

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401  # whatever JSON has
        """Return the value of an expression, awaited if it is a promise."""
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def screenshot(self, path: Path, *, is_whole: bool = False) -> None:
        """Write a picture of what is seen, or of the whole page."""
        shot = self.send(
            "Page.captureScreenshot", format="png", captureBeyondViewport=is_whole
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def send(self, method: str, **params: object) -> Mapping[str, Any]:
        """Return the answer to a command."""
        number = next(self._numbers)
        message: dict[str, object] = {
            "id": number,
            "method": method,
            "params": params,
        }
        if self._session:
            message["sessionId"] = self._session
        self._connection.send(json.dumps(message))
        while True:
            answer = json.loads(self._connection.recv(timeout=_REPLY_S))
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: Mapping[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _note(self, event: Mapping[str, Any]) -> None:
        if event.get("sessionId") != self._session:
            return
        if event["method"] in _COMPLAINTS:
            self.complaints.append(json.dumps(event["params"])[:1000])
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])


@contextmanager
def open_browser() -> Iterator[Page]:
    """Start a Chromium with one tab, and end it.

    Raises:
        ChromiumMissing: If there is none.

    """
    command = next(filter(None, map(shutil.which, _COMMANDS)), None)
    if command is None:
        raise ChromiumMissing
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [command, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            with connect(
                _address(process), compression=None, max_size=None, ping_interval=None
            ) as connection:
                page = Page.open(connection)
                yield page
                page.send("Browser.close")
        finally:
            process.terminate()
            process.wait(timeout=_REPLY_S)
            if process.stderr is not None:
                process.stderr.close()


def _address(process: subprocess.Popen[str]) -> str:
    """Return the address that Chromium prints."""
    said: list[str] = []
    # One that says nothing must not keep the tests for good.
    impatience = threading.Timer(_START_S, process.kill)
    impatience.start()
    try:
        for line in process.stderr or ():
            said.append(line)
            if line.startswith(_ADDRESS):
                return line.removeprefix(_ADDRESS).strip()
    finally:
        impatience.cancel()
    raise AssertionError(f"chromium did not start: {''.join(said[-20:])}")
