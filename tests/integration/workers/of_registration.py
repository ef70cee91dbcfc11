"""Poisons of registration: enrollments, files, help elsewhere, alerts, bulletins, messages."""

import json
from ipaddress import ip_address

import httpx

from libs.common.policy import Notices, load_notice_bytes, policies_dir
from libs.common.web.outbound import Outbound
from services.registration.enrollments import handlers
from services.registration.reminders import sending
from services.registration.reminders.gateway import Gateways
from tests.integration.registration.builders import csv_of, household, member, number, paid
from tests.integration.registration.conftest import Registration
from tests.integration.registration.test_imports import HEADER, people, upload
from tests.integration.registration.test_mini_programs import give
from tests.integration.registration.test_reminders import URL, remind
from tests.integration.stories.test_elsewhere import BLOCK
from tests.integration.workers.bench import Bench, Scene, change, finds, poison, refuse

_HELP = """
    INSERT INTO elsewhere_helps (id, county, coverage_year, person_id, division_code, insured_in, paid_on,
        paid_fen, voucher_no, proofs, lines, state, revision, recorded_by, asked_at, agreed_at, look_at)
    VALUES (:id, 'dongan', 2020, :person_id, '431122101201', '431121', '2019-10-20', 25000, 'QY-1',
        '{voucher}', '[]', 'agreed', 1, 'clerk', '2019-11-03', '2019-11-03', '2019-11-04')
"""


@poison("registration", "assess")
async def enrollment(bench: Bench) -> Scene:
    registration = await bench.registration()
    broken = number()
    await registration.register(household("H1", member("林一", broken)), household("H2"))
    person_id = await registration.person_id(broken)
    await refuse(registration.context, "assessments", f"person_id <> {person_id}")
    apart = "(SELECT count(*) FROM unassessed) = 1"
    return Scene(
        registration.context, finds(registration.context, f"SELECT {apart} AND EXISTS (TABLE assessments)")
    )


@poison("registration", "imports")
async def file(bench: Bench) -> Scene:
    """The name of a file that no key opens: it cannot even be said which file it is."""
    registration = await bench.registration()
    broken = await upload(registration, csv_of([HEADER, *people(2)]))
    await upload(registration, csv_of([HEADER, *people(2)]))
    await change(registration.context, "UPDATE imports SET file_name = '\\x00ff' WHERE id = :id", id=broken)
    return Scene(
        registration.context,
        finds(registration.context, "SELECT count(*) = 1 FROM imports WHERE state = 'done'"),
    )


@poison("registration", "elsewhere")
async def help_elsewhere(bench: Bench) -> Scene:
    registration = await bench.registration()
    text = (policies_dir() / "dongan" / "2020.yaml").read_text(encoding="utf-8")
    text = text.replace("  after_payment:\n", f"{BLOCK}  after_payment:\n", 1)
    registration.context.notices = Notices([load_notice_bytes(text.encode(), "dongan/2020.yaml")])
    heads = [number(), number()]
    await registration.register(
        *(
            household(f"E{place}", member("张三", one), division_code="431122101201", enroll=None)
            for place, one in enumerate(heads)
        )
    )
    for id_, one in enumerate(heads, start=1):
        await change(registration.context, _HELP, id=id_, person_id=await registration.person_id(one))
    await refuse(registration.context, "elsewhere_helps", "id <> 1 OR state = 'agreed'")
    ended = "SELECT array_agg(id) = ARRAY[2::bigint] FROM elsewhere_helps WHERE state = 'ended'"
    return Scene(registration.context, finds(registration.context, ended))


async def pays(registration: Registration, no: str, at: str, **more: str) -> None:
    """Somebody registers and pays at an instant, which is what time it is then."""
    one = number()
    await registration.register(household(no, member("张三", one), **more))
    await registration.assess()
    found = await registration.rows(
        "SELECT id FROM enrollments WHERE person_id = :id", id=await registration.person_id(one)
    )
    enrollment = {"enrollment_id": found[0].id, "county": more.get("county", "youxi"), "coverage_year": 2020}
    fact = paid({**enrollment, "division_code": "350426101203"}, at)
    await registration.handle(handlers.COLLECTION, fact)


@poison("registration", "alerts")
async def roster(bench: Bench) -> Scene:
    registration = await bench.registration()
    await pays(registration, "A1", "2019-10-15T10:00:00+08:00")
    await refuse(registration.context, "cases", "subject <> 'rosters/youxi/2020/disabled'")
    raised = "SELECT count(*) = 2 FROM cases WHERE kind = 'roster_missing'"
    return Scene(registration.context, finds(registration.context, raised))


@poison("registration", "goals")
async def goal(bench: Bench) -> Scene:
    registration = await bench.registration()
    await pays(registration, "G1", "2019-12-20T10:00:00+08:00")
    await refuse(registration.context, "cases", "subject NOT LIKE 'goals/youxi/%/all'")
    raised = "SELECT count(*) > 0 FROM cases WHERE kind = 'goal_behind'"
    return Scene(registration.context, finds(registration.context, raised))


@poison("registration", "bulletins")
async def bulletin(bench: Bench) -> Scene:
    registration = await bench.registration()
    await pays(registration, "B1", "2019-10-02T10:00:00+08:00")
    await pays(registration, "B2", "2019-10-02T10:00:00+08:00", county="dongan", division_code="431122100201")
    await refuse(registration.context, "bulletins", "county <> 'dongan'")
    drafted = "SELECT count(*) = 1 FROM bulletins WHERE county = 'youxi'"
    return Scene(registration.context, finds(registration.context, drafted))


@poison("registration", "reminders")
async def message(bench: Bench) -> Scene:
    """A phone that no key opens, and after it words that cannot be put together."""
    hooks = {"*": {"url": URL, "token": "secret"}}
    registration = await bench.registration(message_gateways=json.dumps(hooks))
    for place in range(3):
        one = number()
        await registration.register(household(f"R{place}", member("张三", one)))
        await registration.assess()
        given = await give(registration.http, await registration.person_id(one), f"1380000000{place}")
        assert given.status_code == 201, given.text
    made = await remind(registration, "gateway")
    assert made.status_code == 201, made.text
    await change(registration.context, "UPDATE reminders SET next_try_at = '2019-01-01'")
    await change(
        registration.context,
        "UPDATE reminders SET phone = '\\x01ff' WHERE id = (SELECT min(id) FROM reminders)",
    )
    taken = httpx.MockTransport(lambda request: httpx.Response(202))

    async def lookup(_host: str, _port: int) -> list[object]:
        return [ip_address("93.184.216.34")]

    def gateways(settings: object) -> Gateways:
        return Gateways(settings, Outbound((), taken, lookup))

    real, asked = sending.words, list[int]()

    def words(*given: object) -> str:
        asked.append(1)
        if len(asked) == 2:
            raise RuntimeError("nobody thought of this")
        return real(*given)

    bench.monkeypatch.setattr(sending, "Gateways", gateways)
    bench.monkeypatch.setattr(sending, "words", words)
    became = "SELECT array_agg(state ORDER BY id) = ARRAY['queued', 'unknown', 'sent'] FROM reminders"
    return Scene(registration.context, finds(registration.context, became))
