"""Lists of villages and townships: nothing that is overdue hides, and what was chosen stays chosen."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import text

from libs.common.clock import business_date
from services.console.surveys.rules import WITHOUT_PROOF
from services.registration.chases.rules import MEANS, OUTCOMES
from services.registration.surveys.rules import EXCLUDING, REASONS
from tests.integration.console.test_acts import a_case
from tests.integration.console.test_worklists import TOWNSHIP, register, services
from tests.integration.registration.builders import OTHER_VILLAGE, VILLAGE, household, member

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
        assert late.count("<small>（超期）</small>") == 2
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


WAY = "work/unpaid?season=youxi-2020"
_ROW = re.compile(r'href="\.\./(surveys/[^"]+)"')
#: Whom nobody has spoken to yet, as the form stands at first.
TYPED = {"answer": "insure", "said_by": "户主本人", "outcome": "promised", "means": "visit"}


def forms(page) -> list[str]:
    """Where each row leads to write down an answer."""
    return list(dict.fromkeys(unescape(way) for way in _ROW.findall(page.text)))


async def kept(console, table: str, *columns: str) -> list[tuple]:
    query = text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
    async with console.services["registration"].engine.connect() as conn:
        return [tuple(row) for row in await conn.execute(query)]


class TestAnAnswerAtTheDoor:
    async def test_is_written_down_once_from_the_row_and_leads_back_to_the_list(self, console, register):
        await register(household("1", member("苏军霞")), household("2", member("陈村民")))
        browser = await console.signed_in("village_agent", VILLAGE)
        listed = await browser.get(f"{WAY}&division={VILLAGE}")
        assert len(forms(listed)) == 2

        form = await browser.get(forms(listed)[0])
        assert "苏军霞" in form.text and 'id="means-visit"' in form.text
        day = str(business_date(datetime.now(UTC)) + timedelta(days=3))
        typed = TYPED | {"said_at": said_at(form), "next_step": "再次入户", "next_on": day}
        done, again = [await browser.press("保存", form, **typed) for _ in range(2)]

        assert "入户情况已记录。" in done.text and "入户情况已记录。" in again.text
        assert done.url.path == "/work/unpaid" and f"division={VILLAGE}" in str(done.url)
        assert "再次入户" in done.text and "答应参保" in done.text and "由 village_agent 跟进" in done.text
        assert await kept(console, "survey_answers", "answer", "entered_by") == [("insure", "village_agent")]
        steps = await kept(console, "chase_steps", "kind", "means", "outcome")
        assert steps == [("contact", "visit", "promised")]

    async def test_may_say_anything_that_the_api_takes_in_both_languages(self, console, register):
        await register(household("1", member("苏军霞")))
        browser = await console.signed_in("township_officer", TOWNSHIP)
        way = forms(await browser.get(WAY))[0]

        form = (await browser.get(way)).text
        await browser.send("language", language="en", then="")
        english = (await browser.get(way)).text

        answers = ["insure", "insure_and_subsidize", *(f"not_here-{one}" for one in REASONS), "none"]
        assert re.findall(r'name="answer" value="([^"]+)"', form) == answers
        assert re.findall(r'name="means" value="([^"]+)"', form) == list(MEANS)
        assert set(OUTCOMES) | {"take", "none"} == set(re.findall(r'name="outcome" value="([^"]+)"', form))
        assert {*REASONS} - {*EXCLUDING} == {*WITHOUT_PROOF}
        assert "不在此参保：已在异地参保" in form and "未见到本人" in form
        assert "not to be insured here: insured elsewhere" in english and "Within 31 days" in english
        labels = re.findall(r'<label for="(?:answer|means|outcome)-[^"]+">([^<]+)', english)
        assert labels and not re.search("[一-鿿]", "".join(labels))

    async def test_that_lacks_something_is_mended_at_its_field_and_nothing_is_kept(self, console, register):
        await register(household("1", member("苏军霞")))
        browser = await console.signed_in("village_agent", VILLAGE)
        form = await browser.get(forms(await browser.get(WAY))[0])
        at = {"said_at": said_at(form)}

        async def wrong(**typed: str) -> str:
            shown = await browser.press("保存", form, **(TYPED | at | typed))
            assert shown.status_code == 422 and 'class="errors"' in shown.text
            return shown.text

        assert 'id="proof-fault"' in await wrong(answer="not_here-military")
        assert 'id="said_by-fault"' in await wrong(said_by="")
        assert 'id="answer-fault"' in await wrong(answer="none", outcome="none")
        assert 'id="outcome-fault"' in await wrong(outcome="none", next_step="再去")
        assert 'id="next_on-fault"' in await wrong(next_on="2000-01-01")
        assert "答应缴费" in await wrong(said_at="2100-01-01 09:00")
        assert await kept(console, "survey_answers", "id") == await kept(console, "chase_steps", "id") == []

    async def test_of_whom_another_is_on_is_kept_without_the_contact_alone(self, console, register):
        await register(household("1", member("苏军霞")))
        village = await console.signed_in("village_agent", VILLAGE)
        form = await village.get(forms(await village.get(WAY))[0])
        await village.press("保存", form, **(TYPED | {"said_at": said_at(form)}))
        township = await console.signed_in("township_officer", TOWNSHIP)
        form = await township.get(forms(await township.get(WAY))[0])
        typed = TYPED | {"answer": "not_here-refuses", "said_at": said_at(form)}

        refused = await township.press("保存", form, **typed)
        done = await township.press("保存", refused, **(typed | {"outcome": "none"}))

        assert refused.status_code == 422 and "已有他人跟进。village_agent" in refused.text
        assert "拒绝参保" in done.text and "village_agent" in done.text
        assert await kept(console, "survey_answers", "reason") == [(None,), ("refuses",)]
        assert len(await kept(console, "chase_steps", "id")) == 1

    async def test_is_written_down_by_who_may_of_the_own_village(self, console, register):
        await register(household("1", member("苏军霞")))
        village = await console.signed_in("village_agent", VILLAGE)
        way = forms(await village.get(WAY))[0]
        bureau = await console.signed_in("medical_insurance_officer", "350426")

        assert forms(await bureau.get(WAY)) == []
        assert (await bureau.get(way)).status_code == 403
        assert (await village.get(way.replace("person=", "person=9"))).status_code == 404
        away = await village.get(way.replace(f"village={VILLAGE}", f"village={OTHER_VILLAGE}"))
        assert away.status_code in (403, 404)


def said_at(form) -> str:
    """The instant that stands in the form."""
    return re.search(r'name="said_at" value="([^"]+)"', form.text)[1]


class TestWhatWasChosen:
    async def test_stays_when_the_season_is_changed(self, console):
        browser = await console.signed_in("auditor")
        shown = await browser.get("work/tickets?season=youxi-2020&part=overdue")
        ways = [unescape(way) for way in re.findall(r'href="\.\./(work/tickets\?season=[^"]+)"', shown.text)]

        to_others = [way for way in ways if "youxi-2020" not in way]
        assert to_others and all(way.endswith("part=overdue") for way in to_others)

    async def test_of_place_stays_among_the_seasons_of_its_county(self, console):
        browser = await console.signed_in("auditor")
        shown = await browser.get(f"work/unpaid?season=youxi-2020&division={VILLAGE}")
        ways = [unescape(way) for way in re.findall(r'href="\.\./(work/unpaid\?season=[^"]+)"', shown.text)]

        assert len(ways) > 1
        for way in ways:
            assert (f"division={VILLAGE}" in way) == ("youxi" in way), way

    async def test_list_of_cases_comes_again_when_one_is_decided(self, console):
        first, second = [await a_case(console, "same_person", f"persons/{no}+{no + 1}") for no in (1, 3)]
        browser = await console.signed_in("medical_insurance_officer", "350426")
        listed = await browser.get(f"cases/registration?kind=same_person&after={first}")
        (way,) = re.findall(r'href="\.\./(cases/registration/\d+\?[^"]+)"', listed.text)

        form = await browser.get(unescape(way))
        sure = await browser.press("下一步", form, step="apart", reason="经核实为两人")
        done = await browser.press("确认提交", sure)

        assert f"cases/registration/{second}" in way and "已办理，决定立即生效。" in done.text
        assert done.url.path == "/cases/registration" and f"after={first}" in str(done.url)

    @pytest.mark.parametrize("odd", ["//elsewhere.test/", "https://elsewhere.test", "sign-out"])
    async def test_page_to_come_back_to_is_one_of_ours(self, console, odd):
        case_id = await a_case(console, "same_person", "persons/1+2")
        browser = await console.signed_in("medical_insurance_officer", "350426")

        form = await browser.get(f"cases/registration/{case_id}?then={quote(odd, safe='')}")

        assert form.status_code == 200 and '<a href="../../">‹ 返回</a>' in form.text
