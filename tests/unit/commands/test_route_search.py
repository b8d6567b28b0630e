from __future__ import annotations

from pathlib import Path

import pytest

from pytest_nodeleak.commands.route_search import find_routes, routes_in


@pytest.mark.parametrize(
    ("source", "route"),
    [
        ("app.get('/users/:id', handler)", "/users/{n}"),
        ('router.get("/a/:b(\\\\d+)/c/:d?", auth, handler)', "/a/{n}/c/{n}"),
        ("app.route('/books')\n  .get(list)", "/books"),
        ("fastify.route({ method: 'GET', url: '/f', handler })", "/f"),
        ("server.route({ path: '/h/{id}', method: 'GET' })", "/h/{n}"),
        ("if (request.url === '/plain') ", "/plain"),
        ("const routes = { 'GET /table': list }", "/table"),
        ("@Controller('cats') class A { @Get(':id') one() {} }", "/cats/{n}"),
        ("@Controller() class A { @Get() all() {} }", "/"),
    ],
)
def test_declarations_of_get_routes_are_candidates(source: str, route: str) -> None:
    assert route in routes_in([source])


@pytest.mark.parametrize(
    "source",
    [
        "axios.get('/elsewhere', options)",
        "app.get('/logout', handler)",
        "app.get('/system/shutdown', handler)",
        "app.get('/any/*', handler)",
        "app.get('setting')",
        "app.post('/orders', handler)",
    ],
)
def test_what_is_none_or_better_not_asked_for_is_not(source: str) -> None:
    assert routes_in([source]) == ["/"]


def test_a_router_is_tried_below_where_something_is_mounted() -> None:
    sources = ["router.get('/items', list)", "app.use('/api/', router)"]
    assert routes_in(sources) == ["/", "/items", "/api/items"]


def test_sources_are_searched_tests_and_packages_are_not(tmp_path: Path) -> None:
    for name in ("src/app.ts", "node_modules/x/app.js", "test/app.js", "src/a.test.ts"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        route = name.replace("/", "-").replace(".", "-")
        file.write_text(f"app.get('/{route}', handler)")

    assert find_routes(tmp_path) == ["/", "/src-app-ts"]
