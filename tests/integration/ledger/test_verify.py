"""`canbao verify` finds a played season clean, and notices everything that is changed behind its back."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from click.testing import CliRunner

from canbao.definitions import SERVICES, database_name, definition
from canbao.demo.certificate import issue_receipt
from canbao.demo.handover import sign_off
from canbao.demo.period import close_first_month
from canbao.demo.scenario import write_scenario
from canbao.demo.score import sign_score_sheet
from canbao.embedded_state import EmbeddedState
from canbao.process import take
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one, temporary_data_dir
from canbao.simulator.keys import webhook_senders
from canbao.verify.report import Report
from canbao.verify.run import CHECKS, LEDGER_CHECKS, verify
from libs.common.clock import CLOCK_HEADER
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.identity import compose_resident_id
from libs.common.policy import load_all
from libs.common.security.seals import seal
from libs.common.settings import REPOSITORY

#: Every check finds something to look at among them, as the first test holds; each test verifies all of them.
PEOPLE = 60

Broken = Callable[..., Awaitable[Report]]


def with_refunds(lines: list[str]) -> list[str]:
    """Add to a scenario: somebody pays twice, another wants the money back, and the bank gives both back."""
    steps = [json.loads(line) for line in lines]
    payments = [step for step in steps if step["do"] == "callback" and len(step["data"]["items"]) > 1]
    payment = next(step for step in payments if "2019-10" < step["data"]["paid_at"] < "2019-12")
    first, second = payment["data"]["items"][:2]
    season = {"county": payment["data"]["county"], "coverage_year": payment["data"]["coverage_year"]}
    again = payment["data"] | {"transaction_no": "AGAIN", "items": [first], "amount_fen": first["amount_fen"]}
    cards = [
        {
            "id_number": who["id_number"],
            "account_no": f"6217999900000000{n}",
            "bank": "RCB",
            "holder": who["name"],
        }
        for n, who in enumerate((first, second))
    ]
    more = [
        {"do": "callback", "channel": payment["channel"], "data": again},
        {"do": "cards", "rows": cards},
        {
            "do": "refund",
            "transaction_no": payment["data"]["transaction_no"],
            "line_no": 2,
            "reason": "moved",
        },
        {"do": "approve_refunds", **season},
        {"do": "payout", **season},
    ]
    return lines + [json.dumps({"at": f"2021-05-05T1{n}:00:00+08:00", **step}) for n, step in enumerate(more)]


def with_unusual_people(lines: list[str]) -> list[str]:
    """Add to a scenario: somebody who has chosen an add-on and pays the contribution alone, and somebody of
    another county whose exemption two payers share."""
    rider, shared = (compose_resident_id(area, date(1990, 1, 1), 2) for area in ("350426", "500155"))

    def registered(number: str, village: str, county: str, **enroll: Any) -> dict[str, Any]:
        member = {
            "name": "林风",
            "documents": [{"type": "resident_id", "number": number}],
            "hukou": "county",
        }
        household = {
            "household_no": "VERIFY",
            "division_code": village,
            "head": number,
            "members": [member],
            "enroll": {"county": county, "coverage_year": 2020} | enroll,
        }
        return {"do": "register", "households": [household]}

    def listed(status: str, department: str, **more: Any) -> dict[str, Any]:
        season = {"county": "huilong", "coverage_year": 2020, "listed_on": "2019-10-12"}
        rows = [{"id_number": shared, "effective_on": "2016-01-01"}]
        return {"do": "roster", "status": status, "department": department, "rows": rows, **season, **more}

    contribution = {
        "transaction_no": "ALONE",
        "paid_at": "2019-12-27T10:00:00+08:00",
        "amount_fen": 25_000,
        "county": "youxi",
        "coverage_year": 2020,
        "items": [{"id_number": rider, "name": "林风", "amount_fen": 25_000}],
    }
    more = [
        ("2019-10-11", registered(rider, "350426101203", "youxi", add_ons=["accident"])),
        ("2019-10-11", registered(shared, "500155112200", "huilong", tier=1)),
        ("2019-10-12", listed("disabled", "disabled_federation", grade=1)),
        ("2019-10-12", listed("fp_reward", "health")),
        ("2019-12-27", {"do": "callback", "channel": "tax", "data": contribution}),
    ]
    steps = [json.dumps({"at": f"{day}T10:00:00+08:00", **step}) for day, step in more]
    return sorted(lines + steps, key=lambda line: json.loads(line)["at"])


def alone(lines: list[str]) -> list[Any]:
    """Callbacks of Youxi by which one person alone paid, in the main window."""
    steps = [json.loads(line) for line in lines]
    return [
        step
        for step in steps
        if step["do"] == "callback"
        and len(step["data"].get("items", ())) == 1
        and step["data"]["amount_fen"] == 25_000
        and "2019-10" < step["data"]["paid_at"] < "2019-12-25"
    ]


async def give_back(url: str, state: Path, payments: list[Any]) -> None:
    """Have the channels give money back themselves: a whole payment, a part of one, and a chargeback."""
    senders = webhook_senders(state)
    kinds = (("refunded", 25_000), ("refunded", 100), ("reversed", 25_000))
    async with httpx.AsyncClient(base_url=f"{url}/collection") as http:
        for number, ((kind, amount_fen), step) in enumerate(zip(kinds, payments, strict=True), start=1):
            data = {
                "transaction_no": step["data"]["transaction_no"],
                "return_no": f"BACK-{number}",
                "returned_at": "2021-05-06T10:00:00+08:00",
                "amount_fen": amount_fen,
            }
            request = senders[step["channel"]].event(f"payment.{kind}", data)
            headers = request.headers | {CLOCK_HEADER: "2021-05-06T10:05:00+08:00"}
            answer = await http.post(request.path, content=request.body, headers=headers)
            assert answer.status_code == 202, answer.text


async def withdraw(url: str, state: Path) -> None:
    """Have one officer decide the only case about somebody's cover, and a second one agree."""
    key = EmbeddedState(state).signing_key()
    scopes = ("registration:read", "registration:decide", "pii:read")
    at = {CLOCK_HEADER: "2021-05-08T10:00:00+08:00"}
    async with httpx.AsyncClient(base_url=f"{url}/registration", headers=at) as http:
        for number in (1, 2):
            token = key.issue(f"officer-{number}", scopes, "*", role="medical_insurance_officer")
            headers = {"authorization": f"Bearer {token}", "idempotency-key": f'"officer-{number}"'}
            if number == 1:
                found = await http.get("/v1/cases", params={"alert": False}, headers=headers)
                [case] = found.json()["items"]
                body = {"step": "withdraw", "reason": "died before cover began"}
                answer = await http.post(f"/v1/cases/{case['case_id']}/decision", json=body, headers=headers)
                waiting = answer.json()["approval"]["approval_id"]
            else:
                address = f"/v1/approvals/{waiting}/approve"
                answer = await http.post(address, json={"note": "agreed"}, headers=headers)
            assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedServer]:
    """The server that holds the databases of a small season, played by the real services."""
    with temporary_data_dir() as directory:
        directory.chmod(0o711)
        scenario, state = Path(directory) / "season.jsonl", Path(directory) / "state"
        write_scenario(scenario, PEOPLE, 7, REPOSITORY / "policies")
        lines = with_unusual_people(scenario.read_text().splitlines())
        scenario.write_text("\n".join(with_refunds(lines)))
        with all_in_one(state, take(), Path(directory) / "up.log") as url:
            result = await play_file(Driver(addresses_below(url), state), scenario, show_progress=False)
            assert result.played.surprises == []
            *returned, dead = alone(scenario.read_text().splitlines())[:4]

            async def go_on(*steps: dict[str, Any]) -> None:
                lines = [json.dumps({"at": "2021-05-07T11:00:00+08:00", **step}) for step in steps]
                scenario.write_text("\n".join(lines))
                played = await play_file(Driver(addresses_below(url), state), scenario, show_progress=False)
                assert played.played.surprises == []

            await give_back(url, state, returned)
            person = dead["data"]["items"][0]
            card = {"account_no": "6217999900000009", "bank": "RCB", "holder": person["name"]}
            death = {"id_number": person["id_number"], "kind": "died", "on": "2019-12-28"}
            await go_on(
                {"do": "cards", "rows": [card | {"id_number": person["id_number"]}]},
                {"do": "life_events", "rows": [death]},
                {"do": "settle"},
            )
            await withdraw(url, state)
            season = {"county": "youxi", "coverage_year": 2020, "at": "2021-05-09T11:00:00+08:00"}
            await go_on(
                {"do": "settle"}, {"do": "approve_refunds", **season}, {"do": "payout", **season},
            )  # fmt: skip
            driver = Driver(addresses_below(url), state)
            assert await issue_receipt(driver, "youxi", 2020, "350426")
            await sign_score_sheet(driver, load_all()["youxi", 2020], state)
            await close_first_month(driver, "youxi", Path(directory))
            await sign_off(driver, load_all()["youxi", 2020], state)
        async with EmbeddedServer(state / "postgresql", durable=False) as server:
            await seal_lookups(server)
            yield server


