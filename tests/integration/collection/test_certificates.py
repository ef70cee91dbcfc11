"""A payer gets proof on paper; anybody who holds it learns whether it is genuine and how the money stands."""

import io
import zipfile
from datetime import date, datetime

import pytest

from libs.common.clock import CLOCK_HEADER, SHANGHAI
from libs.common.db.rows import execute, statement, value_of
from libs.common.events.registration import EnrollmentCovered, EnrollmentWithdrawn, PersonMerged
from libs.common.security.guesses import FAILURES_WITHOUT_TOKEN
from services.collection.tables import certificates, notifications

from .conftest import NOW, PRICE, VILLAGE, Counter, id_number, name

CHECK = "/v1/certificates/verify"


def named(person: int) -> dict[str, str]:
    return {"id_number": id_number(person), "name": name(person)}


def wanted(*people: dict[str, object] | int, **changes: object) -> dict[str, object]:
    """People by number and name, or by id."""
    return {
        "kind": "receipt",
        "county": "youxi",
        "coverage_year": 2020,
        "people": [one for one in people if not isinstance(one, int)],
        "person_ids": [one for one in people if isinstance(one, int)],
    } | changes


def covered(person: int, revision: int = 2, cover_from: date | None = date(2020, 1, 1)) -> EnrollmentCovered:
    return EnrollmentCovered(
        enrollment_id=1000 + person, person_id=person, county="youxi", coverage_year=2020,
        division_code=VILLAGE, assessment_id=7, revision=revision, cover_from=cover_from,
        cover_to=cover_from and date(2020, 12, 31), completed_at=NOW,
    )  # fmt: skip


