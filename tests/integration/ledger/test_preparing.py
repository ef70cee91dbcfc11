"""Handovers are prepared when their days are over: people look drafts through, seal and sign."""

import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.setbacks import SetBack
from libs.common.testing.ledger_facts import on, paid
from services.ledger.handovers import preparing
from services.ledger.handovers.alarming import see_to_handovers
from services.ledger.handovers.preparing import prepare_all
from tests.integration.ledger.test_matches import office
from tests.integration.ledger.test_papers import people

__all__ = ["office", "people"]
OVER = on("2020-01-01T00:05")


async def draft(desk, deadline="main"):
    return await desk.http.get(f"/v1/handovers/{desk.county}/{desk.year}/{deadline}/draft")


async def alerts(desk, at):
    async with desk.context.engine.begin() as conn:
        await see_to_handovers(conn, at, desk.context.notices, days=7)
    found = await desk.http.get("/v1/cases", headers={CLOCK_HEADER: at.isoformat()})
    return {one["kind"]: one for one in found.json()["items"]}


async def test_nothing_is_prepared_before_the_days_are_over(desk):
    await desk.send(paid(1))
    await prepare_all(desk.context, on("2019-12-31T23:59"))

    assert (await draft(desk)).json()["type"] == "urn:canbao:problem:not-prepared"


async def test_the_draft_is_what_closing_seals_and_nothing_of_it_stays(desk, office, people):
    await office.agree_on()
    await desk.send(paid(1))
    await prepare_all(desk.context, OVER)

    found = (await draft(desk)).json()
    assert (found["head_count"], found["amount_fen"], found["trouble"]) == (1, 25000, None)
    assert found["totals"]["fiscal_match"]
    for table in ("handovers", "handover_members", "fiscal_matches", "outbox"):
        assert await desk.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert await desk.calendar("2020-01-01T00:06:00") == {
        **await desk.calendar("2020-01-01T00:06:00"), "main": "closable",
    }  # fmt: skip
    path = f"/v1/handovers/{desk.county}/{desk.year}/main/papers/finance"
    paper = (await desk.http.get(path)).json()
    assert (paper["state"], paper["document"]["handover_sha256"]) == ("draft", found["sha256"])
    page = await desk.http.get(path, params={"format": "html"})
    assert "草稿：移交数据尚未封存" in page.text

    sealed = await desk.closed("main", "2020-01-04T09:00:00")
    assert sealed["sha256"] == found["sha256"]
    assert (await draft(desk)).status_code == 404
    assert (await desk.http.get(path)).json()["sha256"] == paper["sha256"]


async def test_what_comes_meanwhile_is_in_the_draft_after_an_hour(desk):
    await desk.send(paid(1))
    await prepare_all(desk.context, OVER)
    await desk.send(paid(2))
    await prepare_all(desk.context, on("2020-01-01T00:35"))
    assert (await draft(desk)).json()["head_count"] == 1
    await prepare_all(desk.context, on("2020-01-01T01:05"))

    assert (await draft(desk)).json()["head_count"] == 2


async def test_after_a_long_sleep_one_after_the_other_is_prepared_as_they_are_sealed(desk):
    await desk.send(paid(1), paid(2, on("2020-01-15")))
    await prepare_all(desk.context, on("2020-03-20"))
    assert (await draft(desk)).json()["head_count"] == 1
    await desk.closed("main", "2020-03-20T09:00:00")
    await prepare_all(desk.context, on("2020-03-20T10:00"))

    assert (await draft(desk, "monthly-2020-01")).json()["head_count"] == 1


async def test_one_who_prepares_is_enough(desk):
    await desk.send(paid(1))
    async with desk.context.engine.begin() as other:
        held = f"preparing {desk.county}/{desk.year}"
        await other.execute(text(f"SELECT pg_advisory_xact_lock(hashtextextended('{held}', 0))"))
        await prepare_all(desk.context, OVER)
        assert (await draft(desk)).status_code == 404
    await prepare_all(desk.context, OVER)

    assert (await draft(desk)).status_code == 200