async def seal_lookups(server: EmbeddedServer) -> None:
    """Seal the audits as their workers do once a minute, which is longer than this season took."""
    for name in SERVICES:
        if "lookup_seals" in definition(name).metadata.tables:
            engine = create_engine(server.url(database_name(name)), name="test")
            await seal(engine)
            await engine.dispose()


@pytest.fixture(scope="module")
def numbers() -> Any:
    return count(1)


@pytest.fixture
async def broken(server: EmbeddedServer, notices: Any, numbers: Any) -> AsyncIterator[Broken]:
    """Verify copies of the databases after changing them: `await broken(ledger="UPDATE ...")`."""
    admin = await asyncpg.connect(server.url("postgres"))
    made: list[str] = []

    async def run(**changes: str) -> Report:
        urls = {name: server.url(database_name(name)) for name in SERVICES}
        for name, statements in changes.items():
            copy = f"copy_{name}_{next(numbers)}"
            await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {database_name(name)} STRATEGY FILE_COPY")
            made.append(copy)
            urls[name] = server.url(copy)
            connection = await asyncpg.connect(urls[name])
            await connection.execute(statements)
            await connection.close()
        return await verify(urls, notices)

    yield run
    for copy in made:
        await admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")
    await admin.close()


def differing(report: Report) -> set[str]:
    """The names of the checks that found something."""
    return {check.name for check in report.checks if check.count}


#: No channel gives money back in this season, and no bank debits: the stories of those end with `verify`.
ELSEWHERE = {"channel-refunds", "debits"}
UNGUARDED = "SET session_replication_role = replica;"  # what only a superuser can do: triggers do not fire
A_CONTRIBUTION = (  # of somebody whose money stayed, whichever fact came first
    "(SELECT min(fact_id) FROM postings WHERE kind = 'contribution' AND NOT reversal AND person_id NOT IN"
    " (SELECT person_id FROM postings WHERE person_id IS NOT NULL"
    "  AND (reversal OR kind LIKE 'refund%' OR kind IN ('returned', 'bounced'))))"
)


