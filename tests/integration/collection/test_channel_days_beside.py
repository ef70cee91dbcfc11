"""What files of channels say beside money: for whom, for which year, on which day and at what fee."""

from datetime import timedelta

import pytest

from services.collection.differences.comparing import compare_days
from services.collection.differences.rules import FeeTerms
from services.collection.files.reading import read_next
from tests import bank_tables, bills

from .conftest import PRICE, id_number
from .test_channel_days import DAY, PATH, bill, differences, moved, paid


class TestWhomAndWhen:
    """What a tax bureau's list says of people and years, and what comes on another day than its own."""

    @pytest.fixture
    async def two_paid(self, counter):
        """T1 for person 1 and T2 for person 2, both applied."""
        for person in (1, 2):
            await counter.tell(counter.assessed(person))
            await counter.notify(f"T{person}", person, at=DAY)
        await counter.match()

    async def said(self, counter, people, **changes):
        rows = [moved(f"T{no}") for no in range(1, len(people) + 1)]
        table = bank_tables.as_csv(bank_tables.tax(rows, DAY, people))
        tax = {"channel": "tax", "kind": "tax_table", "profile": "tax-day"}
        return await bill(counter, content=table, **tax, **changes)

    async def test_are_none_where_both_name_the_same(self, counter, two_paid):
        await self.said(counter, [(id_number(1), "2020"), (id_number(2), "2020年")])
        assert await differences(counter) == []

    async def test_somebody_else_is_a_case_that_says_who_but_no_number(self, counter, two_paid):
        file = await self.said(counter, [(id_number(2), "2020"), ("350426********1234", "")])
        (case,) = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
        assert case["kind"] == "channel_day_other_person"
        assert case["evidence"]["theirs_person_id"] == 2
        assert case["evidence"]["ours_person_id"] == 1
        assert id_number(2) not in str(case)
        rows = (await counter.http.get(f"{PATH}/{file['file_id']}/rows")).text
        assert id_number(2) not in rows
        kept = await counter.rows("SELECT identity_digest FROM channel_file_rows ORDER BY line")
        assert [one.identity_digest is None for one in kept] == [False, True]

    async def test_another_year_is_a_case_with_both(self, counter, two_paid):
        await self.said(counter, [(id_number(1), "2021"), (id_number(2), "")])
        (case,) = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"]
        assert case["kind"] == "channel_day_other_year"
        assert (case["evidence"]["theirs_year"], case["evidence"]["ours_year"]) == (2021, 2020)
        assert case["coverage_year"] == 2020

    async def test_close_when_a_corrected_file_comes(self, counter, two_paid):
        await self.said(counter, [(id_number(2), "2020"), (id_number(2), "2020")])
        assert [one[0] for one in await differences(counter)] == ["other_person"]
        await self.said(counter, [(id_number(1), "2020"), (id_number(2), "2020")])
        assert await differences(counter) == []

    async def test_close_when_an_officer_applies_the_money_to_whom_the_file_names(self, counter):
        """The notification named somebody who is not enrolled here."""
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 2, at=DAY)
        await self.said(counter, [(id_number(1), "2020")])
        assert [one[:3] for one in await differences(counter)] == [("other_person", "payment", "T1")]
        applied = await counter.http.post(
            f"/v1/suspense/{payment['payment_id']}/1/apply",
            json={"person_id": 1, "county": "youxi", "coverage_year": 2020, "note": "本人确认"},
            headers={"idempotency-key": "k"},
        )
        assert applied.status_code == 200, applied.text
        await compare_days(counter.context)
        assert await differences(counter) == []

    async def test_a_year_that_is_none_is_a_fault_by_line(self, counter):
        table = bank_tables.as_csv(bank_tables.tax([moved("T1")], DAY, [("", "next")]))
        data = {"county": "youxi", "channel": "tax", "kind": "tax_table", "profile": "tax-day"}
        data |= {"business_on": f"{DAY:%Y-%m-%d}"}
        sent = await counter.http.post(PATH, data=data, files={"file": ("bill", table)})
        while await read_next(counter.context):
            pass
        faults = await counter.http.get(f"{PATH}/{sent.json()['file_id']}/faults")
        assert [(one["line"], one["kind"]) for one in faults.json()["items"]] == [(3, "year")]

    async def test_a_payment_in_the_file_of_a_later_day_is_late_and_missed_no_more(self, counter):
        await paid(counter, "T1", at=DAY - timedelta(days=3))
        first = DAY - timedelta(days=3)
        await bill(counter, content=bills.wechat([]), day=first)
        assert await differences(counter) == [("we_only", "payment", "T1", None, PRICE)]
        await bill(counter, moved("T1"))
        assert await differences(counter) == [("late", "payment", "T1", PRICE, PRICE)]

    async def test_a_payment_in_the_file_of_the_next_day_is_not_late(self, counter):
        await paid(counter, "T1", at=DAY - timedelta(days=1))
        await bill(counter, moved("T1"))
        assert await differences(counter) == []

    async def test_a_payment_in_the_file_of_its_day_and_a_later_one_is_there_twice(self, counter):
        await paid(counter, "T1", at=DAY - timedelta(days=3))
        first = DAY - timedelta(days=3)
        await bill(counter, moved("T1", at=first), day=first)
        await bill(counter, moved("T1"))
        assert await differences(counter) == [("twice", "payment", "T1", PRICE, PRICE)]


class TestFees:
    """A rate of 0.6 % was agreed, which is 150 fen of each payment here."""

    @pytest.fixture(autouse=True)
    def agreed(self, counter):
        agree(counter, FeeTerms(basis_points=60))

    async def test_are_no_difference_as_agreed(self, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1", fee="1.50000"))
        assert await differences(counter) == []

    async def test_that_differ_are_one_case_for_a_day(self, counter):
        for no in ("T1", "T2", "T3"):
            await paid(counter, no)
        rows = [moved("T1", fee="1.50000"), moved("T2", fee="1.60000"), moved("T3", fee="2.00000")]
        await bill(counter, *rows)
        assert await differences(counter) == [("fee", "fee", "*", 360, 300)]
        case = (await counter.http.get("/v1/cases", params={"state": "open"})).json()["items"][-1]
        assert (case["kind"], case["evidence"]["rows"], case["evidence"]["line"]) == ("channel_day_fee", 2, 3)

    async def test_are_compared_again_when_another_rate_is_agreed(self, counter):
        await paid(counter, "T1")
        await bill(counter, moved("T1", fee="1.50000"))
        agree(counter, FeeTerms(basis_points=38, rounding="up"))
        await compare_days(counter.context)
        assert await differences(counter) == [("fee", "fee", "*", 150, 95)]
        agree(counter, None)
        await compare_days(counter.context)
        assert await differences(counter) == []


def agree(counter, terms):
    """Agree on a fee of WeChat."""
    fees = {"youxi": {"wechat": terms}} if terms else {}
    object.__setattr__(counter.context.parts, "fees", fees)
