from __future__ import annotations

from pathlib import Path

from pytest_nodeleak.commands.next_routes import next_routes


def test_pages_and_handlers_are_routes_by_where_they_are(tmp_path: Path) -> None:
    for name in (
        "app/page.tsx",
        "app/layout.tsx",
        "app/(shop)/cart/page.jsx",
        "app/api/users/[id]/route.ts",
        "app/docs/[...rest]/page.tsx",
        "app/@modal/page.tsx",
        "src/pages/_app.tsx",
        "src/pages/index.tsx",
        "src/pages/api/orders/[id].js",
        "src/pages/style.css",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    assert next_routes(tmp_path) == [
        "/cart",
        # Another value in each request would fill a list of Next.js' own.
        "/api/users/1",
        "/",
        "/api/orders/1",
    ]


def test_an_app_without_either_has_none(tmp_path: Path) -> None:
    assert next_routes(tmp_path) == []
