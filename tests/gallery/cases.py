"""What is in the gallery, and what a programmer who reads the app would say about it.

An expectation is decided from the app's source. It is not changed because the plugin
misses it; only because the source turns out to say something else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from gallery.scenarios import (
    follow_fixed_scores,
    follow_scores,
    listen_to_the_fixed_ticker,
    listen_to_the_ticker,
)
from pytest_nodeleak.load.plan import JsonValue
from pytest_nodeleak.load.scenario import Scenario

__all__ = ["CASES", "Case", "HammerArguments", "Leak"]


class HammerArguments(TypedDict, total=False):
    """Keyword arguments of ``NodeApp.hammer``."""

    requests: int | None
    concurrency: int | None
    headers: Mapping[str, str] | None
    json: JsonValue
    data: str | None
    expect_status: int | Collection[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What is to be said about a leak; several answers where they are equally right.

    Attributes:
        kinds: Kinds of the first finding.
        holders: Names of its holder; empty where Node itself holds what piles up, which
            no variable names.
        owners: The package or the app's file the holder is in; likewise.
        mentions: Words of which the report's text has to contain one, if there are any.
        entries_per_request: What the holder gains; None where it is not one number.

    """

    kinds: tuple[str, ...] = ("collection",)
    holders: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    entries_per_request: float | None = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One route, or one scenario, of one app.

    Attributes:
        name: Unique in the gallery.
        file: The app, below ``apps``.
        target: What is hammered.
        hammer: How, beyond the defaults.
        leak: What leaks there; None if nothing does.

    """

    name: str
    file: str
    target: str | Scenario
    hammer: HammerArguments = field(default_factory=HammerArguments)
    leak: Leak | None = None

    @property
    def verdict(self) -> str:
        """The right verdict."""
        return "clean" if self.leak is None else "leak"


_BOUNDARY = "gallery-boundary"
_PICTURE = HammerArguments(
    headers={"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"},
    data="\r\n".join(
        (
            f"--{_BOUNDARY}",
            'Content-Disposition: form-data; name="picture"; filename="{n}.png"',
            "Content-Type: image/png",
            "",
            "x" * 16_000,
            f"--{_BOUNDARY}--",
            "",
        )
    ),
)
_ANSWERS = HammerArguments(json={"age": 42, "comment": "fine"})
_BOOK = HammerArguments(
    json={
        "query": "query Book($id: ID!) { book(id: $id) { title author { name } } }",
        "variables": {"id": "{n}"},
    }
)
_FAILING = HammerArguments(expect_status=500)
# A thread costs some 8 MB and 30 ms, so that thousands of them are out of the question.
_FEW = HammerArguments(requests=60, concurrency=2)

_LEAKING = (
    Case(
        name="dataloader",
        file="dataloader.mjs",
        target="GET /users/{n}",
        leak=Leak(holders=("userLoader._cacheMap",), owners=("dataloader.mjs",)),
    ),
    Case(
        name="node-cron",
        file="express-cron.cjs",
        target="GET /reminders/{n}",
        leak=Leak(holders=("tasks",), owners=("node-cron",)),
    ),
    Case(
        name="ws",
        file="ws-clients.mjs",
        target=listen_to_the_ticker,
        leak=Leak(holders=("clients",), owners=("ws-clients.mjs",)),
    ),
    Case(
        name="memoizee",
        file="memoizee.mjs",
        target="GET /profile/{n}",
        leak=Leak(holders=("cache",), owners=("memoizee",)),
    ),
    Case(
        name="lodash-memoize",
        file="lodash.cjs",
        target="GET /prices/{n}",
        leak=Leak(
            holders=(
                "priceOf.cache.__data__.string.__data__",
                "memoized.cache.__data__.string.__data__",
            ),
            owners=("lodash.cjs", "lodash"),
        ),
    ),
    Case(
        name="express-session",
        file="session.cjs",
        target="GET /carts/{n}",
        leak=Leak(holders=("store.sessions",), owners=("express-session",)),
    ),
    Case(
        name="prom-client",
        file="prom-client.cjs",
        target="GET /users/{n}",
        leak=Leak(holders=("viewsByUser.hashMap",), owners=("prom-client.cjs",)),
    ),
    Case(
        name="node-cache",
        file="node-cache.mjs",
        target="GET /rates/{n}",
        leak=Leak(holders=("rates.data",), owners=("node-cache.mjs",)),
    ),
    Case(
        name="ajv",
        file="ajv.cjs",
        target="POST /answers/{n}",
        hammer=_ANSWERS,
        leak=Leak(
            entries_per_request=None,
            holders=(
                "ajv._cache",
                "ajv.scope._values.root",
                "ajv.scope._values.schema",
                "ajv.scope._values.validate",
            ),
            owners=("ajv.cjs",),
        ),
    ),
    Case(
        name="handlebars",
        file="handlebars.cjs",
        target="GET /letters/{n}",
        leak=Leak(
            holders=("Handlebars.partials", "handlebars.partials", "inst.partials"),
            owners=("handlebars.cjs", "handlebars"),
        ),
    ),
    Case(
        name="axios",
        file="axios.mjs",
        target="GET /products/{n}",
        leak=Leak(
            holders=(
                "stockClient.interceptors.request.handlers",
                "context.interceptors.request.handlers",
            ),
            owners=("axios.mjs", "axios"),
        ),
    ),
    Case(
        name="debug",
        file="debug.cjs",
        target="GET /orders/{n}",
        # A list of functions: either name is right.
        leak=Leak(
            kinds=("collection", "closure"),
            holders=("createDebug.instances",),
            owners=("debug.cjs", "debug"),
        ),
    ),
    Case(
        name="p-limit",
        file="p-limit.mjs",
        target="GET /mails/{n}",
        leak=Leak(
            holders=("queue", "queue.#head", "queue.#tail"),
            owners=("p-limit", "yocto-queue"),
        ),
    ),
    Case(
        name="async-hooks",
        file="async-hooks.cjs",
        target="GET /accounts/{n}",
        leak=Leak(
            entries_per_request=None, holders=("contexts",), owners=("async-hooks.cjs",)
        ),
    ),
    Case(
        name="koa-errors",
        file="koa-errors.mjs",
        target="GET /invoices/{n}",
        hammer=_FAILING,
        leak=Leak(holders=("failures",), owners=("koa-errors.mjs",)),
    ),
    Case(
        name="rxjs",
        file="rxjs.mjs",
        target="GET /quotes/S{n}",
        leak=Leak(
            kinds=("listener", "collection"),
            holders=("prices$.observers",),
            owners=("rxjs.mjs",),
        ),
    ),
    Case(
        name="eventemitter3",
        file="eventemitter3.mjs",
        target="GET /orders/{n}",
        leak=Leak(
            kinds=("listener",),
            holders=("bus._events.shipped",),
            owners=("eventemitter3.mjs",),
        ),
    ),
    Case(
        name="socket.io",
        file="socket-io.mjs",
        target=follow_scores,
        leak=Leak(
            kinds=("listener",),
            holders=("games._events.goal",),
            owners=("socket-io.mjs",),
        ),
    ),
    Case(
        name="winston",
        file="winston.cjs",
        target="GET /jobs/{n}",
        leak=Leak(
            kinds=("listener",),
            holders=("process._events.uncaughtException",),
            mentions=("winston",),
        ),
    ),
    Case(
        name="p-queue-signal",
        file="p-queue.mjs",
        target="GET /reports/{n}",
        leak=Leak(
            entries_per_request=None,
            kinds=("listener",),
            holders=("shutdown.signal", "shutdown.#signal"),
            owners=("p-queue.mjs",),
        ),
    ),
    Case(
        name="rate-limit-timers",
        file="rate-limit.mjs",
        target="GET /clients/{n}",
        leak=Leak(
            entries_per_request=None, kinds=("timer",), mentions=("express-rate-limit",)
        ),
    ),
    Case(
        name="cron-job",
        file="cron-job.cjs",
        target="GET /alarms/{n}",
        leak=Leak(entries_per_request=None, kinds=("timer",), mentions=("CronJob",)),
    ),
    Case(
        name="exit-hook",
        file="exit-hook.mjs",
        target="GET /exports/{n}",
        leak=Leak(kinds=("closure",), holders=("callbacks",), owners=("exit-hook",)),
    ),
    Case(
        name="promise-race",
        file="promise-race.mjs",
        target="GET /routes/{n}",
        leak=Leak(
            entries_per_request=None,
            kinds=("promise",),
            holders=("shuttingDown",),
            owners=("promise-race.mjs",),
        ),
    ),
    Case(
        name="require-again",
        file="reload.cjs",
        target="GET /discounts/{n}",
        leak=Leak(
            kinds=("module",),
            holders=("module.children", "process.mainModule.children"),
            owners=("reload.cjs",),
        ),
    ),
    Case(
        name="import-query",
        file="import-query.mjs",
        target="GET /tariffs/{n}",
        leak=Leak(
            entries_per_request=None, kinds=("module",), mentions=("tariff-rules.mjs",)
        ),
    ),
    Case(
        name="multer",
        file="multer.cjs",
        target="POST /pictures",
        hammer=_PICTURE,
        leak=Leak(kinds=("external",), holders=("uploads",), owners=("multer.cjs",)),
    ),
    Case(
        name="hot-shots",
        file="hot-shots.cjs",
        target="GET /search/{n}",
        leak=Leak(
            entries_per_request=None, kinds=("handle",), mentions=("Socket", "UDP")
        ),
    ),
    Case(
        name="undici-pools",
        file="undici.mjs",
        target="GET /weather/{n}",
        leak=Leak(
            entries_per_request=None, kinds=("handle",), mentions=("Socket", "TCP")
        ),
    ),
    Case(
        name="piscina-pools",
        file="piscina.mjs",
        target="GET /thumbnails/{n}",
        hammer=_FEW,
        leak=Leak(entries_per_request=None, kinds=("handle",), mentions=("Worker",)),
    ),
)

# Twins of the leaks above: the same packages, used right.
_FIXED = (
    Case(
        name="dataloader-fixed",
        file="dataloader.mjs",
        target="GET /fixed/users/{n}",
    ),
    Case(
        name="ws-fixed",
        file="ws-clients.mjs",
        target=listen_to_the_fixed_ticker,
    ),
    Case(
        name="express-session-fixed",
        file="session.cjs",
        target="GET /fixed/carts/{n}",
    ),
    Case(
        name="prom-client-fixed",
        file="prom-client.cjs",
        target="GET /fixed/users/{n}",
    ),
    Case(
        name="node-cache-fixed",
        file="node-cache.mjs",
        target="GET /fixed/rates/{n}",
    ),
    Case(
        name="ajv-fixed",
        file="ajv.cjs",
        target="POST /fixed/answers/{n}",
        hammer=_ANSWERS,
    ),
    Case(
        name="handlebars-fixed",
        file="handlebars.cjs",
        target="GET /fixed/letters/{n}",
    ),
    Case(
        name="axios-fixed",
        file="axios.mjs",
        target="GET /fixed/products/{n}",
    ),
    Case(
        name="p-limit-fixed",
        file="p-limit.mjs",
        target="GET /fixed/mails/{n}",
    ),
    Case(
        name="koa-errors-fixed",
        file="koa-errors.mjs",
        target="GET /fixed/invoices/{n}",
        hammer=_FAILING,
    ),
    Case(
        name="rxjs-fixed",
        file="rxjs.mjs",
        target="GET /fixed/quotes/S{n}",
    ),
    Case(
        name="eventemitter3-fixed",
        file="eventemitter3.mjs",
        target="GET /fixed/orders/{n}",
    ),
    Case(
        name="socket.io-fixed",
        file="socket-io.mjs",
        target=follow_fixed_scores,
    ),
    Case(
        name="winston-fixed",
        file="winston.cjs",
        target="GET /fixed/jobs/{n}",
    ),
    Case(
        name="p-queue-signal-fixed",
        file="p-queue.mjs",
        target="GET /fixed/reports/{n}",
    ),
    Case(
        name="rate-limit-fixed",
        file="rate-limit.mjs",
        target="GET /fixed/clients/{n}",
    ),
    Case(
        name="exit-hook-fixed",
        file="exit-hook.mjs",
        target="GET /fixed/exports/{n}",
    ),
    Case(
        name="promise-race-fixed",
        file="promise-race.mjs",
        target="GET /fixed/routes/{n}",
    ),
    Case(
        name="import-fresh",
        file="reload.cjs",
        target="GET /fixed/discounts/{n}",
    ),
    Case(
        name="multer-fixed",
        file="multer.cjs",
        target="POST /fixed/pictures",
        hammer=_PICTURE,
    ),
    Case(
        name="undici-fixed",
        file="undici.mjs",
        target="GET /fixed/weather/{n}",
    ),
    Case(
        name="piscina-fixed",
        file="piscina.mjs",
        target="GET /fixed/thumbnails/{n}",
    ),
)

# Apps that look like leaks, or like nothing in particular.
_CLEAN = (
    Case(name="express", file="express-plain.cjs", target="GET /items/{n}"),
    Case(name="fastify", file="fastify.mjs", target="GET /orders/{n}"),
    Case(name="hapi", file="hapi.mjs", target="GET /contacts/{n}"),
    Case(name="ejs", file="ejs.cjs", target="GET /invoices/{n}"),
    Case(name="graphql", file="graphql.mjs", target="POST /graphql", hammer=_BOOK),
    Case(
        name="compression",
        file="compression.cjs",
        target="GET /articles/{n}",
        hammer=HammerArguments(headers={"Accept-Encoding": "gzip"}),
    ),
    Case(name="lru-cache", file="lru-cache.mjs", target="GET /pages/{n}"),
    Case(name="quick-lru", file="quick-lru.mjs", target="GET /avatars/{n}"),
    Case(
        name="rate-limiter-flexible",
        file="rate-limiter-flexible.mjs",
        target="GET /logins/{n}",
    ),
    Case(name="opossum", file="opossum.mjs", target="GET /quotes/{n}"),
    Case(name="bottleneck", file="bottleneck.mjs", target="GET /places/{n}"),
    Case(name="cls-hooked", file="cls-hooked.cjs", target="GET /accounts/{n}"),
    Case(
        name="request-context", file="request-context.mjs", target="GET /accounts/{n}"
    ),
    Case(name="audit-buffer", file="audit-buffer.cjs", target="GET /payments/{n}"),
    Case(name="recent-requests", file="recent-requests.mjs", target="GET /items/{n}"),
    Case(name="load-samples", file="load-samples.mjs", target="GET /items/{n}"),
)

CASES: tuple[Case, ...] = _LEAKING + _FIXED + _CLEAN