class TestCleanSeason:
    async def test_differs_nowhere_and_every_check_looked_at_something(self, broken):
        report = await broken()

        assert differing(report) == set()
        assert {check.name for check in report.checks} == {*CHECKS, *LEDGER_CHECKS}
        idle = {check.name for check in report.checks if not check.compared}
        assert idle == ELSEWHERE

    async def test_had_somebody_who_died_before_cover_began_and_whose_money_went_back(self, server):
        ledger = await asyncpg.connect(server.url(database_name("ledger")))
        registration = await asyncpg.connect(server.url(database_name("registration")))
        [person_id] = await registration.fetchval(
            "SELECT array_agg(person_id) FROM enrollments WHERE state = 'withdrawn'"
        )
        gone = await ledger.fetchval("SELECT array_agg(person_id) FROM withdrawals WHERE NOT reversal")
        back_fen = await ledger.fetchval(
            "SELECT sum(amount_fen)::bigint FROM postings"
            " WHERE kind = 'refund_of_contribution' AND person_id = $1",
            person_id,
        )
        await ledger.close()
        await registration.close()

        assert (gone, back_fen) == ([person_id], 25_000)

    async def test_had_an_add_on_left_open_and_an_exemption_of_two_payers(self, server):
        collection = await asyncpg.connect(server.url(database_name("collection")))
        alone = await collection.fetchrow(
            "SELECT l.state, v.own_fen, v.add_on_fen FROM payment_lines l JOIN vouchers v USING (voucher_no)"
            " JOIN payments p ON p.id = l.payment_id WHERE p.transaction_no = 'ALONE'"
        )
        await collection.close()
        subsidy = await asyncpg.connect(server.url(database_name("subsidy")))
        shared = await subsidy.fetch(
            "SELECT payer, amount_fen, completes_enrollment FROM grants"
            " WHERE county = 'huilong' AND revoked_at IS NULL ORDER BY amount_fen"
        )
        await subsidy.close()

        assert tuple(alone) == ("applied", 25_000, 0)
        assert {row["payer"]: row["amount_fen"] for row in shared} == {
            "health": 7_500, "medical_assistance": 17_500,
        }  # fmt: skip
        assert sorted(row["completes_enrollment"] for row in shared) == [False, True]

    async def test_had_money_that_channels_gave_back_themselves(self, server):
        ledger = await asyncpg.connect(server.url(database_name("ledger")))
        kinds = await ledger.fetch(
            "SELECT kind, sum(amount_fen)::bigint AS fen FROM postings"
            " WHERE kind IN ('returned', 'bounced', 'returned_of_contribution') GROUP BY 1"
        )
        await ledger.close()

        assert {row["kind"]: row["fen"] for row in kinds} == {
            "returned": 25_100,
            "bounced": 25_000,
            "returned_of_contribution": 50_100,
        }


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        # postings
        (f"UPDATE postings SET amount_fen = amount_fen + 1 WHERE fact_id = {A_CONTRIBUTION}", "postings"),
        (f"DELETE FROM postings WHERE fact_id = {A_CONTRIBUTION}", "postings"),
        (
            "INSERT INTO postings SELECT county, coverage_year, 999999, leg_no, kind, reversal, source,"
            f" destination, amount_fen, business_at, NULL, NULL, NULL, NULL, accounting_month FROM postings"
            f" WHERE fact_id = {A_CONTRIBUTION}",
            "postings",
        ),
        (f"UPDATE postings SET person_id = 999999 WHERE fact_id = {A_CONTRIBUTION}", "postings"),
        (
            "ALTER TABLE postings DROP CONSTRAINT ck_postings_month_is_not_before;"
            f"UPDATE postings SET business_at = now() WHERE fact_id = {A_CONTRIBUTION}",
            "postings",
        ),
        (
            "UPDATE facts SET data = replace(data, '\"own_fen\":25000', '\"own_fen\":24000')"
            f" WHERE id = {A_CONTRIBUTION}",
            "postings",
        ),
        (f"UPDATE facts SET business_at = now() WHERE id = {A_CONTRIBUTION}", "postings"),
        ("UPDATE due_positions SET due_fen = due_fen + 1 WHERE paid_lines = 0", "postings"),
        ("DELETE FROM due_positions WHERE paid_lines > 0", "postings"),
        (
            "UPDATE memos SET amount_fen = amount_fen + 1; DELETE FROM facts WHERE type LIKE '%granted%'",
            "postings",
        ),
        ("DELETE FROM postings WHERE kind = 'refund_of_suspense'", "line-postings"),
        ("UPDATE postings SET amount_fen = 1 WHERE kind = 'refund_of_contribution'", "line-postings"),
        (
            "INSERT INTO postings SELECT county, coverage_year, fact_id, 9, 'refund_of_suspense', false,"
            " 'suspense', 'refunds', 100, business_at, NULL, NULL, NULL, NULL, accounting_month FROM postings"
            f" WHERE fact_id = {A_CONTRIBUTION} LIMIT 1",
            "line-postings",
        ),
        # balances
        (f"UPDATE postings SET destination = 'pocket' WHERE fact_id = {A_CONTRIBUTION}", "balances"),
        (
            "ALTER TABLE postings DROP CONSTRAINT ck_postings_amount_is_positive;"
            f"UPDATE postings SET amount_fen = -amount_fen WHERE fact_id = {A_CONTRIBUTION}",
            "balances",
        ),
        (f"UPDATE postings SET destination = 'elsewhere' WHERE fact_id = {A_CONTRIBUTION}", "balances"),
        # nobody is paid for twice
        (
            "INSERT INTO postings SELECT county, coverage_year, fact_id, 9, 'paid_on_behalf', false,"
            " 'payer:county_finance', 'special_fiscal_account', 100, business_at, person_id, division_code,"
            " NULL, 'county_finance', accounting_month FROM postings"
            f" WHERE fact_id = {A_CONTRIBUTION} AND kind = 'contribution'",
            "paid-once",
        ),
        (
            "INSERT INTO postings SELECT county, coverage_year, fact_id, 9, kind, reversal, source,"
            " destination, amount_fen, business_at, person_id, division_code, channel, payer,"
            " accounting_month FROM postings"
            f" WHERE fact_id = {A_CONTRIBUTION} AND kind = 'contribution'",
            "paid-once",
        ),
        # handovers
        ("UPDATE handovers SET document = replace(document, 'head_count\":', 'head_count\": ')", "handovers"),
        ("UPDATE handovers SET sha256 = repeat('0', 64) WHERE ordinal = 1", "handovers"),
        ("UPDATE handovers SET previous_sha256 = NULL WHERE ordinal = 2", "handovers"),
        (
            "DELETE FROM handover_members WHERE (county, fact_id)"
            " IN (SELECT county, min(fact_id) FROM handover_members WHERE ordinal = 1 GROUP BY 1)",
            "handovers",
        ),
        (
            "INSERT INTO handover_members SELECT county, coverage_year, 2, fact_id FROM handover_members"
            " WHERE county = 'youxi' AND ordinal = 1 ORDER BY fact_id LIMIT 1",
            "handovers",
        ),
        ("DELETE FROM handovers WHERE ordinal = 1", "handovers"),
        # the fiscal match
        ("UPDATE fiscal_matches SET sha256 = repeat('0', 64) WHERE id = 1", "fiscal-match"),
        ("UPDATE match_terms SET per_head_fen = per_head_fen + 1", "fiscal-match"),
        ("UPDATE match_arrivals SET amount_fen = amount_fen - 1 WHERE id = 1", "fiscal-match"),
        ("DELETE FROM facts WHERE event_id = 'match-1'", "fiscal-match"),
        ("UPDATE postings SET amount_fen = amount_fen + 1 WHERE kind = 'fiscal_match'", "postings"),
        # what channels owe
        (
            "UPDATE slip_days SET amount_fen = amount_fen + 1"
            " WHERE movement_id = (SELECT min(movement_id) FROM slip_days)",
            "channel-debts",
        ),
        ("UPDATE slip_days SET match_no = 2", "channel-debts"),
        (
            "INSERT INTO facts (county, coverage_year, source, event_id, type, event_at, business_at, data)"
            " VALUES ('youxi', 2020, 'x', 'x', 'canbao.channel_fee.booked.v1', now(), now(), '{}');"
            "INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, source, destination,"
            " amount_fen, business_at, channel, accounting_month) SELECT county, coverage_year, id, 1,"
            " 'channel_fee', 'clearing:tax', 'channel_fee:tax', 5, now(), 'tax', '2030-01-01'"
            " FROM facts WHERE source = 'x'",
            "channel-debts",
        ),
        (
            "UPDATE postings SET channel = NULL, business_at = business_at - interval '1 day'"
            f" WHERE fact_id = {A_CONTRIBUTION} AND kind = 'contribution'",
            "day-totals",
        ),
        # accounting months
        (
            "UPDATE period_closings SET document = replace(document, 'opening_fen\":0', 'opening_fen\":1')",
            "periods",
        ),
        ("UPDATE period_closings SET sha256 = repeat('0', 64)", "periods"),
        ("UPDATE periods SET state = 'locked'", "periods"),
        ("UPDATE periods SET month = month - interval '1 year'", "periods"),
        ("DELETE FROM journal_entries WHERE entry_no = 1", "periods"),
        ("UPDATE journal_entries SET fact_id = 999999 WHERE entry_no = 2", "periods"),
        (
            "ALTER TABLE postings DROP CONSTRAINT ck_postings_month_is_not_before;"
            "UPDATE postings SET accounting_month = '2019-09-01' WHERE fact_id = (SELECT min(fact_id)"
            " FROM postings WHERE business_at > '2019-11-01')",
            "periods",
        ),
        (
            "UPDATE postings SET accounting_month = accounting_month + interval '1 month'"
            f" WHERE fact_id = {A_CONTRIBUTION}",
            "periods",
        ),
        # work funds
        ("UPDATE postings SET amount_fen = amount_fen + 1 WHERE kind = 'work_funds_settled'", "work-funds"),
        (
            "INSERT INTO work_fund_payments (county, coverage_year, division_code, reference, amount_fen,"
            " paid_at, entered_by, entered_at)"
            " VALUES ('youxi', 2020, '350426102000', 'X', 1, now(), 'x', now())",
            "work-funds",
        ),
        # papers that parties signed
        ("UPDATE handover_papers SET document = replace(document, '县税务局', '县财政局')", "papers"),
        ("DELETE FROM approvals WHERE operation = 'handover_paper'", "papers"),
        ("UPDATE handover_papers SET signed_by = 'somebody'", "papers"),
        ("UPDATE handover_papers SET sha256 = repeat('0', 64)", "papers"),
        # people: what the ledger counts, and what it gave back
        ("DELETE FROM postings WHERE kind = 'contribution'", "states"),
        (
            "INSERT INTO withdrawals SELECT county, coverage_year, fact_id, person_id, false, business_at,"
            f" division_code FROM postings WHERE fact_id = {A_CONTRIBUTION} AND kind = 'contribution'",
            "states",
        ),
        (
            "INSERT INTO withdrawals SELECT county, coverage_year, fact_id, person_id, false, business_at,"
            f" division_code FROM postings WHERE fact_id = {A_CONTRIBUTION} AND kind = 'contribution'",
            "postings",
        ),
        ("DELETE FROM withdrawals", "postings"),
        ("UPDATE withdrawals SET person_id = person_id + 1", "postings"),
        ("DELETE FROM postings WHERE kind = 'refund_of_contribution'", "money-back"),
        ("DELETE FROM postings WHERE kind = 'returned_of_contribution'", "money-back"),
        ("UPDATE postings SET amount_fen = amount_fen - 1 WHERE kind = 'returned'", "payment-lines"),
        (
            "DELETE FROM postings WHERE kind = 'charge' AND fact_id IN (SELECT fact_id FROM postings"
            " WHERE kind IN ('returned', 'bounced'))",
            "postings",
        ),
        ("UPDATE postings SET amount_fen = amount_fen + 1 WHERE kind = 'refund'", "money-back"),
        # the way between services
        ("DELETE FROM inbox WHERE event_id = (SELECT min(event_id) FROM inbox)", "events"),
        ("INSERT INTO inbox (source, event_id) VALUES ('canbao/collection', '999999')", "events"),
        # the ledger against the others
        (
            "DELETE FROM postings WHERE fact_id IN (SELECT id FROM facts WHERE payment_id ="
            " (SELECT min(payment_id) FROM facts))",
            "payment-lines",
        ),
        (
            "UPDATE facts SET data = replace(data, 'paid_on_behalf', 'reimburse_to_card')"
            " WHERE type = 'canbao.subsidy.granted.v1'",
            "grants-posted",
        ),
        ("UPDATE facts SET data = '{}' WHERE type = 'canbao.enrollment.assessed.v1'", "postings"),
        (f"UPDATE facts SET type = 'canbao.unknown.v1' WHERE id = {A_CONTRIBUTION}", "postings"),
    ],
)
async def test_a_change_of_the_ledger_is_noticed(broken, statement, check):
    assert check in differing(await broken(ledger=f"{UNGUARDED} {statement}"))


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE payment_lines SET amount_fen = amount_fen - 1 WHERE state = 'applied'", "payments"),
        ("UPDATE payment_lines SET amount_fen = amount_fen - 1 WHERE state = 'applied'", "payment-lines"),
        ("DELETE FROM payment_lines WHERE payment_id = (SELECT min(id) FROM payments)", "payments"),
        ("DELETE FROM payment_lines WHERE payment_id = (SELECT min(id) FROM payments)", "payment-lines"),
        (
            "UPDATE payment_lines SET state = 'suspended', reason = 'unknown_person'"
            " WHERE payment_id = (SELECT min(payment_id) FROM payment_lines WHERE state = 'applied')",
            "payment-lines",
        ),
        (
            "ALTER TABLE payment_lines DROP CONSTRAINT ck_payment_lines_state;"
            "UPDATE payment_lines SET state = 'lost' WHERE payment_id = (SELECT min(id) FROM payments)",
            "payments",
        ),
        (
            "DROP INDEX uq_payment_lines_applied_person; UPDATE payment_lines SET person_id ="
            " (SELECT min(person_id) FROM payment_lines WHERE state = 'applied') WHERE state = 'applied'",
            "paid-once",
        ),
        (
            "DELETE FROM payment_lines WHERE payment_id = (SELECT min(id) FROM payments);"
            "DELETE FROM payments WHERE id = (SELECT min(id) FROM payments)",
            "payments",
        ),
        ("DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox)", "events"),
        (
            "UPDATE dues SET paid_payment_id = NULL WHERE enrollment_id ="
            " (SELECT min(enrollment_id) FROM dues WHERE state = 'paid')",
            "states",
        ),
        ("DELETE FROM dues WHERE enrollment_id = (SELECT min(enrollment_id) FROM dues)", "states"),
        ("UPDATE payment_lines SET refunded_fen = 1 WHERE state = 'applied'", "payment-lines"),
        ("UPDATE dues SET schedule = '[]' WHERE state = 'paid'", "amounts"),
        (
            "UPDATE dues SET schedule = (SELECT jsonb_agg(s || '{\"own_due_fen\": 100}')"
            " FROM jsonb_array_elements(schedule) AS s) WHERE state = 'paid'",
            "amounts",
        ),
        (
            # of whoever paid the contribution alone, beside an add-on
            "UPDATE dues SET schedule = (SELECT jsonb_agg(s || '{\"own_due_fen\": 22000}')"
            " FROM jsonb_array_elements(schedule) AS s)"
            " WHERE jsonb_path_exists(schedule, '$[*] ? (@.add_on_due_fen > 0)')",
            "amounts",
        ),
        ("UPDATE vouchers SET own_fen = own_fen + 1", "amounts"),
        ("DELETE FROM certificates", "certificates"),
        ("UPDATE certificate_lines SET amount_fen = amount_fen + 1", "certificates"),
        ("UPDATE vouchers SET voided_at = now() WHERE voided_at IS NULL", "amounts"),
        ("UPDATE payment_lines SET enrollment_id = enrollment_id + 1 WHERE state = 'applied'", "completions"),
        ("UPDATE dues SET revision = revision - 1 WHERE state = 'open'", "revisions"),
        (
            "DELETE FROM due_identities WHERE enrollment_id = (SELECT min(enrollment_id) FROM dues"
            " WHERE state = 'open')",
            "identities",
        ),
        (
            "UPDATE due_identities SET enrollment_id = (SELECT max(enrollment_id) FROM dues)"
            " WHERE digest = (SELECT min(digest) FROM due_identities WHERE enrollment_id ="
            " (SELECT min(enrollment_id) FROM dues))",
            "identities",
        ),
    ],
)
async def test_a_change_of_collection_is_noticed(broken, statement, check):
    assert check in differing(await broken(collection=f"{UNGUARDED} {statement}"))


