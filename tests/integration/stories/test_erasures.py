"""Somebody is erased when the time of keeping is over: two persons agree, and no service knows who it was."""

import asyncio
import re
from datetime import date
from typing import Any

from sqlalchemy import text

from canbao.definitions import definition
from libs.common.bus.port import Message
from libs.common.db.rows import execute, statement, value_of
from libs.common.db.sealed import mark_of
from libs.common.db.sealing import data_keys
from libs.common.identity import DocumentType
from services.registration.enrollments import completions_store
from services.registration.erasures import store as erasures_store
from services.registration.erasures.erasing import erase_again
from services.registration.tables import survey_rows
from tests.integration.registration.builders import number
from tests.integration.stories.conftest import Story, moment
from tests.integration.stories.test_merges import merge
from tests.integration.stories.test_people import adult, family, pay, rows

#: The first day on which somebody of 2020 who was never insured may be erased.
OVER = "2031-01-01"
#: What grows only and holds keyed digests: docs/retention.md says why they stay.
BOOKS = {"registration.outbox", "ledger.facts"}


async def ask(story: Story, person_id: int, on: str) -> Any:
    path, body = f"/v1/persons/{person_id}/erasures", {"reason": "保管期满，销毁清册 2031-1"}
    return await story.county.ask("registration", "POST", path, moment(on), body)


async def agree(story: Story, asked: Any, on: str) -> Any:
    path = f"/v1/approvals/{asked.json()['approval']['approval_id']}/approve"
    second = story.token_of("second")
    return await story.county.ask("registration", "POST", path, moment(on), {}, token=second)


async def ids(story: Story) -> list[int]:
    return [row.id for row in await rows(story, "registration", "SELECT id FROM persons ORDER BY id")]


async def everything(story: Story) -> dict[str, str]:
    """What whoever has all databases and their keys reads in them, by table."""
    found = {}
    for service, running in story.county.services.items():
        async with running.context.engine.begin() as conn:
            keys = await data_keys(conn)
            # Answers that are kept to be given again go after thirty days.
            await conn.execute(text("DELETE FROM idempotency_keys"))
            for table in definition(service).metadata.sorted_tables:
                cells = []
                for row in (await conn.execute(text(f"SELECT * FROM {table.name}"))).mappings():
                    for column in table.columns:
                        mark, value = mark_of(column), row[column.name]
                        if mark is not None and mark.kind != "digest" and value is not None:
                            value = mark.show(value, keys)
                        cells.append(value.hex() if isinstance(value, bytes) else str(value))
                found[f"{service}.{table.name}"] = "\n".join(cells)
    return found


async def where(story: Story, *needles: str) -> set[str]:
    """The tables in which any of these stands."""
    pattern = re.compile("|".join(map(re.escape, needles)))
    return {name for name, cells in (await everything(story)).items() if pattern.search(cells)}


def digest_of(story: Story, id_number: str) -> str:
    digests = story.county.services["registration"].context.digests
    return digests.identity(DocumentType.RESIDENT_ID, id_number)


async def listed_in_a_village(story: Story, id_number: str) -> None:
    """A village's base has the person, with phone and address."""
    columns = survey_rows.c
    async with story.county.services["registration"].context.engine.begin() as conn:
        insert = statement(f"""
            INSERT INTO survey_rows (county, coverage_year, import_id, division_code, household_no, head,
                born, document_type, answer, name, number, number_digest, phone, address,
                content_digest)
            VALUES ('youxi', 2020, 1, '350426101201', '1', true, '1990-01-01', 'resident_id', 'insure',
                {value_of(columns.name, "name")}, {value_of(columns.number, "number")},
                {value_of(columns.number_digest, "of")}, {value_of(columns.phone, "phone")},
                {value_of(columns.address, "address")}, {value_of(columns.content_digest, "cells")})
        """)
        await execute(
            conn, insert, name="王五一", number=id_number, of=id_number, phone="13912345678",
            address="某村 7 号", cells=id_number,
        )  # fmt: skip


async def told_again_from_the_end(story: Story) -> None:
    """Services hear everything of registration once more, the erasure first."""
    outbox = await rows(story, "registration", "SELECT * FROM outbox ORDER BY id DESC")
    topic = "canbao.registration"
    messages = [
        Message(
            topic=topic, partition=0, position=row.id, key=row.key, id=str(row.id),
            source="canbao/registration", type=row.type, time=row.time, data=row.data.encode(),
        )
        for row in outbox
    ]  # fmt: skip
    for service in ("collection", "subsidy"):
        running = story.county.services[service]
        async with running.context.engine.begin() as conn:
            await conn.execute(text("DELETE FROM inbox"))
        for message in messages:
            await running.handlings[topic].process([message])


