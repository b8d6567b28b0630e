"""Which of an app's ports are inspectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.nodejs.inspector_address import InspectorAddress
from pytest_nodeleak.nodejs.targets import NoAnswer, list_targets

__all__ = ["Inspectors", "has_closed"]

# A thread of its own answers, whatever the app does.
_ANSWER_S = 1.0


def has_closed(inspector_url: str) -> bool:
    """Tell whether an inspector takes nobody any more, as is so before Node.js exits.

    One that is silent, as all of a process that is stopped, has not.
    """
    listed = list_targets(InspectorAddress.parse(inspector_url), Deadline(_ANSWER_S))
    return isinstance(listed, NoAnswer) and not listed.is_silent


class Inspectors:
    """The inspectors among the ports of an app: those that are announced, and are some.

    A banner is a text, which any program may print: for the port that it serves on, or
    with an address that nobody has. So each is asked, once.
    """

    def __init__(self) -> None:
        # None is for what answers and is no inspector.
        self._asked: dict[str, str | None] = {}

    def among(self, ports: Iterable[int], banners: Mapping[int, str]) -> dict[int, str]:
        """Return the WebSocket addresses of inspectors, by port.

        Args:
            ports: That the app listens on.
            banners: Addresses that were announced, by port.

        """
        claimed = {port: banners[port] for port in ports if port in banners}
        found = {port: self._address_of(claim) for port, claim in claimed.items()}
        return {port: url for port, url in found.items() if url is not None}

    def _address_of(self, claim: str) -> str | None:
        if claim not in self._asked:
            address = InspectorAddress.parse(claim)
            listed = list_targets(address, Deadline(_ANSWER_S))
            if isinstance(listed, NoAnswer) and listed.is_silent:
                # It is asked again next time, and believed until then.
                return claim
            targets = () if isinstance(listed, NoAnswer) else listed
            self._asked[claim] = next((one.url for one in targets), None)
        return self._asked[claim]
