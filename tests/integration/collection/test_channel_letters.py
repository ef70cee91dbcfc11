"""Letters to banks and channels: written with both sides, kept as sent, and their case waits on."""

import hashlib

import pytest

from services.collection.settlements.rules import Terms

from .test_settlements import MONDAY, asked, came, later, took

LETTERS = "/v1/channel-letters"


@pytest.fixture(autouse=True)
def terms(counter):
    youxi = {"wechat": Terms(account="treasury", keeps_fee=True, within_days=3)}
    object.__setattr__(counter.context.parts, "settlements", {"youxi": youxi})


async def case_of(counter, kind):
    listed = await counter.http.get("/v1/cases", params={"state": "open", "kind": kind})
    (case,) = listed.json()["items"]
    return case


async def written(counter, case, reason="已电话联系，经办人350426199001011234未回复", **headers):
    body = {"step": "write_to_bank", "reason": reason}
    address = f"/v1/cases/{case['case_id']}/decision"
    answer = await counter.http.post(address, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def letters(counter, **wanted):
    answer = await counter.http.get(LETTERS, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def missing(counter):
    """What WeChat took on Monday has not come within its days."""
    bill = await took(counter, MONDAY, 38_000, 38_000, fee="2.28", back=(1_000,))
    before = await came(counter, MONDAY)
    statement = await came(counter, later(3), ("B1", 5))
    return bill, (before, statement), await case_of(counter, "settlement_missing")


class TestALetter:
    async def test_has_both_sides_with_the_hashes_of_their_files(self, counter):
        bill, statements, case = await missing(counter)
        assert case["proposed"] == "write_to_bank"

        await written(counter, case)

        (listed,) = await letters(counter, county="youxi", channel="wechat", case_id=case["case_id"])
        letter = (await counter.http.get(f"{LETTERS}/{listed['letter_id']}")).json()
        assert (letter["kind"], letter["sent_by"], letter["owed_fen"]) == (
            "settlement_missing",
            "test",
            74_544,
        )
        assert letter["sent_at"] == "2019-11-20T10:00:00+08:00"
        assert letter["letter_no"] == f"20191120-{letter['letter_id']}"
        content = letter["content"]
        assert content["days"] == [
            {
                "on": "2019-11-04", "gross_fen": 75_000, "fee_fen": 456, "owed_fen": 74_544,
                "sha256": bill["sha256"],
            }
        ]  # fmt: skip
        assert [(one["on"], one["sha256"]) for one in content["statements"]] == [
            ("2019-11-04", statements[0]["sha256"]),
            ("2019-11-07", statements[1]["sha256"]),
        ]
        assert (content["channel_name"], content["sender"]) == ("微信公众号“福建税务”", "县税务局")
        kept = (await counter.rows("SELECT content FROM channel_letters"))[0].content
        assert letter["sha256"] == hashlib.sha256(kept.encode()).hexdigest()

    async def test_hides_numbers_of_people_and_lies_sealed(self, counter):
        *_, case = await missing(counter)
        await written(counter, case)

        (letter,) = await letters(counter)
        assert "199001011234" not in letter["reason"]
        assert letter["reason"].startswith("已电话联系")
        kept = (await counter.rows("SELECT reason FROM channel_letters"))[0].reason
        assert "电话".encode() not in bytes(kept)

    async def test_is_printed_and_comes_out_again_as_it_was_sent(self, counter):
        *_, case = await missing(counter)
        await written(counter, case)
        (letter,) = await letters(counter)

        first, again = [await counter.http.get(f"{LETTERS}/{letter['letter_id']}/file") for _ in range(2)]

        assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
        assert first.content[:5] == b"%PDF-" and first.content == again.content
        assert f"letter-{letter['letter_no']}.pdf" in first.headers["content-disposition"]

    async def test_leaves_its_case_open_until_the_money_comes(self, counter):
        *_, case = await missing(counter)

        answer = await written(counter, case)
        await written(counter, case, "再次发函")

        assert answer["case"]["state"] == "open"
        assert len(await letters(counter)) == 2
        still = await case_of(counter, "settlement_missing")
        assert (still["case_id"], still["opened_at"]) == (case["case_id"], case["opened_at"])
        await came(counter, later(4), ("B2", 74_544))
        assert [kind for kind, *_ in await asked(counter)] == ["late"]
        closed = (await counter.http.get(f"/v1/cases/{case['case_id']}")).json()
        assert (closed["state"], closed["reason"]) == ("closed", "cause_gone")
        assert len(await letters(counter)) == 2

    async def test_asked_for_twice_is_written_once(self, counter):
        *_, case = await missing(counter)
        key = {"idempotency-key": '"letter"'}
        first, again = [await written(counter, case, "已联系", **key) for _ in range(2)]
        assert (first, len(await letters(counter))) == (again, 1)

    async def test_about_a_booking_of_two_days_names_its_line(self, counter):
        await took(counter, MONDAY, 38_000)
        await came(counter, later(1), ("B1", 38_000))
        statement = await came(counter, later(2), ("B1", 38_000))
        await written(counter, await case_of(counter, "settlement_twice"))

        (listed,) = await letters(counter)
        content = (await counter.http.get(f"{LETTERS}/{listed['letter_id']}")).json()["content"]
        assert content["statements"] == []
        (line,) = content["came"]
        assert (line["on"], line["amount_fen"], line["transaction_no"]) == ("2019-11-06", 38_000, "B1")
        assert line["sha256"] == statement["sha256"]

    async def test_is_for_officers_of_the_county(self, counter, signing_key):
        *_, case = await missing(counter)
        await written(counter, case)
        (letter,) = await letters(counter)

        def of(*scopes, division="*"):
            return {"authorization": f"Bearer {signing_key.issue('other', list(scopes), division)}"}

        address = f"{LETTERS}/{letter['letter_id']}"
        stranger, payer = of("collection:read", division="350428"), of("orders:write")
        for path in (address, f"{address}/file"):
            assert (await counter.http.get(path, headers=stranger)).status_code == 403
            assert (await counter.http.get(path, headers=payer)).status_code == 403
        assert (await counter.http.get(LETTERS, headers=stranger)).json()["items"] == []
        assert (await counter.http.get(f"{LETTERS}/999/file")).status_code == 404
        decision = {"step": "write_to_bank", "reason": "x"}
        reader = of("collection:read")
        answer = await counter.http.post(
            f"/v1/cases/{case['case_id']}/decision", json=decision, headers=reader
        )
        assert answer.status_code == 403
