"""The same small service on each framework: a clean route, and one that leaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.node_apps import CheckApp

from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.load.scenario import Scenario
from pytest_nodeleak.scenarios import WebSocket

pytestmark = pytest.mark.nodejs

INSTALLED = Path(__file__).parents[2] / ".cache" / "frameworks"
REQUESTS = 600


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, and what a report has to say about its leak.

    Attributes:
        name: Of the framework.
        command: Starts it.
        clean: What does not leak.
        leaking: What does.
        json: Bodies of the two.
        holder: The name of what is held.
        place: Where the holder is declared, or the line that fills it.

    """

    name: str
    command: str
    clean: str | Scenario = "GET /users/{n}"
    leaking: str | Scenario = "GET /visits/{n}"
    json: tuple[JsonValue, JsonValue] = (None, None)
    holder: str = "visits"
    place: str


def follow(event: str) -> WebSocket:
    """Return a client of Socket.IO that connects, says one thing and leaves."""
    # Engine.IO 4 opens; 40 connects to the namespace, 42 is an event.
    return WebSocket(
        "/socket.io/?EIO=4&transport=websocket",
        messages=["40", f'42["{event}","{{n}}"]'],
        greetings=1,
    )


SERVICES = [
    Service(name="express4", command="node express4.cjs", place="express4.cjs:6"),
    Service(name="express5", command="node express5.cjs", place="express5.cjs:6"),
    Service(name="fastify", command="node fastify.mjs", place="fastify.mjs:4"),
    Service(name="koa", command="node koa.cjs", place="koa.cjs:6"),
    Service(name="hapi", command="node hapi.mjs", place="hapi.mjs:4"),
    Service(
        name="nest",
        command="node nest.mjs",
        holder="VisitsService.visits",
        place="nest.mjs:6",
    ),
    Service(
        name="next",
        command="npx next start next",
        # Next.js keeps paths in a list of 8 MiB: they are not clean before it is full.
        clean="GET /",
        place="next/app/visits/[id]/route.js:2",
    ),
    Service(
        name="socket.io",
        command="node socket-io.mjs",
        clean=follow("user"),
        leaking=follow("visit"),
        place="socket-io.mjs:5",
    ),
    Service(
        name="yoga",
        command="node yoga.mjs",
        clean="POST /graphql",
        leaking="POST /graphql",
        json=(
            {
                "query": "query ($id: ID!) { user(id: $id) { id } }",
                "variables": {"id": "{n}"},
            },
            {
                "query": "query ($id: ID!) { visit(id: $id) { id } }",
                "variables": {"id": "{n}"},
            },
        ),
        place="yoga.mjs:5",
    ),
]


@pytest.fixture
def installed() -> Path:
    if not (INSTALLED / "node_modules").is_dir():
        pytest.fail(f"{INSTALLED} is not installed: run make test", pytrace=False)
    return INSTALLED


def services_but_for_the_matrix(*names: str) -> list[object]:
    """Return all services, those that are not named for the matrix only."""
    return [
        pytest.param(
            service,
            id=service.name,
            marks=[] if service.name in names else [pytest.mark.matrix],
        )
        for service in SERVICES
    ]


# What is clean in one framework's handlers is hardly ever a leak in another's.
@pytest.mark.parametrize(
    "service", services_but_for_the_matrix("express5", "fastify", "next")
)
def test_a_framework_itself_is_clean(
    check_app: CheckApp, installed: Path, service: Service
) -> None:
    app = check_app(service.command, cwd=installed)
    report = app.hammer(service.clean, json=service.json[0], requests=REQUESTS)
    assert report.verdict == "clean", str(report)


@pytest.mark.parametrize(
    "service",
    services_but_for_the_matrix("express5", "fastify", "nest", "next", "yoga"),
)
def test_a_leak_in_a_framework_s_handler_is_named_by_its_line(
    check_app: CheckApp, installed: Path, service: Service
) -> None:
    app = check_app(service.command, cwd=installed)
    report = app.hammer(service.leaking, json=service.json[1], requests=REQUESTS)
    assert report.verdict == "leak", str(report)
    (finding,) = report.findings
    assert finding.holder is not None
    assert finding.holder.name == service.holder
    assert str(finding.holder.place).startswith(service.place), str(report)
    # Of what stays in so short a load the framework may have made most itself.
    makers = [str(frame.place) for frame in finding.allocated_at]
    file = service.place.partition(":")[0]
    assert any(maker.startswith(f"{file}:") for maker in makers), str(report)
