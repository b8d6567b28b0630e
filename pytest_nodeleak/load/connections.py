"""What becomes of the connections of a load: kept, given up, or broken off."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_nodeleak.exceptions import InvalidSetting

__all__ = ["Connections"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """How clients behave between and during their requests.

    By default they keep their connections and wait for every answer, as a proxy does in
    front of an app. Many leaks live where a connection *ends*.

    Attributes:
        abort: The share of requests whose client hangs up as soon as it has sent them,
            from 0 to 1: 0.1 is each tenth.
        reconnect_every: Each how many requests a client ends its connection and opens
            another one; None for never.

    Raises:
        InvalidSetting: If a value cannot be used.

    """

    abort: float = 0.0
    reconnect_every: int | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        if not 0 <= self.abort <= 1:
            raise InvalidSetting(
                name="abort",
                value=self.abort,
                source="Connections()",
                expected="a share from 0 to 1 such as 0.1",
            )
        if self.reconnect_every is not None and self.reconnect_every < 1:
            raise InvalidSetting(
                name="reconnect_every",
                value=self.reconnect_every,
                source="Connections()",
                expected="a whole number of at least 1",
            )

    def is_aborted(self, number: int) -> bool:
        """Tell whether the client of this request hangs up, the first being 1."""
        return int(number * self.abort) > int((number - 1) * self.abort)

    def is_last(self, number: int) -> bool:
        """Tell whether the connection of this request ends after it."""
        return self.reconnect_every is not None and number % self.reconnect_every == 0
