"""What keeps an ordinary test from being repeated as load."""

from __future__ import annotations

from pytest_nodeleak.exceptions.app import LoadFailed

__all__ = ["NothingReceived", "RepetitionFailed"]


class RepetitionFailed(LoadFailed):
    """A test that passed once did not pass again on the same app.

    Attributes:
        run: Which of its runs it was, counted from 1.
        outcome: What became of it, e.g. ``"failed in its call"``.

    """

    def __init__(self, *, target: str, run: int, outcome: str, first_bad: str) -> None:
        self.run = run
        self.outcome = outcome
        super().__init__(target=target, problem=outcome, first_bad=first_bad)

    def __str__(self) -> str:
        return (
            f"{self.target}: run {self.run:,} {self.outcome}, so there is nothing to judge:"
            f" {self.first_bad}\n"
            "As load, a test has to pass as often as it is run on one app: let it send"
            " other values each time (uuid.uuid4()) and take back what it leaves there, or"
            " leave it out (-k, -m, --deselect)."
        )


class NothingReceived(LoadFailed):
    """A test that called the app once does so no more.

    Attributes:
        runs: How often it was run without the app getting a request.

    """

    def __init__(self, *, target: str, runs: int) -> None:
        self.runs = runs
        super().__init__(target=target, problem="no request", first_bad="")

    def __str__(self) -> str:
        return (
            f"{self.target}: the app got no request in {self.runs} runs, so there is"
            " nothing to judge; does a fixture of a wider scope keep the answer? Ask in"
            " the test, or in a fixture of function scope"
        )