@pytest.mark.parametrize(
    ("state", "collection"),
    [
        ("applied", ""),
        (
            "suspended",
            "UPDATE payment_lines SET state = 'suspended', reason = 'already_paid'"
            " WHERE payment_id = (SELECT id FROM payments WHERE transaction_no = 'ALONE')",
        ),
    ],
)
async def test_money_of_a_line_that_stands_half_applied_and_half_in_suspense_is_noticed(
    broken, state, collection
):
    half = """
        INSERT INTO postings (county, coverage_year, fact_id, leg_no, kind, source, destination, amount_fen,
                              business_at, accounting_month)
        SELECT p.county, p.coverage_year, fact_id, 99, 'unapplied', destination, 'suspense', amount_fen / 2,
               p.business_at, accounting_month
        FROM postings p JOIN facts f ON f.id = fact_id
        WHERE kind = 'contribution' AND f.data::json ->> 'transaction_no' = 'ALONE'
    """
    report = await broken(ledger=f"{UNGUARDED} {half}", collection=f"{UNGUARDED} {collection}")
    (found,) = [check for check in report.checks if check.name == "payment-lines"]

    assert [one.wrong.partition(",")[0] for one in found.told] == [f"is {state} in collection"]


A_GRANT_OF_A_PAYER = "(SELECT min(grant_id) FROM grants WHERE revoked_at IS NULL AND payment_id IS NOT NULL)"
AN_EXEMPTION = "(SELECT min(grant_id) FROM grants WHERE revoked_at IS NULL AND completes_enrollment)"
A_GRANT = "(SELECT min(grant_id) FROM grants WHERE revoked_at IS NULL)"


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (f"UPDATE grants SET payer = 'nobody' WHERE grant_id = {A_GRANT}", "subsidies"),
        (f"UPDATE grants SET status = 'friend' WHERE grant_id = {A_GRANT}", "subsidies"),
        (f"UPDATE grants SET amount_fen = amount_fen + 1 WHERE grant_id = {A_GRANT}", "subsidies"),
        (f"UPDATE grants SET assessment_id = 999999 WHERE grant_id = {A_GRANT}", "subsidies"),
        (f"UPDATE grants SET amount_fen = amount_fen + 1 WHERE grant_id = {A_GRANT}", "grants-posted"),
        (f"UPDATE grants SET revoked_at = now() WHERE grant_id = {A_GRANT}", "grants-posted"),
        (f"DELETE FROM grants WHERE grant_id = {A_GRANT}", "grants-posted"),
        (
            "DROP INDEX uq_attempts_active; INSERT INTO attempts SELECT payout_id, attempt + 1, county,"
            " coverage_year, batch_id, amount_fen, card_id, account_cipher, account_masked, bank, holder,"
            " outcome, reason, settled_at FROM attempts WHERE outcome = 'paid'",
            "payouts",
        ),
        (f"UPDATE grants SET payment_id = NULL WHERE grant_id = {A_GRANT_OF_A_PAYER}", "grounds"),
        (
            "INSERT INTO line_returns (payment_id, line_no, return_no, amount_fen, withdraws, returned_at)"
            " SELECT payment_id, line_no, 'R1', 1, true, now() FROM payment_lines WHERE payment_id ="
            f" (SELECT payment_id FROM grants WHERE grant_id = {A_GRANT_OF_A_PAYER})",
            "grounds",
        ),
        (f"UPDATE grants SET revoked_at = now() WHERE grant_id = {AN_EXEMPTION}", "states"),
        (
            "UPDATE enrollments SET cancelled_at = now(), cancelled_revision = revision"
            " WHERE enrollment_id = (SELECT min(enrollment_id) FROM enrollments)",
            "revisions",
        ),
        (
            # the first part of an exemption that two payers share stands on the other
            "UPDATE grants SET revoked_at = now() WHERE county = 'huilong' AND completes_enrollment",
            "grounds",
        ),
        (f"UPDATE grants SET person_id = 999999 WHERE grant_id = {AN_EXEMPTION}", "states"),
        (
            "INSERT INTO line_returns (payment_id, line_no, return_no, amount_fen, withdraws, returned_at)"
            " VALUES (999999, 1, 'R1', 100, false, now())",
            "money-back",
        ),
        (
            "INSERT INTO line_returns (payment_id, line_no, return_no, amount_fen, withdraws, returned_at)"
            " SELECT payment_id, line_no, 'R2', amount_fen + 1, false, now() FROM payment_lines"
            " WHERE payment_id ="
            " (SELECT min(payment_id) FROM payment_lines)",
            "money-back",
        ),
        (
            "UPDATE identities SET person_id = person_id + 1 WHERE digest ="
            " (SELECT min(digest) FROM identities WHERE person_id IS NOT NULL)",
            "identities",
        ),
        ("UPDATE payouts SET state = 'ready' WHERE state = 'paid'", "payouts"),
        ("DELETE FROM payouts WHERE kind = 'subsidy'", "payouts-posted"),
        ("DELETE FROM payouts WHERE kind = 'refund'", "payouts-posted"),
        (
            "DELETE FROM refunds WHERE state = 'paid'; DELETE FROM payouts WHERE kind = 'refund'",
            "payouts-posted",
        ),
        ("UPDATE attempts SET outcome = 'failed' WHERE outcome = 'paid'", "payouts-posted"),
        ("UPDATE payment_lines SET amount_fen = amount_fen - 1", "lines-heard"),
        ("UPDATE payment_lines SET state = 'suspended' WHERE state = 'applied'", "lines-heard"),
        ("DELETE FROM payment_lines WHERE state = 'suspended'", "lines-heard"),
        ("UPDATE payouts SET amount_fen = amount_fen + 1 WHERE state = 'paid'", "payouts"),
        (
            "INSERT INTO dead_letters"
            " (topic, partition, position, key, source, event_id, type, time, data, reason) VALUES"
            " ('canbao.collection', 0, 1, '1', 'canbao/collection', '999999', 'x', now(), '{}', 'broken')",
            "events",
        ),
    ],
)
async def test_a_change_of_subsidy_is_noticed(broken, statement, check):
    assert check in differing(await broken(subsidy=f"{UNGUARDED} {statement}"))


