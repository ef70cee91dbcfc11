"""Lists of villages and townships: nothing that is overdue hides, and what was chosen stays chosen."""

from sqlalchemy import text

from tests.integration.console.test_worklists import TOWNSHIP, register, services

__all__ = ["register", "services"]
#: More collectors with cash than fit on a page; of them the last one and the first are over the day.
_CASH = """
    WITH told AS (
        INSERT INTO notifications (channel, dedupe_key, kind, content_sha256, raw, headers, received_at)
        SELECT 'tax_hall', 'C-' || no, 'payment', '', '', '', now() FROM generate_series(1, 52) no
        RETURNING id, substr(dedupe_key, 3)::integer AS no
    ), places AS (
        INSERT INTO collectors (county, division_code, channel, title, registered_by, registered_at)
        SELECT 'youxi', '350426101203', 'tax_hall', '收缴点' || no, 'office', now()
        FROM generate_series(1, 52) no ORDER BY no
        RETURNING collector_id, substr(title, 4)::integer AS no
    )
    INSERT INTO cash_receipts (collector_id, county, division_code, coverage_year, instrument, people,
        amount_fen, paid_at, due_on, entered_at, entered_by, state, payment_id)
    SELECT collector_id, 'youxi', '350426101203', 2020, 'cash', 1, 25000, '2019-11-18T09:00:00+08:00',
           CASE WHEN no IN (:first, :last) THEN date '2019-11-19' ELSE date '2100-01-01' END,
           now(), 'village', 'passed', id
    FROM places JOIN told USING (no)
"""


async def cash(console, first: int, last: int) -> None:
    async with console.services["collection"].engine.begin() as conn:
        await conn.execute(text(_CASH), {"first": first, "last": last})


class TestCash:
    async def test_that_is_overdue_is_found_wherever_it_stands_and_said_in_words(self, console):
        await cash(console, 1, 52)
        browser = await console.signed_in("township_officer", TOWNSHIP)

        late = (await browser.get("work/cash?part=overdue")).text
        whole = (await browser.get("work/cash")).text

        assert "收缴点1<" in late and "收缴点52<" in late and "收缴点2<" not in late and "下一页" not in late
        assert "收缴点52<" not in whole and "下一页" in whole

    async def test_has_a_tab_of_its_own_words_where_none_is_overdue(self, console):
        await cash(console, 0, 0)
        browser = await console.signed_in("township_officer", TOWNSHIP)

        late = (await browser.get("work/cash?part=overdue")).text

        assert "没有逾期未解的现金。" in late and "没有未解款的现金" not in late
        await browser.send("language", language="en", then="")
        assert "No cash is overdue at the bank." in (await browser.get("work/cash?part=overdue")).text

    async def test_of_an_emptied_page_is_not_said_to_be_none(self, console):
        browser = await console.signed_in("township_officer", TOWNSHIP)

        later = (await browser.get("work/cash?after=999999999")).text

        assert "本页没有内容。" in later and "没有未解款的现金" not in later