class Desk:
    """Who asks for certificates: a backend, officers, and anybody without a token."""

    def __init__(self, counter: Counter, client) -> None:
        self.counter = counter
        self._client = client

    @property
    def _app(self):
        """The application is made once: its numbers have one registry."""
        return self.counter.http._transport.app

    async def as_(self, *scopes: str, subject: str = "test", division: str = "350426"):
        http = await self._client(
            self.counter.context, app=self._app, scopes=scopes, subject=subject, division=division
        )
        http.headers[CLOCK_HEADER] = NOW.isoformat()
        return http

    async def backend(self):
        return await self.as_("orders:write", "collection:read", subject="mini-program")

    async def officer(self, **more: str):
        return await self.as_("collection:read", "pii:read", subject="officer", **more)

    async def anybody(self):
        http = await self._client(self.counter.context, app=self._app, token=None)
        http.headers[CLOCK_HEADER] = NOW.isoformat()
        return http

    async def issue(self, http, *people: dict[str, object] | int, **changes: object):
        answer = await http.post("/v1/certificates", json=wanted(*people, **changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def verdict(self, made: dict[str, object]):
        asked = {name: made[name] for name in ("certificate_no", "code")}
        answer = await (await self.anybody()).post(CHECK, json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pay(self, *people: int, number: str = "T1"):
        await self.counter.tell(*(self.counter.assessed(person) for person in people))
        return await self.counter.pay(number, *people)


@pytest.fixture
def desk(counter, client) -> Desk:
    return Desk(counter, client)


class TestIssuing:
    async def test_a_backend_gets_the_paper_of_a_payer_by_number_and_name(self, desk):
        await desk.pay(1)
        await desk.counter.tell(covered(1))
        http = await desk.backend()

        made = await desk.issue(http, named(1))

        assert (made["state"], made["paid_fen"], made["county"]) == ("stands", PRICE, "youxi")
        (person,) = made["people"]
        assert person["masked_name"] == "林**" and person["masked_id"].startswith("350426********")
        assert (person["cover_from"], person["cover_to"]) == ("2020-01-01", "2020-12-31")
        paper = await http.get(f"/v1/certificates/{made['certificate_no']}/file")
        assert paper.headers["content-type"] == "application/pdf" and paper.content.startswith(b"%PDF-")

    async def test_a_wrong_name_gets_none_and_is_recorded(self, desk):
        await desk.pay(1)

        refused = await (await desk.backend()).post(
            "/v1/certificates", json=wanted({"id_number": id_number(1), "name": "李四"})
        )

        assert refused.status_code == 404
        rows = await desk.counter.rows("SELECT operation, query_digest FROM person_lookups ORDER BY id")
        assert rows[-1].operation == "create_certificate_refused"
        assert rows[-1].query_digest == desk.counter.digest(1)

    async def test_the_same_key_gives_the_same_number(self, desk):
        await desk.pay(1)
        http = await desk.backend()
        key = {"idempotency-key": '"a"'}
        first = await http.post("/v1/certificates", json=wanted(named(1)), headers=key)
        again = await http.post("/v1/certificates", json=wanted(named(1)), headers=key)

        assert again.json() == first.json() and await desk.counter.count("certificates") == 1
        other = await desk.issue(http, named(1))
        assert other["certificate_no"] != first.json()["certificate_no"]

    async def test_nobody_gets_one_for_whom_nothing_counts(self, desk):
        await desk.counter.tell(desk.counter.assessed(1))
        await desk.counter.pay_part("T1", 1, 100)

        refused = await (await desk.backend()).post("/v1/certificates", json=wanted(named(1)))

        assert refused.json()["type"].endswith("nothing-paid")
        assert refused.json()["errors"][0]["pointer"] == "#/people/0"

    async def test_a_household_is_one_paper_with_the_sum(self, desk):
        await desk.pay(1, 2)
        officer = await desk.officer()

        made = await desk.issue(officer, 1, household=True, kind="certificate")

        assert [one["person_id"] for one in made["people"]] == [1, 2] and made["paid_fen"] == 2 * PRICE

    async def test_a_backend_has_to_name_everybody_of_it(self, desk):
        await desk.pay(1, 2)
        http = await desk.backend()

        refused = await http.post("/v1/certificates", json=wanted(named(1), household=True))

        assert refused.json()["type"].endswith("name-missing")
        made = await desk.issue(http, named(1), named(2), household=True)
        assert len(made["people"]) == 2

    async def test_two_households_get_two_papers(self, desk):
        await desk.pay(1, 20)

        refused = await (await desk.backend()).post("/v1/certificates", json=wanted(named(1), named(20)))

        assert refused.json()["type"].endswith("not-one-household")

    async def test_an_officer_of_another_township_gets_none(self, desk):
        await desk.pay(1)

        refused = await (await desk.officer(division="350426102")).post("/v1/certificates", json=wanted(1))

        assert refused.status_code == 403

    async def test_who_paid_by_an_order_is_named_by_whoever_asks(self, desk):
        """A wallet tells no names."""
        counter = desk.counter
        await counter.tell(counter.assessed(1))
        order = await counter.http.post(
            "/v1/orders", json={"county": "youxi", "coverage_year": 2020, "channel": "tax", "person_ids": [1]}
        )
        assert order.status_code == 201, order.text
        await counter.pay("T1", items=[], order_no=order.json()["order_no"], amount_fen=PRICE)

        refused = await (await desk.officer()).post("/v1/certificates", json=wanted(1))

        assert refused.json()["type"].endswith("name-missing")
        assert (await desk.issue(await desk.officer(), named(1)))["state"] == "stands"

    async def test_whose_notification_was_erased_is_named_by_whoever_asks(self, desk):
        await desk.pay(1)
        erase = statement(f"UPDATE notifications SET raw = {value_of(notifications.c.raw, 'raw')}")
        async with desk.counter.context.engine.begin() as conn:
            await execute(conn, erase, raw=b"")

        refused = await (await desk.officer()).post("/v1/certificates", json=wanted(1))

        assert refused.json()["type"].endswith("name-missing")
        assert (await desk.issue(await desk.officer(), named(1)))["state"] == "stands"


class TestThePaper:
    async def test_lies_sealed_and_comes_out_the_same_again(self, desk):
        await desk.pay(1)
        http = await desk.backend()
        made = await desk.issue(http, named(1))
        path = f"/v1/certificates/{made['certificate_no']}/file"

        first, again = await http.get(path), await http.get(path)

        assert first.content == again.content
        raw = (await desk.counter.rows("SELECT content FROM certificates"))[0].content
        assert name(1).encode() not in bytes(raw)
        kept = await desk.counter.opened("SELECT content FROM certificates", certificates.c.content)
        assert kept["people"][0]["name"] == name(1)

    async def test_has_full_names_and_so_is_for_its_issuer_and_for_who_may_see_them(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))
        path = f"/v1/certificates/{made['certificate_no']}/file"

        other = await (await desk.as_("collection:read", subject="tax-1")).get(path)

        assert (other.status_code, other.json()["required_scope"]) == (403, "pii:read")
        shown = "SELECT 1 FROM person_lookups WHERE subject = 'tax-1' AND operation = 'get_certificate_file'"
        assert not await desk.counter.rows(shown), "who was refused saw nobody"
        assert (await (await desk.officer()).get(path)).status_code == 200
        rows = await desk.counter.rows(
            "SELECT subject, operation FROM person_lookups WHERE person_id = 1 AND operation LIKE '%file'"
        )
        assert ("officer", "get_certificate_file") in [(row.subject, row.operation) for row in rows]

    async def test_is_listed_for_its_person_masked(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))

        listed = (await (await desk.officer()).get("/v1/certificates?person_id=1")).json()

        assert [one["certificate_no"] for one in listed["items"]] == [made["certificate_no"]]
        assert name(1) not in str(listed)


class TestWhatBecameOfTheMoney:
    async def test_is_told_of_papers_that_were_handed_out_before(self, desk):
        payment = await desk.pay(1)
        http = await desk.backend()
        before = await desk.issue(http, named(1))
        assert (await desk.verdict(before))["state_now"] == "stands"

        await desk.counter.tell(
            desk.counter.refunded(payment["payment_id"], 1, "paid", amount_fen=100, withdraws=False)
        )

        told = await desk.verdict(before)
        assert (told["genuine"], told["state"], told["state_now"]) == (True, "stands", "partly_refunded")
        assert (told["refunded_fen"], told["refunded_now_fen"]) == (0, 100)
        again = await desk.issue(http, named(1))
        assert (again["state"], again["refunded_fen"]) == ("partly_refunded", 100)
        assert again["certificate_no"] > before["certificate_no"]

    async def test_a_whole_refund_is_told_and_printed(self, desk):
        payment = await desk.pay(1)
        http = await desk.backend()
        before = await desk.issue(http, named(1))
        await desk.counter.tell(desk.counter.refunded(payment["payment_id"], 1, "paid"))

        assert (await desk.verdict(before))["state_now"] == "refunded"
        after = await desk.issue(http, named(1))
        assert (after["state"], after["people"][0]["cover_from"]) == ("refunded", None)
        assert (await desk.verdict(after))["state"] == "refunded"

    async def test_cover_that_an_officer_ended_is_told(self, desk):
        await desk.pay(1)
        before = await desk.issue(await desk.backend(), named(1))
        fact = EnrollmentWithdrawn(
            enrollment_id=1001, person_id=1, county="youxi", coverage_year=2020, division_code=VILLAGE,
            contest_no=1, causes=("died",), ends_cover=True, reason="died", revision=1, withdrawn_at=NOW,
        )  # fmt: skip

        await desk.counter.tell(fact)

        assert (await desk.verdict(before))["state_now"] == "withdrawn"

    async def test_of_a_household_each_is_told(self, desk):
        payment = await desk.pay(1, 2)
        made = await desk.issue(await desk.officer(), 1, household=True)
        await desk.counter.tell(desk.counter.refunded(payment["payment_id"], 2, "paid"))

        told = await desk.verdict(made)

        assert told["state_now"] == "changed_in_part"
        assert [one["state"] for one in told["people"]] == ["stands", "refunded"]


class TestTwoRecordsOfOnePerson:
    async def test_papers_of_the_one_are_found_with_the_other_and_stand(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))
        merged = PersonMerged(
            person_id=3, merged_person_id=1, county="youxi", identity_digests=(desk.counter.digest(1),),
            merged_at=NOW,
        )  # fmt: skip

        await desk.counter.tell(desk.counter.assessed(3), merged)

        listed = (await (await desk.officer()).get("/v1/certificates?person_id=3")).json()["items"]
        assert [one["certificate_no"] for one in listed] == [made["certificate_no"]]
        assert (await desk.verdict(made))["state_now"] == "stands"


