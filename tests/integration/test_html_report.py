"""The HTML report in a real browser: that it works, asks for nothing, and can be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chromium import PHONE, WIDE, ChromiumMissing, Page, Viewport, open_browser
from html_records import HARM, harmful, usual_session

from pytest_nodeleak.report.html.page import render_page

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
OPEN_ALL = "document.querySelector('[data-open=yes]').click()"
# Of what can be seen, the smallest contrast between text and what is behind it (WCAG 2).
CONTRAST = """(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map((c) => c / 255).map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let worst = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()
        || element.matches("script, style")) continue;
    const text = light(channels(getComputedStyle(element).color));
    const behind = light(ground(element));
    const ratio = (Math.max(text, behind) + .05) / (Math.min(text, behind) + .05);
    if (ratio < worst[0]) worst = [ratio, walker.currentNode.data.trim().slice(0, 40)];
  }
  return worst;
})()"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    try:
        with open_browser() as page:
            yield page
    except ChromiumMissing as exc:
        pytest.fail(str(exc), pytrace=False)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "a report.html"
    path.write_text(render_page(usual_session(), written_at=NOON), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_fits_draws_its_charts_and_asks_for_nothing(
    page: Page, address: str, viewport: Viewport, *, is_dark: bool
) -> None:
    page.go(address, viewport=viewport, is_dark=is_dark)
    page.evaluate(OPEN_ALL)
    page.settle()

    assert page.complaints == []
    assert page.requests == [address]
    assert page.evaluate("document.documentElement.scrollWidth") == viewport[0]
    plots = "[...document.querySelectorAll('.plot')]"
    assert page.evaluate(f"{plots}.length") > 10
    assert page.evaluate(f"{plots}.every((one) => one.querySelector('canvas').width)")
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, text


def test_what_the_policy_does_not_name_is_complained_of(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "changed.html"
    whole = render_page(usual_session(), written_at=NOON)
    path.write_text(whole.replace("</main>", "<script>1</script></main>"), "utf-8")

    page.go(path.as_uri())

    assert "Content Security Policy" in " ".join(page.complaints)


def test_the_page_can_be_used_by_keyboard_alone(page: Page, address: str) -> None:
    page.go(address)
    first = (
        "document.activeElement.textContent + '|' + document.activeElement.matches("
        "':focus-visible')"
    )

    page.press("Tab")
    assert page.evaluate(first) == "Skip to the checks|true"
    for _ in range(20):
        page.press("Tab")
        if page.evaluate("document.activeElement.matches('.row a')"):
            break
    for _ in range(2):
        page.press("Tab")
    page.press("Enter")
    page.settle()

    # The third of the list is open now, and has the focus.
    focused = "document.activeElement.closest('.check')"
    assert page.evaluate(f"{focused}.id") == "check-3"
    assert page.evaluate(f"{focused}.querySelector('details').open")
    page.press("Enter")
    assert not page.evaluate(f"{focused}.querySelector('details').open")


def test_the_arrow_keys_read_a_chart(page: Page, address: str) -> None:
    page.go(address)
    page.evaluate("document.querySelector('#check-1-chart-0 .plot').focus()")

    page.press("ArrowRight")
    page.press("End")

    told = "document.querySelector('#check-1-chart-0 .readout').textContent"
    assert page.evaluate(told) == "6,300 requestsheap 13.0 MB"


def test_checks_can_be_filtered(page: Page, address: str) -> None:
    page.go(address)
    shown = (
        "[...document.querySelectorAll('.row[data-check]:not([hidden]) a')]"
        ".map((one) => one.textContent)"
    )

    page.evaluate("document.querySelector('.chip[data-state=leak]').click()")
    assert page.evaluate(shown) == ["GET /leak"]
    page.evaluate(
        "document.querySelector('.chip').click(), search.value = 'slow.js fib',"
        " search.dispatchEvent(new Event('input'))"
    )
    assert page.evaluate(shown) == ["GET /late"]
    assert page.evaluate("document.getElementById('shown').textContent") == (
        "1 of 6 checks shown"
    )


def test_no_name_of_an_app_does_anything(page: Page, tmp_path: Path) -> None:
    usual = usual_session()
    leak = next(one for one in usual["checks"] if one["verdict"] == "leak")
    path = tmp_path / "harm.html"
    session = {**usual, "checks": [harmful(leak, harm) for harm in HARM]}
    path.write_text(render_page(session, written_at=NOON), encoding="utf-8")

    page.go(path.as_uri(), viewport=PHONE)
    page.evaluate(OPEN_ALL)
    page.settle()

    assert page.complaints == []
    assert page.requests == [path.as_uri()]
    assert page.evaluate("document.title") == "11 leaks – pytest-nodeleak"
    assert page.evaluate("document.querySelectorAll('img, iframe').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