async def test_money_that_went_twice_is_not_named_where_a_case_says_so(broken):
    statement = """
        DROP INDEX uq_attempts_active;
        INSERT INTO attempts
        SELECT payout_id, attempt + 1, county, coverage_year, batch_id, amount_fen, card_id, account_cipher,
               account_masked, bank, holder, outcome, reason, settled_at
        FROM attempts WHERE outcome = 'paid';
        INSERT INTO cases (county, coverage_year, kind, subject, amount_fen, owner, evidence, proposed, state,
                           opened_at)
        SELECT county, coverage_year, 'paid_twice', 'payouts/' || payout_id || '/attempts/1', amount_fen,
               'finance_officer', '{}', 'recovered', 'open', now()
        FROM payouts WHERE state = 'paid'
    """
    assert "payouts" not in differing(await broken(subsidy=f"{UNGUARDED} {statement}"))


@pytest.mark.parametrize("with_case", [True, False])
async def test_money_that_left_for_a_ground_that_is_gone_is_not_named_where_a_case_says_so(broken, with_case):
    cancelled = """
        UPDATE payouts SET state = 'cancelled' WHERE state = 'paid';
        UPDATE attempts SET contradicted = true WHERE outcome = 'paid';
    """
    case = """
        INSERT INTO cases (county, coverage_year, kind, subject, amount_fen, owner, evidence, proposed, state,
                           opened_at)
        SELECT county, coverage_year, 'recovery', 'payouts/' || payout_id || '/attempts/' || attempt,
               amount_fen, 'medical_insurance_officer', '{}', 'recovered', 'open', now()
        FROM payouts WHERE state = 'cancelled'
    """
    found = differing(await broken(subsidy=f"{UNGUARDED} {cancelled} {case if with_case else ''}"))
    assert ("payouts" in found) is not with_case


