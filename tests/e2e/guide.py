"""Pictures of the guide, taken by journeys; beside each stands what of its page was written then.

`make guide` takes them anew. Every other run holds each page to the outline beside its picture, so that a
picture of a page that has changed since is noticed.
"""

import json
import os
import re
import time
from typing import Any

from playwright.sync_api import Page

from libs.common.settings import REPOSITORY
from tests.e2e.test_console import PICTURES as KEPT
from tests.e2e.test_console import picture

PLACE = REPOSITORY / "docs" / "guide" / "pictures"
WRITES = os.environ.get("CANBAO_GUIDE") == "write"
_PATIENCE_SECONDS = 10

#: What belongs to a page and not to those who stand on it: rows, names and figures are left out.
_OUTLINE = """() => {
    const said = one => one.innerText.replace(/\\s+/g, ' ').trim();
    const words = what => [...new Set([...document.querySelectorAll(what)].map(said).filter(Boolean))];
    return {
        title: document.title,
        navigation: words('header nav a, main nav.lists a'),
        // Which groups of tasks there are depends on what waits.
        headings: words('h1, h2:not(#own, #alerts, #others)'),
        columns: words('th[scope=col]'),
        labels: words('main label, main legend'),
        buttons: words('main button, main a.button'),
    };
}"""


def outline_of(page: Page, hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a page says whoever stands on it. `hidden` are names on it; figures are left out in any case."""

    def plain(words: str) -> str:
        for one in hidden:
            words = words.replace(one, "…")
        return re.sub(r"[0-9][0-9,.:-]*", "0", words)

    found = page.evaluate(_OUTLINE)
    return {
        part: plain(said) if isinstance(said, str) else list(dict.fromkeys(map(plain, said)))
        for part, said in found.items()
    }


def guide_picture(page: Page, name: str, *hidden: str) -> None:
    """Take a picture for the guide, or hold the page to the one that is there."""
    page.wait_for_load_state()
    beside = PLACE / f"{name}.json"
    if WRITES:
        PLACE.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PLACE / f"{name}.png")
        now = outline_of(page, hidden)
        beside.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return
    if KEPT:
        picture(page, f"guide-{name}")
    assert beside.exists(), f"the guide has no picture {name}: run `make guide`"
    then = json.loads(beside.read_text(encoding="utf-8"))
    assert _in_time(page, hidden, then) == then, (
        f"the page of docs/guide/pictures/{name}.png has changed since: run `make guide`"
    )


def _in_time(page: Page, hidden: tuple[str, ...], then: dict[str, Any]) -> dict[str, Any]:
    """The page's outline, once it is as it was: a click may still be on its way there."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while (now := outline_of(page, hidden)) != then and time.monotonic() < until:
        page.wait_for_timeout(250)
    return now