class TestOver:
    async def test_nobody_knows_any_more_who_it_was_however_facts_come(self, tell):
        story = await tell("youxi")
        wrong, right = number(), number()
        await family(story, "2019-10-01", adult(wrong) | {"name": "王五一"})
        (person_id,) = await ids(story)
        correction = {"wrong_number": wrong, "right_number": right, "reason": "王五一来电，号码录错"}
        path = f"/v1/persons/{person_id}/documents/correction"
        await story.county.expect("registration", "POST", path, moment("2019-10-02"), correction)
        card = {
            "id_number": right,
            "account_no": "6221550000000000001",
            "bank": "农商银行",
            "holder": "王五一",
        }
        await story.county.expect("subsidy", "POST", "/v1/cards:batch", moment("2019-10-03"), [card])
        await listed_in_a_village(story, right)
        await story.county.settle()
        names = (wrong, right, "王五一", "6221550000000000001", "13912345678", "某村 7 号")
        assert {
            *("registration.persons", "registration.documents", "registration.former_numbers"),
            *("registration.survey_rows", "registration.person_lookups", "subsidy.cards"),
        } <= await where(story, *names)
        digests = [digest_of(story, wrong), digest_of(story, right)]
        assert {"collection.due_identities", "subsidy.identities"} <= await where(story, *digests)

        asked = await ask(story, person_id, OVER)
        assert (asked.status_code, asked.json()["kept_until"]) == (200, OVER)
        assert (await agree(story, asked, OVER)).status_code == 200
        await story.county.settle()

        # What officers wrote in the audit has a term of its own.
        assert await where(story, *names) == {"registration.person_lookups"}
        assert await where(story, *digests) - {"registration.person_lookups"} <= BOOKS
        await told_again_from_the_end(story)
        assert await where(story, *digests) - {"registration.person_lookups"} <= BOOKS
        gone = await story.county.ask("registration", "GET", f"/v1/persons/{person_id}", moment(OVER))
        assert gone.status_code == 404
        again = await ask(story, person_id, OVER)
        assert again.status_code == 404

    async def test_who_comes_again_is_somebody_new(self, tell):
        story = await tell("youxi")
        id_number = number()
        await family(story, "2019-10-01", adult(id_number))
        (person_id,) = await ids(story)
        await agree(story, await ask(story, person_id, OVER), OVER)
        await story.county.settle()
        search = {"id_number": id_number, "name": "李四"}
        found = await story.county.expect("registration", "POST", "/v1/persons/search", moment(OVER), search)
        assert found["items"] == []
        await family(story, "2031-01-02", adult(id_number), household="F2")
        assert len(await ids(story)) == 2


class TestWhoMayBeErased:
    async def test_is_listed_by_id_and_others_with_until_when_and_why(self, tell):
        story = await tell("youxi")
        paid, owing = number(), number()
        await family(story, "2019-10-01", adult(paid))
        await family(story, "2019-10-01", adult(owing), household="F2")
        await pay(story, paid, "李四", 250, "2019-10-05", "T1")
        insured, other = await ids(story)

        async def listed(on: str, **query: object) -> list[Any]:
            found = await story.county.ask("registration", "GET", "/v1/erasures", moment(on), **query)
            assert found.status_code == 200, found.text
            return found.json()["items"]

        assert await listed("2030-12-31") == []
        assert [one["person_id"] for one in await listed(OVER)] == [other]
        assert await listed(OVER, county="huining") == []
        everybody = {one["person_id"]: one for one in await listed(OVER, due="false", county="youxi")}
        assert {
            one: [shown[name] for name in ("due", "kept_until", "insured", "last_year", "last_by")]
            for one, shown in everybody.items()
        } == {
            insured: [False, "2121-01-01", True, 2020, "enrollment"],
            other: [True, OVER, False, 2020, "enrollment"],
        }
        assert "100年" in everybody[insured]["because_zh"] and "10 years" in everybody[other]["because"]

        await agree(story, await ask(story, other, OVER), OVER)
        assert await listed(OVER) == []

    async def test_counts_all_records_of_one_person(self, tell):
        story = await tell("youxi")
        for id_number, day, household in ((number(), "2019-10-01", "F1"), (number(), "2019-10-02", "F2")):
            await family(story, day, adult(id_number), household=household)
        older, newer = await ids(story)
        await merge(story, newer, older, "2019-10-20")
        async with story.county.services["registration"].context.engine.begin() as conn:
            # The record that goes on was corrected after the last year of which anything is.
            await conn.execute(text(f"UPDATE persons SET known_at = '2022-03-01+08' WHERE id = {older}"))

        path = "/v1/erasures"
        found = await story.county.ask("registration", "GET", path, moment(OVER), county="youxi")

        assert [one["person_id"] for one in found.json()["items"]] == [older]
        assert (await ask(story, older, OVER)).status_code == 200