A_PAID_ONE = "(SELECT min(id) FROM enrollments WHERE state = 'paid')"


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        # what villages reported
        (
            "UPDATE persons SET known_at = known_at + interval '1 day'"
            " WHERE id IN (SELECT person_id FROM tickets WHERE state = 'resolved')",
            "tickets",
        ),
        ("UPDATE tickets SET kind = 'number', number_digest = 'x' WHERE state = 'resolved'", "tickets"),
        # the lists of villages
        (
            "INSERT INTO survey_bases (county, coverage_year, division_code, version_no, import_id, dated_on,"
            " people, added, changed, left_out, sent_by, known_at)"
            " VALUES ('youxi', 2020, '350426100200', 9, 1, '2019-09-01', 3, 3, 0, 0, 'somebody', now())",
            "village-lists",
        ),
        (
            "INSERT INTO chases (county, coverage_year, number_digest, division_code, taken_by, taken_at,"
            " free_from) VALUES ('youxi', 2020, 'x', '350426100200', 'somebody', now(), '2020-01-01')",
            "village-lists",
        ),
        (
            "UPDATE persons SET merged_into = 1 WHERE id = (SELECT max(person_id) FROM enrollments"
            " WHERE state = 'paid')",
            "village-lists",
        ),
        (
            "INSERT INTO score_entries (county, coverage_year, division_code, kind, amount_fen, happened_on,"
            " entered_by, entered_at, state, decided_by, decided_at) VALUES ('youxi', 2020, '350426100000',"
            " 'budget', 100, '2020-01-06', 'zhao', now(), 'agreed', 'qian', now())",
            "scores",
        ),
        ("UPDATE score_sheets SET document = replace(document, '城关', '城东')", "scores"),
        ("UPDATE score_sheets SET signed_by = 'somebody else'", "scores"),
        (f"UPDATE enrollments SET state = 'assessed' WHERE id = {A_PAID_ONE}", "states"),
        (f"UPDATE enrollments SET state = 'exempt' WHERE id = {A_PAID_ONE}", "states"),
        (f"DELETE FROM enrollments WHERE id = {A_PAID_ONE}", "states"),
        ("UPDATE enrollments SET state = 'withdrawn' WHERE state = 'exempt'", "states"),
        (f"UPDATE enrollments SET benefit_from = NULL WHERE id = {A_PAID_ONE}", "cover"),
        (f"UPDATE enrollments SET benefit_from = benefit_from + 60 WHERE id = {A_PAID_ONE}", "cover"),
        (f"UPDATE enrollments SET paid_fen = paid_fen + 1 WHERE id = {A_PAID_ONE}", "completions"),
        (f"UPDATE enrollments SET completed_at = now() WHERE id = {A_PAID_ONE}", "completions"),
        (f"UPDATE completions SET undone_at = now() WHERE enrollment_id = {A_PAID_ONE}", "completions"),
        (f"DELETE FROM completions WHERE enrollment_id = {A_PAID_ONE}", "completions"),
        (
            "UPDATE completions SET undone_at = now() WHERE kind = 'grant'",
            "grounds",
        ),
        (
            "INSERT INTO documents (county, number, number_digest, type, person_id, digest)"
            " SELECT county, number, 'another', type, person_id + 1, digest FROM documents LIMIT 1",
            "identities",
        ),
        (
            "INSERT INTO documents (county, number, number_digest, type, person_id, digest)"
            " SELECT 'elsewhere', d.number, d.number_digest, d.type,"
            " (SELECT max(person_id) FROM enrollments e"
            " WHERE e.state = 'paid' AND e.coverage_year = 2020), d.digest"
            " FROM documents d JOIN enrollments e USING (person_id)"
            " WHERE e.state = 'paid' AND e.coverage_year = 2020 ORDER BY d.person_id LIMIT 1",
            "identities",
        ),
    ],
)
async def test_a_change_of_registration_is_noticed(broken, statement, check):
    assert check in differing(await broken(registration=f"{UNGUARDED} {statement}"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movements SET off_path = 'not_on_path' WHERE id = 1",
        "UPDATE movements SET kind = 'add_on_handover', payee = 'nobody_known', clause = '六' WHERE id = 1",
    ],
)
async def test_money_off_the_way_of_the_notice_is_noticed(broken, statement):
    assert "money-path" in differing(await broken(ledger=f"{UNGUARDED} {statement}"))


