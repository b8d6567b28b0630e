"""Load from a tool of its own, such as k6 or Locust, started for each round."""

from __future__ import annotations

import math
import os
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import InvalidSetting, LoadCommandFailed, describe_exit
from pytest_nodeleak.load.result import LoadResult

__all__ = ["CommandDriver", "LoadCommand"]

_EXAMPLE = r"e.g. load_count=r'http_reqs\S* (\d+)'"
_SHOWN_LINES = 20
_SUCCESS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCommand:
    """How the tool is started, and how its output tells what it sent.

    Attributes:
        command: As typed in a shell, with ``{requests}``, ``{base_url}``, ``{host}`` and
            ``{port}``.
        count: A regular expression whose group is the number of requests; of several
            matches in what the tool prints the last one counts.

    Raises:
        InvalidSetting: If one of them cannot be used.

    """

    command: str
    count: str

    def __post_init__(self) -> None:
        """Check both."""
        try:
            groups = re.compile(self.count).groups
        except re.error:
            groups = 0
        if groups != 1:
            raise InvalidSetting(
                name="load_count",
                value=self.count,
                source="hammer()",
                expected=f"a regular expression with one group, {_EXAMPLE}",
            )
        self.words(Endpoint(base_url="http://127.0.0.1:80"), 1)

    def words(self, endpoint: Endpoint, requests: int) -> list[str]:
        """Return the command for so many requests."""
        if endpoint.socket_path is not None:
            raise InvalidSetting(
                name="load_command",
                value=self.command,
                source="hammer()",
                expected=f"for an app on the Unix socket {endpoint.socket_path}: let it"
                " listen on a port",
            )
        address = urlsplit(endpoint.base_url)
        usual_port = 443 if address.scheme == "https" else 80
        try:
            filled = self.command.format(
                requests=requests,
                base_url=endpoint.base_url,
                host=address.hostname,
                port=address.port or usual_port,
            )
            words = shlex.split(filled)
        except (ValueError, LookupError, AttributeError):
            words = []
        if not words:
            raise InvalidSetting(
                name="load_command",
                value=self.command,
                source="hammer()",
                expected="a command with {requests}, {base_url}, {host} or {port}; a"
                " brace of its own is written twice",
            )
        return words


class CommandDriver:
    """Starts the tool for each round and waits for its end.

    Args:
        load: What is started.
        endpoint: Where to.
        abandon: After this the tool is ended, and what it sent does not count.

    """

    def __init__(
        self, load: LoadCommand, endpoint: Endpoint, *, abandon: Deadline | None = None
    ) -> None:
        self._load = load
        self._endpoint = endpoint
        self._abandon = abandon or Deadline(math.inf)

    @property
    def targets(self) -> Sequence[str]:
        """The command, as it was given."""
        return [self._load.command]

    def run(
        self, requests: int, deadline: Deadline, *, only: int | None = None
    ) -> LoadResult:
        """Let the tool send requests; how many is what it prints.

        Raises:
            LoadCommandFailed: If the tool cannot be started, fails, or prints no number.

        """
        del only  # the tool knows what it mixes
        if deadline.has_passed():
            return _sent(0, 0.0)
        started_s = time.perf_counter()
        output = self._output_of(self._load.words(self._endpoint, requests))
        elapsed_s = time.perf_counter() - started_s
        if output is None:
            return _sent(0, elapsed_s)
        counts = re.findall(self._load.count, output)
        if not counts or not str(counts[-1]).isdecimal():
            raise LoadCommandFailed(
                command=self._load.command,
                problem=f"load_count={self._load.count!r} finds no whole number in what"
                " it prints",
                output_tail=output.splitlines()[-_SHOWN_LINES:],
            )
        return _sent(int(counts[-1]), elapsed_s)

    def _output_of(self, words: list[str]) -> str | None:
        """Return what the tool prints; None if it had to be ended."""
        try:
            process = subprocess.Popen(
                words,
                env={**os.environ, "BASE_URL": self._endpoint.base_url},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Ended with all it started.
                start_new_session=True,
            )
        except OSError as exc:
            raise LoadCommandFailed(
                command=self._load.command, problem=f"it cannot be started: {exc}"
            ) from exc
        left_s = self._abandon.remaining_s()
        with process:
            try:
                printed, _ = process.communicate(
                    timeout=None if math.isinf(left_s) else left_s
                )
            except subprocess.TimeoutExpired:
                return None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        output = printed.decode(errors="replace")
        if process.returncode:
            raise LoadCommandFailed(
                command=self._load.command,
                problem=f"it ended with {describe_exit(process.returncode)}",
                output_tail=output.splitlines()[-_SHOWN_LINES:],
            )
        return output

    def close(self) -> None:
        """Leave nothing open: each round has ended what it started."""


def _sent(requests: int, elapsed_s: float) -> LoadResult:
    """Return a load whose answers the tool has judged."""
    return LoadResult(
        requests=requests,
        elapsed_s=elapsed_s,
        statuses=Counter({_SUCCESS: requests}),
        bad=0,
        first_bad=None,
    )
