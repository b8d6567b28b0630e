"""An app that was started elsewhere and is left running: known by its inspector alone."""

from __future__ import annotations

import re
import threading
import uuid
from pathlib import Path

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.messages import (
    call_function_on,
    evaluate,
    release_object_group,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endpoint import Endpoint
from pytest_nodeleak.exceptions import AppExited, CannotAttach, InspectorClosed
from pytest_nodeleak.inspection.scripts import remote_of, value_of
from pytest_nodeleak.nodejs.binary import OLDEST_MAJOR
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress, remote_warning
from pytest_nodeleak.nodejs.ports import answering, send_marked
from pytest_nodeleak.nodejs.targets import NoAnswer, Target, find_target, list_targets
from pytest_nodeleak.probe import load_script

__all__ = ["AttachedApp"]

_POLL_S = 0.1
# A port that is forwarded takes a moment longer than the loopback.
_LOOK_S = 2.0
_ANSWERS_S = 2.0
# Fewer is the pause between two answers of a slow route.
_SILENCE_S = 0.5
_GROUP = "nodeleak-attach"
_VERSION = re.compile(r"v\d{1,9}\..*", re.DOTALL)
_WHO = "[process.version, process.cwd()]"
# Enough to see one of two replicas missed.
_TIDYING_S = 2.0
_MARKED_REQUESTS = 4


class AttachedApp:
    """An app that serves, can be inspected, and is not ours.

    Attributes:
        endpoint: Where it serves, as we reach it.
        address: Where its inspector was to be found.
        inspector_url: The WebSocket address of that.
        node_version: As the process says.
        directory: Its working directory, on whatever machine.

    """

    pid = None
    root_pid = None
    memory_limit = None

    def __init__(  # noqa: PLR0913  # built in one place, by attach()
        self,
        address: InspectorAddress,
        target: Target,
        endpoint: Endpoint,
        *,
        node_version: str,
        directory: Path,
        is_seen: bool,
    ) -> None:
        self.address = address
        self.endpoint = endpoint
        self.inspector_url = target.url
        self.node_version = node_version
        self.directory = directory
        self._target = target
        # With the address that its name stood for.
        self._where = InspectorAddress.parse(target.url)
        self._access_note = remote_warning(address)
        self._load_note = ""
        if not is_seen:
            self._load_note = (
                f"whether the load at {endpoint.base_url} reaches the process that is"
                " measured could not be seen: Node.js does not tell of HTTP/2"
            )

    @classmethod
    def attach(
        cls, address: InspectorAddress, endpoint: Endpoint, deadline: Deadline
    ) -> AttachedApp:
        """Find the app, and see that the load will reach what is measured.

        Raises:
            CannotAttach: If there is no Node.js at the address, or none that serves.
            UntrustedCertificate: If its certificate is not trusted.
            InspectorError: If its inspector does not answer as expected.
            DeadlineExceeded: If it does not answer in time.

        """
        target = find_target(address, deadline)
        with InspectorClient.open(target.url, deadline) as client:
            version, directory = _who(client, address, deadline)
            endpoint, is_seen = _reach(client, address, endpoint, deadline)
        return cls(
            address,
            target,
            endpoint,
            node_version=version,
            directory=directory,
            is_seen=is_seen,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how it is observed."""
        return tuple(filter(None, [self._access_note, self._load_note]))

    def output_tail(self, count: int = 20) -> None:
        """Return None: what it prints, those read who started it."""

    def note_workers(self) -> None:
        """Do nothing: one process is known."""

    def count_twins(self) -> int:
        """Return 1: one process is known."""
        return 1

    def is_alive(self) -> bool:
        """Tell whether its inspector is there.

        It answers beside the app's own thread, also while that is busy, and no more once
        the app is about to exit.
        """
        return self._look() == ""

    def may_answer(self, silent_s: float) -> bool:
        """Tell whether a request that was sent so long ago may still be answered."""
        return silent_s < _SILENCE_S or self.is_alive()

    def is_alive_after(self, deadline: Deadline) -> bool:
        """Tell whether it runs to the deadline; returns earlier if it does not."""
        return self._wait_for_end(deadline) == ""

    def raise_if_exited(
        self,
        *,
        stage: str,
        requests_answered: int = 0,
        grace_s: float = 0.0,
        lost_answers: bool = False,
    ) -> None:
        """Raise :class:`AppExited` if it has ended; see :class:`ObservedApp`.

        Raises:
            InspectorClosed: If it still serves, and only its inspector is out of reach;
                or if the way to it hangs.

        """
        del lost_answers  # no other process of it is known
        seen = self._wait_for_end(Deadline(grace_s))
        if not seen:
            self._raise_if_silent(stage)
            return
        if seen != _RESTARTED:
            base_url = self.endpoint.base_url
            if answering(self.endpoint, Deadline(_ANSWERS_S)) is not None:
                raise InspectorClosed(
                    during=f"the check, {stage}",
                    reason=f"{base_url} answers still, and the inspector at"
                    f" {self.address} does not ({seen}): the forwarding of its port was"
                    " cut, or the app was started again without --inspect",
                    remedy="see that it stays, and run the check again: what we have put"
                    " into the app takes itself out soon",
                )
            seen = (
                f"neither its inspector at {self.address} nor {base_url} answers any more,"
                " so it has ended, or the way to it is cut"
            )
        raise AppExited(
            returncode=None,
            stage=stage,
            output_tail=None,
            requests=requests_answered,
            seen=seen,
        )

    def stop(self) -> None:
        """Leave it running."""

    def _raise_if_silent(self, stage: str) -> None:
        """Raise if the inspector is not reached: no loop of the app holds it up."""
        listed = list_targets(self._where, Deadline(_LOOK_S))
        if isinstance(listed, NoAnswer) and listed.is_silent:
            raise InspectorClosed(
                during=f"the check, {stage}",
                reason=f"the inspector at {self.address} does not answer within"
                f" {_LOOK_S:.0f} s, though it does so beside the app's own thread: the way"
                " to it hangs, or its machine does",
                remedy="see to that, and run the check again",
            )

    def _wait_for_end(self, deadline: Deadline) -> str:
        """Return how it has ended; empty if it has not by the deadline."""
        pause = threading.Event()
        while not (seen := self._look()) and not deadline.has_passed():
            pause.wait(_POLL_S)
        return seen

    def _look(self) -> str:
        """Return why the inspector is not that of our process; empty if it is."""
        seen = self._look_once()
        if not seen or seen == _RESTARTED:
            return seen
        # What forwards a port may drop one connection for no reason of the app's.
        threading.Event().wait(_POLL_S)
        return self._look_once()

    def _look_once(self) -> str:
        listed = list_targets(self._where, Deadline(_LOOK_S))
        if isinstance(listed, NoAnswer):
            # Whoever is slow is not gone.
            return "" if listed.is_silent else listed.problem
        is_same = any(one.target_id == self._target.target_id for one in listed)
        return "" if is_same else _RESTARTED


_RESTARTED = (
    "another process has taken its place at its inspector: it was started again"
)


def _who(
    client: InspectorClient, address: InspectorAddress, deadline: Deadline
) -> tuple[str, Path]:
    """Return the version of Node.js and the working directory."""
    answer = client.execute(evaluate(_WHO), deadline)
    if answer.thrown is not None:
        raise CannotAttach(
            address=str(address),
            problem="what is inspected there is no Node.js",
            remedy="Give the address of the app's own inspector, not that of a browser",
        )
    version, directory = value_of(answer, "version", _version_of)
    major = int(version.removeprefix("v").partition(".")[0])
    if major < OLDEST_MAJOR:
        raise CannotAttach(
            address=str(address),
            problem=f"it is Node.js {version}",
            remedy=f"{OLDEST_MAJOR} is the oldest that can be measured",
        )
    return version, directory


def _version_of(told: list[str]) -> tuple[str, Path]:
    version, directory = told
    if not _VERSION.fullmatch(version):
        msg = f"{version!r} is no version of Node.js"
        raise ValueError(msg)
    return version, Path(directory)


def _reach(
    client: InspectorClient,
    address: InspectorAddress,
    endpoint: Endpoint,
    deadline: Deadline,
) -> tuple[Endpoint, bool]:
    """See that the endpoint answers, and that it is this process that does.

    Returns:
        The endpoint with what is spoken there; and whether requests were seen to arrive.

    """
    found = answering(endpoint, deadline)
    if found is None:
        raise CannotAttach(
            address=endpoint.base_url,
            problem="nothing answers there",
            remedy="Say where the app of this inspector serves, as it is reached from here:"
            " --nodeleak-base-url http://127.0.0.1:3000",
        )
    mark = uuid.uuid4().hex
    script = evaluate(load_script("reached"), group=_GROUP)
    counter = remote_of(client.execute(script, deadline), "reached")
    try:
        is_http2 = send_marked(found, mark, _MARKED_REQUESTS, deadline)
    finally:
        function = "function (mark) { return this.stop(mark); }"
        stop = call_function_on(counter, function, arguments=(mark,))
        # It is to be taken out also where the time is up.
        tidying = deadline.later(_TIDYING_S)
        answer = client.execute(stop, tidying)
        client.execute(release_object_group(_GROUP), tidying)
    seen = value_of(answer, "reached", whole)
    if is_http2:
        return found, False
    if seen < _MARKED_REQUESTS:
        raise CannotAttach(
            address=str(address),
            problem=f"of {_MARKED_REQUESTS} requests to {found.base_url} this process got"
            f" {seen}",
            remedy="One process is measured, and all of the load has to reach it: of"
            " several replicas forward one, and start a cluster with one worker",
        )
    return found, True
