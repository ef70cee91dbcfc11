"""Whoever asks too often is told that, and when to try again: nothing is filled in wrongly."""

from typing import Any

import httpx
import pytest

from libs.common.web.catalogue import TOO_MANY_REQUESTS
from services.console.apis.rules import Refused
from services.console.forms.rules import faults_said
from tests.integration.console.conftest import Browser


async def refused(console: Any, seconds: str) -> Browser:
    """A browser of somebody whose requests collection refuses for now."""
    said = TOO_MANY_REQUESTS
    problem = {
        "type": said.uri, "title": said.title, "title_zh": said.title_zh,
        "status": 429, "detail": said.mend, "detail_zh": said.mend_zh,
    }  # fmt: skip
    headers = {"retry-after": seconds} if seconds else {}
    answer = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers, json=problem))
    console.sent.apps["collection"] = answer
    browser: Browser = await console.signed_in("operator")
    return browser


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        ("30", "请在 30 秒后再试。", "Try again in 30 seconds."),
        ("610", "请在 11 分钟后再试。", "Try again in 11 minutes."),
        ("", "请稍候再试。", "Try again in a while."),
    ],
)
async def test_a_page_says_so_and_when_to_try_again(console, seconds, zh, en):
    browser = await refused(console, seconds)

    chinese = await browser.get("work/channels")
    await browser.send("language", language="en")
    english = await browser.get("work/channels")

    assert chinese.status_code == 429 and chinese.headers.get("retry-after", "") == seconds
    assert "请求过于频繁，请稍后再试" in chinese.text and zh in chinese.text
    assert "填写有误" not in chinese.text and "Retry-After" not in chinese.text
    assert "Too many requests: try again later" in english.text and en in english.text


def test_a_form_says_so_above_what_was_typed():
    said = TOO_MANY_REQUESTS
    refusal = Refused(
        "collection", 429, said.slug, said.title, said.title_zh, said.mend, said.mend_zh, after_seconds=30
    )

    (fault,) = faults_said(refusal, ())

    assert fault.says_zh == f"{said.title_zh}。请在 30 秒后再试。"
    assert fault.says == f"{said.title}. Try again in 30 seconds."
