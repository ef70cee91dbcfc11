"""One person is one person: whatever documents, names, households and counties do."""

from tests.integration.registration.builders import number
from tests.integration.stories.conftest import moment


def certificate(n=7):
    return {"type": "birth_certificate", "number": f"P35{n:07d}"}


async def family(story, on, *members, household="F1", village=None, head=None, expect=0):
    notice = story.county.services["registration"].context.notices[(story.code, story.year)]
    row = {
        "household_no": household,
        "division_code": village or (notice.division[:6] + "101201"),
        "head": head or members[0]["documents"][0]["number"],
        "members": list(members),
        "enroll": {"county": story.code, "coverage_year": story.year},
    }
    answer = await story.county.expect("registration", "POST", "/v1/households:batch", moment(on), [row])
    assert len(answer["rejected"]) == expect, answer
    await story.county.settle()
    return answer


def adult(n):
    return {"name": "李四", "documents": [{"type": "resident_id", "number": n}]}


def child(*documents, name="李小宝"):
    return {"name": name, "born": "2019-11-20", "sex": "female", "documents": list(documents)}


async def rows(story, service, sql, **values):
    from sqlalchemy import text

    async with story.county.services[service].context.engine.connect() as conn:
        return list((await conn.execute(text(sql), values)).all())


async def pay(story, id_number, name, yuan, on, no, *, told=None):
    fen = yuan * 100
    payment = {
        "transaction_no": no, "paid_at": moment(on).isoformat(), "amount_fen": fen, "county": story.code,
        "coverage_year": story.year, "items": [{"id_number": id_number, "name": name, "amount_fen": fen}],
    }  # fmt: skip
    answer = await story.county.pay(payment, moment(told or on))
    assert answer.status_code in (200, 202), answer.text
    await story.county.settle()


async def lines(story):
    found = await rows(
        story, "collection",
        "SELECT state, reason, person_id FROM payment_lines ORDER BY payment_id, line_no",
    )  # fmt: skip
    return [(row.state, row.reason) for row in found]


class TestANewborn:
    async def test_whose_number_comes_after_the_certificate_stays_one_person(self, tell):
        story = await tell("youxi")
        parent, its_number = number(), number("2019-11-20")
        await family(story, "2019-12-01", adult(parent), child(certificate()))
        await pay(story, "P350000007", "李小宝", 250, "2019-12-02", "T1")
        own = {"type": "resident_id", "number": its_number}
        await family(story, "2019-12-20", adult(parent), child(own))

        assert len(await rows(story, "registration", "SELECT id FROM persons")) == 2
        await pay(story, its_number, "李小宝", 250, "2019-12-21", "T2")
        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]

    async def test_like_another_with_a_number_of_the_same_kind_is_a_question(self, tell):
        story = await tell("youxi")
        parent = number()
        first = {"type": "resident_id", "number": number("2019-11-20")}
        await family(story, "2019-12-01", adult(parent), child(first))
        other = {"type": "resident_id", "number": number("2019-11-20")}
        answer = await family(story, "2019-12-05", adult(parent), child(other), expect=1)

        assert "looks-registered" in str(answer["rejected"])
        assert len(await rows(story, "registration", "SELECT id FROM persons")) == 2

    async def test_twins_are_two(self, tell):
        story = await tell("youxi")
        await family(
            story, "2019-12-01", adult(number()),
            child(certificate(1), name="李大宝"), child(certificate(2), name="李小宝"),
        )  # fmt: skip
        assert len(await rows(story, "registration", "SELECT id FROM persons")) == 3


class TestANumberAddedAfterPayment:
    async def test_finds_the_person_and_a_second_payment(self, tell):
        story = await tell("youxi")
        parent, permit = number(), {"type": "birth_certificate", "number": "P350000009"}
        await family(story, "2019-12-01", adult(parent), child(permit))
        await pay(story, "P350000009", "李小宝", 250, "2019-12-02", "T1")
        both = child(permit, {"type": "resident_id", "number": (own := number("2019-11-20"))})
        await family(story, "2019-12-10", adult(parent), both)

        found = await story.county.ask(
            "collection", "POST", "/v1/dues/search", moment("2019-12-11"),
            {"id_number": own, "name": "李小宝", "county": "youxi", "coverage_year": 2020},
        )  # fmt: skip
        assert (found.status_code, found.json()["state"]) == (200, "paid")
        await pay(story, own, "李小宝", 250, "2019-12-12", "T2")
        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]