class TestMoneyThatCameInParts:
    async def test_two_payments_of_one_due_are_one_paper_and_stop_counting_together(self, desk):
        counter = desk.counter
        await counter.tell(counter.assessed(1))
        first = await counter.pay_part("T1", 1, 15_000)
        await counter.pay_part("T2", 1, 10_000)
        (case,) = (await counter.http.get("/v1/cases")).json()["items"]
        body = {"step": "apply_together", "reason": "Paid in two parts at the counter"}
        await counter.http.post(f"/v1/cases/{case['case_id']}/decision", json=body)

        made = await desk.issue(await desk.backend(), named(1))

        assert (made["state"], made["paid_fen"]) == ("stands", PRICE)
        assert await counter.count("certificate_lines") == 2
        await counter.tell(counter.refunded(first["payment_id"], 1, "paid", amount_fen=15_000))
        assert (await desk.verdict(made))["state_now"] == "not_counted"

    async def test_an_add_on_that_went_back_and_was_bought_again_stands(self, desk):
        counter = desk.counter
        await desk.pay(1)
        bought = await counter.pay_part("T2", 1, 3_000)
        await counter.tell(
            counter.refunded(bought["payment_id"], 1, "paid", amount_fen=3_000, withdraws=False)
        )
        await counter.pay_part("T3", 1, 3_000)

        made = await desk.issue(await desk.backend(), named(1))

        assert (made["state"], made["paid_fen"], made["refunded_fen"]) == ("stands", PRICE + 6_000, 3_000)
        kept = await counter.opened("SELECT content FROM certificates", certificates.c.content)
        assert (kept["people"][0]["own_fen"], kept["people"][0]["add_on_fen"]) == (PRICE, 3_000)

    async def test_what_was_too_much_and_went_back_before_it_counted_takes_nothing_away(self, desk):
        counter = desk.counter
        await counter.tell(counter.assessed(1))
        payment = await counter.pay_part("T1", 1, 40_000)
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid", amount_fen=15_000, withdraws=False))
        await counter.http.post(f"/v1/suspense/{key[0]}/1/apply", json={})

        made = await desk.issue(await desk.backend(), named(1))

        assert (made["state"], made["paid_fen"], made["refunded_fen"]) == ("stands", 40_000, 15_000)


