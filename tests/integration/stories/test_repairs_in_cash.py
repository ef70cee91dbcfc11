"""Lapsed years are repaired at the door: a village collector takes the money, at once or later.

Qingdao's notice, as if villages took cash there, with a numbered voucher for each person.
"""

import pytest

from libs.common.policy import Notices, load_notice_bytes, policies_dir
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_batches import Village
from tests.integration.stories.test_cash import collector
from tests.integration.stories.test_money import books
from tests.integration.stories.test_people import rows
from tests.integration.stories.test_repairs import PAID_ON, cover, lapsed, totals

VILLAGE = """
channels:
  - {code: village, clause: 无（QD-1）, kind: collector, pays_for: anyone, takes_cash: true, voucher: slip,
     label: {zh: 村委会, en: village}}
  - {code: app, clause: 无（QD-1）, kind: app, pays_for: anyone, label: {zh: 手机, en: app}}
accounts:
  - {code: village_bank, clause: 无（QD-1）, role: pending_remittance, label: {zh: 账户, en: account}}
cash_deposit:
  {clause: 无（QD-1）, label: {zh: 当日存入, en: the same day}, rule: same_day, account: village_bank,
   cutoff: 17:00, late: next_calendar_day}
village_batches:
  clause: 无（QD-1）
  label: {zh: 核对, en: checks}
  channels: [village]
  steps:
    - {id: submit, kind: submit, clause: 无, department: tax, label: {zh: 报送, en: handed in}}
    - {id: check, kind: review, clause: 无, department: town, label: {zh: 核对, en: compared}}
vouchers:
  - {code: slip, clause: 无（QD-1）, label: {zh: 票据, en: voucher}, medium: paper_stock, per: person}
departments:
  - {code: town, clause: 无（QD-1）, role: township, label: {zh: 街道, en: township}}
"""


@pytest.fixture
def notices():
    text = (policies_dir() / "qingdao" / "2027.yaml").read_text(encoding="utf-8")
    text = text.replace("\ndepartments:\n", VILLAGE, 1)
    return Notices([load_notice_bytes(text.encode(), "qingdao/2027.yaml")])


def part(purse, somebody, yuan, years=0):
    one = {"id_number": somebody.number, "name": somebody.name, "amount_fen": yuan * 100}
    return one | {"voucher_no": f"0012{next(purse.numbers):04d}", "repair_years": years}


async def takes(purse, *parts, on=PAID_ON):
    """Write a receipt down; its answer."""
    receipt = {"instrument": "cash", "paid_at": moment(on).isoformat(), "items": list(parts)}
    answer = await purse.enters(receipt, on=on)
    await purse.story.county.settle()
    return answer


async def refusal(purse, *parts, on=PAID_ON):
    answer = await takes(purse, *parts, on=on)
    assert answer.status_code == 422, answer.text
    return [(one["pointer"].rpartition("/")[2], one["detail_zh"]) for one in answer.json()["errors"]]


async def vouchers(story):
    sql = "SELECT repaired_year, own_fen, voided_at IS NULL AS good FROM vouchers ORDER BY voucher_no"
    return [(one.repaired_year, one.own_fen, one.good) for one in await rows(story, "collection", sql)]


