"""Who lapsed and has not paid is told how many years could be repaired; others hear nothing of it."""

import json

from tests.integration.registration.builders import moment, number
from tests.integration.registration.test_histories import WHOLE, enroll, line, send
from tests.integration.registration.test_mini_programs import give
from tests.integration.registration.test_reminders import due, sender, states, table

NOON = "2026-11-20T12:00:00+08:00"


async def people(registration):
    """One who lapsed for two years, one insured in both, each under a phone; in a window to come."""
    lapsed, insured = number(), number()
    for no, one in enumerate((lapsed, insured)):
        await enroll(registration, one, no=f"H{no}", at="2026-08-20T10:00:00+08:00")
    rows = [line(number(), 2026), *(line(insured, year) for year in (2025, 2026))]
    await send(registration, rows, **WHOLE)
    ids = [await registration.person_id(one) for one in (lapsed, insured)]
    for no, who in enumerate(ids):
        answer = await give(registration.http, who, f"1380000000{no}", coverage_year=2027)
        assert answer.status_code == 201, answer.text
    return ids


async def remind(registration, means, text_id="lapsed"):
    body = {"county": "qingdao", "coverage_year": 2027, "text_id": text_id, "means": means}
    answer = await registration.post("/v1/reminders", body, NOON)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_text_goes_to_those_alone_who_could_repair_and_says_what_it_changes(registration):
    await people(registration)
    run = await remind(registration, "file")
    assert run["people"] == 1
    ((phone, said),) = await table(registration, run["run_id"])
    assert phone == "13800000000"
    assert "最多可补缴1年，等待期缩短1个月" in said and "您家有1人此前断保" in said


async def test_the_text_for_all_who_owe_still_reaches_both(registration):
    await people(registration)
    assert (await remind(registration, "list", "unpaid"))["people"] == 2


async def test_the_gateway_gets_the_same_words(registration):
    await people(registration)
    sending, seen = sender(registration, [202])
    await remind(registration, "gateway")
    await due(registration)
    await sending.send(moment(NOON))
    assert await states(registration) == ["sent"]
    assert "最多可补缴1年，等待期缩短1个月" in json.loads(seen[0].content)["text"]