class TestCover:
    @pytest.mark.parametrize("revisions", [(2, 3), (3, 2)])
    async def test_is_that_of_the_highest_revision(self, desk, revisions):
        days = {2: date(2020, 1, 1), 3: date(2020, 3, 1)}
        await desk.pay(1)
        for revision in revisions:
            await desk.counter.tell(covered(1, revision, days[revision]))

        made = await desk.issue(await desk.backend(), named(1))

        assert made["people"][0]["cover_from"] == "2020-03-01"

    async def test_that_nobody_knows_is_not_made_up(self, desk):
        await desk.pay(1)
        await desk.counter.tell(covered(1, 2, None))

        made = await desk.issue(await desk.backend(), named(1))

        assert made["people"][0]["cover_from"] is None


class TestChecking:
    async def test_says_what_the_paper_says_and_names_nobody(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))

        told = await desk.verdict(made)

        assert told["genuine"] and told["issuer"] == "尤溪县医保局" and told["place"] == "尤溪县"
        assert name(1) not in str(told) and id_number(1) not in str(told) and "person_id" not in str(told)
        rows = await desk.counter.rows("SELECT subject, person_id FROM person_lookups ORDER BY id")
        assert (rows[-1].subject, rows[-1].person_id) == ("anybody", 1)

    async def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))
        unknown = f"Z{(await _numbers(1))[0]}"

        wrong = await desk.verdict(made | {"code": "AAAA-AAAA"})

        assert wrong == await desk.verdict(made | {"certificate_no": unknown})
        assert wrong["genuine"] is False and not any(wrong.values())

    async def test_a_content_that_was_changed_in_the_database_is_not_genuine(self, desk):
        await desk.pay(1)
        await desk.pay(2, number="T2")
        http = await desk.backend()
        made, other = await desk.issue(http, named(1)), await desk.issue(http, named(2))
        await desk.counter.rows_changed(
            "UPDATE certificates c SET content = o.content FROM certificates o"
            " WHERE c.certificate_no = :one AND o.certificate_no = :other",
            one=made["certificate_no"], other=other["certificate_no"],
        )  # fmt: skip

        assert (await desk.verdict(made))["genuine"] is False

    async def test_who_guesses_is_locked_out_and_operators_hear_of_it(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))
        http = await desk.anybody()
        numbers = [f"Z{n}" for n in await _numbers(FAILURES_WITHOUT_TOKEN)]
        for number in numbers:
            asked = {"certificate_no": number, "code": "AAAA-AAAA"}
            assert (await http.post(CHECK, json=asked)).json()["genuine"] is False

        refused = await http.post(CHECK, json={name: made[name] for name in ("certificate_no", "code")})

        assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
        metrics = (await desk.counter.context.metrics.exposition()).decode()
        assert 'canbao_certificate_checks_total{outcome="locked_out"} 1.0' in metrics

    async def test_one_address_asks_only_so_fast(self, service_context, client, keys):
        context = await service_context("collection", checks_per_minute=2, **keys.settings())
        http = await client(context, token=None)
        number = f"Z{(await _numbers(1))[0]}"
        asked = {"certificate_no": number, "code": "AAAA-AAAA"}
        answers = [(await http.post(CHECK, json=asked)).status_code for _ in range(3)]

        assert answers == [200, 200, 429]
        await context.parts.commits.close()
        await context.parts.placing.close()