class TestABackupOfBefore:
    async def test_that_was_restored_has_them_erased_again_and_nobody_else(self, tell):
        story = await tell("youxi")
        paid, owing = number(), number()
        await family(story, "2019-10-01", adult(paid))
        await family(story, "2019-10-01", adult(owing), household="F2")
        await pay(story, paid, "李四", 250, "2019-10-05", "T1")
        insured, other = await ids(story)
        engine = story.county.services["registration"].context.engine

        async with engine.begin() as conn:
            again = {
                one: await erase_again(conn, one, "operator", "恢复备份", moment(OVER))
                for one in (insured, other, 10**12)
            }
        story.county.services["registration"].stir()
        await story.county.settle()

        assert again == {insured: "kept", other: "erased", 10**12: "unknown"}
        assert await where(story, owing) == set()
        assert "registration.documents" in await where(story, paid)
        async with engine.connect() as conn:
            assert await erasures_store.erased(conn) == [other]
        (seen,) = await rows(
            story, "registration", "SELECT person_id FROM person_lookups WHERE operation = 'erase_again'"
        )
        assert seen.person_id == other


class TestPapersAndCards:
    async def test_go_with_the_person_when_their_own_time_is_over(self, tell):
        story = await tell("youxi")
        id_number = number()
        await family(story, "2019-10-01", adult(id_number))
        await pay(story, id_number, "李四", 250, "2019-10-05", "T1")
        (person_id,) = await ids(story)
        body = {
            "kind": "certificate",
            "county": "youxi",
            "coverage_year": 2020,
            "people": [{"id_number": id_number, "name": "李四"}],
        }
        await story.county.expect("collection", "POST", "/v1/certificates", moment("2019-10-06"), body)
        assert "collection.certificates" in await where(story, "李四")

        await agree(story, await ask(story, person_id, "2121-01-01"), "2121-01-01")
        await story.county.settle()

        assert "collection.certificates" not in await where(story, "李四")
        found = await story.county.ask(
            "collection", "GET", "/v1/certificates", moment("2121-01-02"), person_id=person_id
        )
        assert found.json()["items"] == []


class TestKept:
    async def test_as_long_as_the_law_says(self, tell):
        story = await tell("youxi")
        paid, owing = number(), number()
        await family(story, "2019-10-01", adult(paid))
        await family(story, "2019-10-01", adult(owing), household="F2")
        await pay(story, paid, "李四", 250, "2019-10-05", "T1")
        insured, other = await ids(story)

        for person_id, on, until in (
            (insured, OVER, date(2121, 1, 1)),
            (other, "2030-12-31", date(2031, 1, 1)),
        ):
            refused = await ask(story, person_id, on)
            assert (refused.status_code, refused.json()["kept_until"]) == (409, until.isoformat())
            assert refused.json()["type"].endswith("kept-by-law")

    async def test_when_something_new_came_before_the_second_person_agreed(self, tell):
        story = await tell("youxi")
        id_number = number()
        await family(story, "2019-10-01", adult(id_number))
        (person_id,) = await ids(story)
        asked = await ask(story, person_id, OVER)
        await pay(story, id_number, "李四", 250, "2019-10-05", "T1", told=OVER)

        refused = await agree(story, asked, OVER)

        assert (refused.status_code, refused.json()["kept_until"]) == (409, "2121-01-01")
        assert "registration.documents" in await where(story, id_number)

    async def test_when_money_comes_while_the_second_person_agrees(self, tell):
        story = await tell("youxi")
        id_number = number()
        await family(story, "2019-10-01", adult(id_number))
        (person_id,) = await ids(story)
        asked = await ask(story, person_id, OVER)
        (owed,) = await rows(story, "registration", "SELECT id FROM enrollments")
        waiting = "SELECT 1 FROM pg_locks WHERE locktype IN ('transactionid', 'tuple') AND NOT granted"

        async with story.county.services["registration"].context.engine.begin() as conn:
            await completions_store.lock(conn, [owed.id])
            paying = asyncio.create_task(pay(story, id_number, "李四", 250, "2019-10-05", "T1", told=OVER))
            while not await rows(story, "registration", waiting):
                assert not paying.done(), "nobody waits for the enrollment"
            agreeing = asyncio.create_task(agree(story, asked, OVER))
            while len(await rows(story, "registration", waiting)) < 2:
                assert not agreeing.done(), "nobody waits for the money"
        await paying
        refused = await agreeing
        # Whoever agreed held the enrollment while the assessor looked for it: it looks again.
        story.county.services["registration"].stirred = True
        await story.county.settle()

        assert (refused.status_code, refused.json().get("kept_until")) == (409, "2121-01-01")
        assert "registration.documents" in await where(story, id_number)

    async def test_while_nobody_else_agrees(self, tell):
        story = await tell("youxi")
        id_number = number()
        await family(story, "2019-10-01", adult(id_number))
        (person_id,) = await ids(story)
        asked = await ask(story, person_id, OVER)
        path = f"/v1/approvals/{asked.json()['approval']['approval_id']}/approve"
        alone = await story.county.ask(
            "registration", "POST", path, moment(OVER), {}, token=story.token_of("desk")
        )
        assert alone.status_code == 403
        assert "registration.documents" in await where(story, id_number)