class TestAWrongNumber:
    async def test_is_corrected_and_the_person_stays_one(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        await somebody.pays(250, "2019-10-05")
        person_id = (await rows(story, "registration", "SELECT id FROM persons"))[0].id
        right = number()
        await story.county.expect(
            "registration", "POST", f"/v1/persons/{person_id}/documents/correction", moment("2019-10-10"),
            {"wrong_number": somebody.number, "right_number": right, "reason": "录入错误"},
        )  # fmt: skip
        await story.county.settle()
        await pay(story, right, "张三", 250, "2019-10-12", "T2")

        assert await lines(story) == [("applied", None), ("suspended", "already_paid")]
        assert len(await rows(story, "registration", "SELECT id FROM persons")) == 1

    async def test_that_belongs_to_another_person_is_refused_with_whose_it_is(self, tell):
        story = await tell("youxi")
        first, second = await story.person("2019-10-01"), await story.person("2019-10-01")
        ids = [row.id for row in await rows(story, "registration", "SELECT id FROM persons ORDER BY id")]
        answer = await story.county.ask(
            "registration", "POST", f"/v1/persons/{ids[0]}/documents/correction", moment("2019-10-10"),
            {"wrong_number": first.number, "right_number": second.number, "reason": "录入错误"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["person_id"]) == (409, ids[1])

    async def test_of_the_name_corrected_after_a_payment_applies_it(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        await pay(story, somebody.number, "张姗", 250, "2019-10-05", "T1")
        assert await lines(story) == [("suspended", "name_mismatch")]
        person_id = (await rows(story, "registration", "SELECT id FROM persons"))[0].id
        await story.county.expect(
            "registration", "PATCH", f"/v1/persons/{person_id}", moment("2019-10-10"), {"name": "张姗"}
        )
        await story.county.settle()

        assert [state for state, _ in await lines(story)] == ["applied"]


class TestAMove:
    async def test_of_a_paid_person_within_a_division_is_done_at_once(self, tell):
        story = await tell("youxi")
        somebody, other = await story.person("2019-10-01"), await story.person("2019-10-01")
        await somebody.pays(250, "2019-10-05")
        person_id = (await rows(story, "registration", "SELECT id FROM persons ORDER BY id"))[0].id
        home = (await rows(story, "registration", "SELECT household_no, division_code FROM households"))[0]
        moved = await story.county.expect(
            "registration", "POST", f"/v1/persons/{person_id}/moves", moment("2019-10-10"),
            {"household_no": other.household, "division_code": home.division_code, "reason": "婚迁"},
        )  # fmt: skip
        await story.county.settle()

        assert (moved["approval"], moved["person"]["household"]["household_no"]) == (None, other.household)
        assert await somebody.state() == "paid"

    async def test_takes_the_tier_along_that_was_paid_and_frees_those_who_are_left(self, tell):
        story = await tell("huilong")
        left, moving, other = number(), number(), number()
        village = "500155112001"
        await family(story, "2019-10-10", adult(left), adult(moving), village=village)
        await family(story, "2019-10-10", adult(other), household="F2", village=village)
        await pay(story, moving, "李四", 625, "2019-10-20 09:00:00", "T1")
        await pay(story, left, "李四", 250, "2019-10-20 15:00:00", "T2")
        assert [state for state, _ in await lines(story)] == ["applied", "suspended"]
        person_id = (await rows(story, "registration", "SELECT id FROM persons ORDER BY id"))[1].id
        await story.county.expect(
            "registration", "POST", f"/v1/persons/{person_id}/moves", moment("2019-10-22"),
            {"household_no": "F2", "division_code": village, "reason": "婚迁"},
        )  # fmt: skip
        await story.county.settle()

        assert [state for state, _ in await lines(story)] == ["applied", "applied"]
        assert await story.cases("collection") == []
        await pay(story, other, "李四", 250, "2019-10-25", "T3")
        assert (await lines(story))[-1] == ("suspended", "household_tier_mismatch")


class TestTwoCounties:
    async def test_enrolled_in_one_is_refused_in_the_other_with_its_name(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-01")
        row = {
            "household_no": "X1",
            "division_code": "431122101201",
            "head": somebody.number,
            "members": [{"name": "张三", "documents": [{"type": "resident_id", "number": somebody.number}]}],
            "enroll": {"county": "dongan", "coverage_year": 2020},
        }
        answer = await story.county.expect(
            "registration", "POST", "/v1/households:batch", moment("2019-10-10"), [row]
        )
        problem = answer["rejected"][0]["problem"]
        assert (problem["type"].rsplit(":", 1)[-1], problem.get("other_county")) == (
            "enrolled-in-another-county", "youxi",
        )  # fmt: skip