class TestAtTheDoor:
    async def test_cover_begins_earlier_and_each_year_has_its_voucher(self, tell):
        story = await tell("qingdao")
        somebody, mate = await lapsed(story), await lapsed(story, 2025, 2026)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        answer = await takes(purse, part(purse, somebody, 830, 1), part(purse, mate, 415))
        assert (answer.status_code, answer.json()["amount_fen"]) == (201, 124_500)
        assert (await cover(somebody), await cover(mate)) == ("2027-04-01", "2027-01-01")
        assert await totals(story) == (83_000, [(2026, 1, 41_500)])
        assert sorted(await vouchers(story), key=str) == [
            (2026, 41_500, True), (None, 41_500, True), (None, 41_500, True),
        ]  # fmt: skip
        assert (await books(story, "2027-06-01"))[purse.account] == 1245
        assert (await purse.deposits(1245, PAID_ON)).status_code == 201
        assert purse.account not in await books(story, "2027-06-01")

    async def test_later_while_the_wait_runs(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        assert (await takes(purse, part(purse, somebody, 415))).status_code == 201
        assert (await takes(purse, part(purse, somebody, 415, 1), on="2027-04-20")).status_code == 201
        assert await cover(somebody) == "2027-04-20"
        assert await totals(story) == (41_500, [(2026, 1, 41_500)])

    async def test_what_was_entered_wrongly_goes_back_with_its_years(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        receipt = (await takes(purse, part(purse, somebody, 830, 1))).json()["receipt_ids"][0]
        said = {"reason": "entered_wrongly", "returned_at": moment("2026-11-21").isoformat()}
        path = f"/v1/cash-receipts/{receipt}/reversal"
        assert (await purse.ask("POST", path, "2026-11-21", said)).status_code == 200
        await story.county.settle()
        assert await somebody.due_state("2026-11-22") == "open"
        assert await totals(story) == (0, [(2026, 0, 0)])
        assert {good for _, _, good in await vouchers(story)} == {False}
        assert (await takes(purse, part(purse, somebody, 830, 1), on="2026-11-22")).status_code == 201
        assert await cover(somebody) == "2027-04-01"

    async def test_by_a_file_and_on_the_paper_that_an_officer_counts(self, tell):
        story = await tell("qingdao")
        somebody, mate = await lapsed(story), await lapsed(story, 2025, 2026)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        service = story.county.services["collection"]
        file = (
            "证件号码,姓名,金额,收款时间,票据号码,补缴年数,收据组\n"
            f"{mate.number},张三,415,{PAID_ON} 10:00,00120001,,1\n"
            f"{somebody.number},张三,830,{PAID_ON} 10:00,00120002,1,1\n"
        )
        made = await service.http.post(
            "/v1/cash-receipts/files",
            data={"collector_id": purse.collector_id, "coverage_year": 2027},
            files={"file": ("receipts.csv", file.encode())},
            headers={
                "authorization": f"Bearer {story.token_of('counter')}",
                "canbao-clock": moment(PAID_ON).isoformat(),
                "idempotency-key": '"file"',
            },
        )
        assert made.status_code == 201, made.text
        service.stir()
        await story.county.settle()
        assert await cover(somebody) == "2027-04-01"
        (day,) = (await purse.ask("GET", "/v1/cash-matches", PAID_ON, day=PAID_ON)).json()["items"]
        found = {one["code"]: (one["said"], one["found"]) for one in day["matches"]}
        assert {found[code] for code in ("people", "names", "roster", "receipts")} == {(2, 2)}
        assert day["fits"] is False  # only: the money is in hand still
        village = Village(story, purse, [somebody, mate], 415)
        batch_id = await village.makes(PAID_ON)
        await village.hands_in(batch_id, PAID_ON, yuan=1245)
        paper = [
            {"voucher_no": "00120001", "amount_fen": 41_500},
            {"voucher_no": "00120002", "amount_fen": 83_000},
        ]
        counted = {"people": 2, "amount_fen": 124_500, "money_fen": 124_500, "vouchers": paper}
        said = {"step": "check", "round": 1, "passed": True, "counted": counted}
        path = f"/v1/village-batches/{batch_id}/reviews"
        answer = await village.asks("POST", path, "2026-11-21", said, who="officer")
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "done"


class TestIsRefused:
    async def test_with_the_reason_and_nothing_is_recorded(self, tell):
        story = await tell("qingdao")
        somebody, insured = await lapsed(story), await lapsed(story, 2025, 2026)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        (alone,) = await refusal(purse, part(purse, somebody, 415, 1))
        assert alone == ("amount_fen", "补缴这些年度为 415.00 元：请与当年保费一并收取。")
        (many,) = await refusal(purse, part(purse, somebody, 1245, 2))
        assert many == ("repair_years", "最多可补缴 1 年。")
        (nothing,) = await refusal(purse, part(purse, insured, 830, 1))
        assert nothing[0] == "repair_years"
        wrong = part(purse, somebody, 830, 1) | {"name": "李四"}
        assert (await refusal(purse, wrong))[0][0] == "repair_years"
        assert await purse.position(PAID_ON) is None

    async def test_beside_a_contribution_that_is_paid_only_the_price_of_the_years_is_taken(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        await somebody.pays(415, PAID_ON)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        (fault,) = await refusal(purse, part(purse, somebody, 830, 1), on="2026-12-01")
        assert fault == ("amount_fen", "当年已缴费或已免缴：补缴这些年度为 415.00 元。")
        (late,) = await refusal(purse, part(purse, somebody, 415, 1), on="2027-05-02")
        assert late[0] == "repair_years"

    async def test_twice_in_one_receipt_counts_on_what_stands_before(self, tell):
        story = await tell("qingdao")
        somebody = await lapsed(story)
        purse = await collector(story, PAID_ON, "370202001001", channel="village")
        again = part(purse, somebody, 830, 1), part(purse, somebody, 415, 1)
        assert [pointer for pointer, _ in await refusal(purse, *again)] == ["repair_years"]
        apart = part(purse, somebody, 415), part(purse, somebody, 415, 1)
        assert (await takes(purse, *apart)).status_code == 201
        assert await cover(somebody) == "2027-04-01"