async def test_a_decision_of_an_officer_says_why_somebody_is_not_covered(broken):
    statement = (
        f"UPDATE enrollments SET benefit_from = NULL WHERE id = {A_PAID_ONE};"
        "INSERT INTO cases (kind, subject, owner, evidence, proposed, state, opened_at, step)"
        f" SELECT 'ground_gone', 'enrollments/' || {A_PAID_ONE}, 'medical_insurance_officer', '{{}}', 'keep',"
        " 'decided', now(), 'keep'"
    )

    assert "cover" not in differing(await broken(registration=f"{UNGUARDED} {statement}"))


async def test_help_about_which_a_case_was_opened_is_no_difference(broken):
    statement = (
        f"UPDATE grants SET payment_id = NULL WHERE grant_id = {A_GRANT_OF_A_PAYER};"
        "INSERT INTO cases (kind, subject, owner, evidence, proposed, state, opened_at)"
        " SELECT 'recovery', 'grants/' || min(grant_id), 'finance_officer', '{}', 'recovered', 'open', now()"
        " FROM grants WHERE revoked_at IS NULL AND payment_id IS NULL AND NOT completes_enrollment"
        " AND county <> 'huilong'"
    )

    assert "grounds" not in differing(await broken(subsidy=f"{UNGUARDED} {statement}"))