async def _numbers(count: int) -> list[str]:
    from services.collection.vouchers.rules import voucher_no

    return [voucher_no("350426", date(2019, 1, 1), 1 + place) for place in range(count)]


class TestThePage:
    async def test_is_where_the_code_on_the_paper_leads(self, desk):
        await desk.pay(1)
        made = await desk.issue(await desk.backend(), named(1))
        address = made["check_address"].removeprefix("http://canbao.test")

        page = await (await desk.anybody()).get(f"{address}&from=singlemessage")

        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
        assert "凭证属实" in page.text and "Genuine" in page.text and "250.00" in page.text
        assert name(1) not in page.text and "林**" in page.text
        assert "no-store" in page.headers["cache-control"] and "script" not in page.text

    async def test_asks_for_number_and_code(self, desk):
        page = await (await desk.anybody()).get("/certificates/check")

        assert page.status_code == 200 and "<form" in page.text and "验证码" in page.text

    async def test_says_that_a_code_is_wrong_and_repeats_nothing_as_markup(self, desk):
        http = await desk.anybody()
        number = (await _numbers(1))[0]
        wrong = await http.get("/certificates/check", params={"no": f"Z{number}", "code": "AAAA"})
        mistyped = await http.get("/certificates/check", params={"no": '"><script>x</script>', "code": "A"})

        assert "未查到" in wrong.text and wrong.status_code == 200
        assert mistyped.status_code == 422 and "<script>" not in mistyped.text


class TestBatches:
    async def test_a_division_gets_its_papers_in_one_file_or_a_zip(self, desk):
        await desk.pay(1, 2, 20)
        officer = await desk.officer()
        asked = {
            "kind": "certificate", "county": "youxi", "coverage_year": 2020, "division_code": "350426101000",
        }  # fmt: skip

        made = (await officer.post("/v1/certificate-batches", json=asked)).json()

        assert (made["issued"], made["unnamed"], made["next_after"]) == (3, [], None)
        path = f"/v1/certificate-batches/{made['batch_id']}/file"
        assert (await officer.get(path)).content.startswith(b"%PDF-")
        packed = zipfile.ZipFile(io.BytesIO((await officer.get(f"{path}?form=zip")).content))
        assert len(packed.namelist()) == 3 and packed.read(packed.namelist()[0]).startswith(b"%PDF-")
        single = packed.namelist()[0].removesuffix(".pdf")
        alone = await officer.get(f"/v1/certificates/{single}/file")
        assert alone.content == packed.read(packed.namelist()[0])

    async def test_goes_on_where_the_page_before_ended_by_household_too(self, desk):
        await desk.pay(1, 2, 20)
        officer = await desk.officer()
        asked = {
            "kind": "receipt", "county": "youxi", "coverage_year": 2020, "division_code": "350426000000",
            "by_household": True,
        }  # fmt: skip

        path = "/v1/certificate-batches?limit=1"
        first = (await officer.post(path, json=asked)).json()
        second = await officer.post(f"{path}&after={first['next_after']}", json=asked)

        assert (first["issued"], second.json()["issued"]) == (1, 1)
        listed = (await officer.get("/v1/certificates?person_id=2")).json()["items"]
        assert [[one["person_id"] for one in paper["people"]] for paper in listed] == [[1, 2]]

    async def test_needs_the_right_to_see_names(self, desk):
        asked = {
            "kind": "receipt", "county": "youxi", "coverage_year": 2020, "division_code": "350426101000",
        }  # fmt: skip

        refused = await (await desk.backend()).post("/v1/certificate-batches", json=asked)

        assert refused.status_code == 403


def test_instants_of_tests_are_business_time():
    assert datetime(2019, 11, 20, 10, tzinfo=SHANGHAI) == NOW