async def test_what_cannot_be_prepared_is_told_and_tried_again_later(desk, monkeypatch):
    await desk.send(paid(1))
    tried = []

    async def broken(*of, **more):
        tried.append(of)
        raise RuntimeError("the paper of 350426199001011234 is torn")

    with monkeypatch.context() as broken_papers:
        broken_papers.setattr(preparing, "make", broken)
        for at in ("2020-01-01T00:05", "2020-01-01T00:06"):
            try:
                await prepare_all(desk.context, on(at))
            except SetBack:
                continue
        assert len(tried) == 1
        with pytest.raises(SetBack):
            await prepare_all(desk.context, on("2020-01-01T00:11"))
    told = (await alerts(desk, on("2020-01-01T00:12")))["handover_unprepared"]
    assert told["evidence"]["tries"] == 2 and "350426" not in told["alert"]["says_zh"]

    await prepare_all(desk.context, on("2020-01-01T00:30"))
    found = await alerts(desk, on("2020-01-01T00:31"))
    assert ("handover_unprepared" in found, found["handover_prepared"]["amount_fen"]) == (False, 25000)
    assert "1 人，250.00 元" in found["handover_prepared"]["alert"]["says_zh"]
    await desk.closed("main", "2020-01-04T09:00:00")
    assert "handover_prepared" not in await alerts(desk, on("2020-01-04T09:01"))


class TestFiguresOfAParty:
    """Departments compare before they hand over (尤溪 七(一)): a draft is compared as what is sealed."""

    async def gives(self, desk, people, heads, fen, at="2020-01-02T09:00:00+08:00"):
        mine = {"section": "contributions", "row": "350426102", "heads": heads, "amount_fen": fen}
        path = f"/v1/handovers/{desk.county}/{desk.year}/main/papers/tax"
        answer = await people["tax"][0].post(
            f"{path}/figures", json={"figures": [mine]}, headers={CLOCK_HEADER: at}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["differences"]

    async def cases(self, desk):
        query = "SELECT subject, state FROM cases WHERE kind = 'handover_differs' ORDER BY case_id"
        return await desk.rows(query)

    async def test_that_differ_from_the_draft_are_a_case_until_the_draft_agrees(self, desk, people):
        await desk.send(paid(1))
        await prepare_all(desk.context, OVER)

        [told] = await self.gives(desk, people, 2, 50000)
        assert (told["our_fen"], told["their_fen"]) == (25000, 50000)
        path = f"/v1/handovers/{desk.county}/{desk.year}/main/papers/tax"
        shown = (await people["tax"][0].get(path)).json()
        assert (shown["state"], [one["their_fen"] for one in shown["differences"]]) == ("draft", [50000])
        [(subject, state)] = await self.cases(desk)
        assert (subject, state) == (f"handover-drafts/{desk.county}/{desk.year}/main/tax", "open")

        await desk.send(paid(16, on("2019-12-30")))
        await prepare_all(desk.context, on("2020-01-02T12:00"))

        assert await self.cases(desk) == [(subject, "closed")]

    async def test_that_still_differ_when_it_is_sealed_keep_from_signing(self, desk, people):
        await desk.send(paid(1))
        await prepare_all(desk.context, OVER)
        await self.gives(desk, people, 2, 50000)

        await desk.closed("main", "2020-01-04T09:00:00")

        (_, before), (subject, now) = await self.cases(desk)
        assert (before, now) == ("closed", "open") and subject.startswith("handovers/")
        path = f"/v1/handovers/{desk.county}/{desk.year}/main/papers/tax"
        paper = (await people["tax"][0].get(path)).json()
        assert (paper["state"], len(paper["differences"])) == ("unsigned", 1)
        refused = await people["tax"][0].post(f"{path}/signature", json={"sha256": paper["sha256"]})
        assert refused.json()["type"] == "urn:canbao:problem:paper-disputed"

    async def test_that_two_have_explained_are_not_asked_about_again(self, desk, people):
        await desk.send(paid(1))
        await prepare_all(desk.context, OVER)
        await self.gives(desk, people, 2, 50000)
        one, two = people["finance"]
        [case] = (await one.get("/v1/cases", params={"kind": "handover_differs"})).json()["items"]
        path, why = f"/v1/cases/{case['case_id']}/decision", {"step": "explain", "reason": "次年批次"}
        asked = (await one.post(path, json=why)).json()["approval"]["approval_id"]
        assert (await two.post(f"/v1/approvals/{asked}/approve", json={})).status_code == 200

        await prepare_all(desk.context, on("2020-01-03T00:05"))
        await desk.closed("main", "2020-01-04T09:00:00")

        assert [state for _, state in await self.cases(desk)] == ["decided"]
        await self.gives(desk, people, 3, 75000, at="2020-01-05T09:00:00+08:00")
        assert [state for _, state in await self.cases(desk)] == ["decided", "open"]