async def test_an_assessment_that_was_rewritten_is_noticed(broken):
    report = await broken(
        registration="UPDATE explanations SET answer = jsonb_set(answer, '{subsidies}', '[]'::jsonb)"
    )

    assert "subsidies" in differing(report)


class TestCommand:
    @pytest.fixture
    def environment(self, server: EmbeddedServer) -> dict[str, str]:
        urls = {f"CANBAO_{name.upper()}_DATABASE_URL": server.url(database_name(name)) for name in SERVICES}
        return urls | {"CANBAO_BUS_DATABASE_URL": server.url(database_name("bus"))}

    async def run(self, environment: dict[str, str], *arguments: str) -> Any:
        import asyncio

        from canbao.commands.verify import command

        return await asyncio.to_thread(CliRunner(env=environment).invoke, command, arguments)

    async def test_prints_json_and_succeeds_when_nothing_differs(self, environment):
        result = await self.run(environment, "--json")

        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["clean"] is True

    async def test_fails_and_names_what_differs(self, environment, server, numbers):
        copy = f"copy_ledger_{next(numbers)}"
        admin = await asyncpg.connect(server.url("postgres"))
        await admin.execute(f"CREATE DATABASE {copy} TEMPLATE canbao_ledger")
        connection = await asyncpg.connect(server.url(copy))
        await connection.execute(f"{UNGUARDED} DELETE FROM postings WHERE fact_id = {A_CONTRIBUTION}")
        await connection.close()

        result = await self.run(environment | {"CANBAO_LEDGER_DATABASE_URL": server.url(copy)})

        await admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")
        await admin.close()
        assert result.exit_code == 1
        assert "but the rules say" in " ".join(result.stdout.split())

    async def test_says_when_a_database_has_no_tables(self, environment, server, numbers):
        empty = f"empty_{next(numbers)}"
        admin = await asyncpg.connect(server.url("postgres"))
        await admin.execute(f"CREATE DATABASE {empty}")

        result = await self.run(environment | {"CANBAO_LEDGER_DATABASE_URL": server.url(empty)})

        await admin.execute(f"DROP DATABASE {empty} WITH (FORCE)")
        await admin.close()
        assert result.exit_code == 1
        assert "canbao migrate" in result.output
