"""Operators have what was parked tried again, and are told which commands see to dead letters."""

import shlex
from typing import Any

import click
import pytest
from sqlalchemy import text

from canbao.cli import main
from services.console.apis.rules import ASKED
from services.console.dead_letters.rules import commands_of
from tests.integration.console.test_channel_days import rows_of

ODD = """
    WITH kept AS (
        INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, raw, headers, received_at)
        VALUES ('tax', :no, 'payment', '', '', '', now()) RETURNING id
    )
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, parked_at, attempts, fault)
    SELECT id, 0, now(), now(), 1, 'ValueError: odd <' FROM kept
"""
STANDS = "SELECT notification_id, parked_at IS NULL FROM matching_queue ORDER BY notification_id"


@pytest.fixture
async def services(service_context: Any) -> dict[str, Any]:
    return {"collection": await service_context("collection")}


@pytest.fixture
async def parked(console: Any) -> list[int]:
    """Two notifications that the matcher set aside."""
    async with console.services["collection"].engine.begin() as conn:
        for no in ("T-ODD", "T-ODDER"):
            await conn.execute(text(ODD), {"no": no})
    return [number for number, _ in await rows_of(console, "collection", STANDS)]


class TestAParkedNotification:
    async def test_is_among_the_tasks_and_says_why_on_its_page(self, console, parked):
        operator = await console.signed_in("operator")

        home, listed = await operator.get(), await operator.get("work/parked")
        page = await operator.get(f"parked/{parked[0]}")

        assert 'href="./work/parked">无法处理的通知</a>' in home.text and "<strong>2</strong>" in home.text
        assert f'href="../parked/{parked[0]}"' in listed.text
        assert "ValueError: odd &lt;" in page.text and "T-ODD" in page.text and "T-ODDER" not in page.text
        assert 'class="scroll"' in page.text and "没有丢失" in page.text
        await operator.send("language", language="en")
        assert "Try it again" in (await operator.get(f"parked/{parked[0]}")).text

    async def test_is_tried_again_once_however_often_the_button_is_pressed(self, console, parked):
        operator = await console.signed_in("operator")
        form = await operator.get(f"parked/{parked[0]}/retry")
        assert "ValueError: odd" in form.text and "不会重复入账" in form.text
        assert await rows_of(console, "collection", STANDS) == [(parked[0], False), (parked[1], False)]

        done, again = [await operator.press("再试", form) for _ in range(2)]

        assert "已重新排队" in done.text and "T-ODDER" in done.text
        assert "已不在搁置之列" in again.text
        assert await rows_of(console, "collection", STANDS) == [(parked[0], True), (parked[1], False)]
        assert (await operator.get(f"parked/{parked[0]}")).status_code == 404

    async def test_is_tried_again_with_others_after_a_look(self, console, parked):
        operator = await console.signed_in("operator")
        listed, rows = await operator.get("work/parked"), [str(one) for one in parked]

        sure = await operator.press("再试…", listed, row=rows)
        done = await operator.press("确认办理 2 笔", sure, row=rows)

        assert "逐条重新排队" in sure.text and done.text.count("已重新排队") == 2
        assert [queued for _, queued in await rows_of(console, "collection", STANDS)] == [True, True]

    async def test_is_no_business_of_others(self, console, parked):
        auditor = await console.signed_in("auditor")
        seen = await auditor.get(f"parked/{parked[0]}")
        assert seen.status_code == 200 and "再试一次</a>" not in seen.text
        assert (await auditor.get(f"parked/{parked[0]}/retry")).status_code == 403
        leader = await console.signed_in("leader")
        assert (await leader.get(f"parked/{parked[0]}")).status_code == 403


class TestDeadLetters:
    async def test_lead_to_the_commands_that_see_to_them(self, console):
        async def three() -> int:
            return 3

        console.services["collection"].backlog.hold("dead_letters", three)
        operator = await console.signed_in("operator")

        home, listed = await operator.get(), await operator.get("work/services")
        page = await operator.get("dead-letters/collection")

        assert 'href="./dead-letters/collection">死信</a>' in home.text
        assert 'href="../dead-letters/collection"' in listed.text
        assert "现有 3 条消息未能处理" in page.text
        assert "<code>canbao bus retry --service collection</code>" in page.text
        assert "docker compose run --rm --no-deps migrate" in page.text
        await operator.send("language", language="en")
        assert "3 messages could not be handled" in (await operator.get("dead-letters/collection")).text
        assert (await operator.get("dead-letters/ledger")).status_code == 503
        tax = await console.signed_in("tax_officer", "350426")
        assert (await tax.get("dead-letters/collection")).status_code == 403

    @pytest.mark.parametrize("service", ASKED)
    def test_are_seen_to_by_commands_that_there_are(self, service):
        for one in commands_of(service):
            program, *words = shlex.split(one.line.replace(" ID", " 12"))
            command: click.Command = main
            assert program == "canbao"
            while isinstance(command, click.Group):
                found = command.get_command(click.Context(command), words.pop(0))
                assert found is not None, one.line
                command = found
            command.make_context(command.name, words, resilient_parsing=False)
