"""Services that start while the file of one county has a mistake: all say so, and other counties go on."""

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest

from canbao.process_metrics import measure_process
from libs.common.policy import policies_dir
from libs.common.policy.live import LiveNotices
from services.registration.imports.worker import import_next
from tests.integration.registration.builders import VILLAGE, household, number
from tests.integration.registration.test_surface import QUESTION

SLIP = "colour: red"
FAULTY = "urn:canbao:problem:notice-faulty"
BOOKS = {"county": "youxi", "coverage_year": 2020}
DAYS = {"paid_from": "2019-11-01", "paid_to": "2019-11-30"}
SUBSCRIPTION = {"url": "https://93.184.216.34/", "kinds": ["canbao.payment.received.v1"], "county": "youxi"}
KEY = base64.b64encode(b"\x05" * 32).decode()

ASKED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("registration", "GET", "/v1/notices/youxi/2020", {}),
    ("registration", "GET", "/v1/progress", {"params": BOOKS}),
    ("registration", "POST", "/v1/season-openings", {"json": BOOKS}),
    ("collection", "GET", "/v1/payments/file", {"params": {"county": "youxi", **DAYS}}),
    ("ledger", "GET", "/v1/handovers", {"params": BOOKS}),
    ("ledger", "GET", "/v1/periods", {"params": {"county": "youxi"}}),
    ("subsidy", "GET", "/v1/fund-arrivals/template", {"params": BOOKS}),
    ("webhooks", "POST", "/v1/subscriptions", {"json": SUBSCRIPTION}),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The notice of Youxi, with a mistake in its second line; that of Huining has none."""
    for county, year in (("youxi", 2020), ("huining", 2021)):
        (tmp_path / county).mkdir()
        shutil.copy(policies_dir() / county / f"{year}.yaml", tmp_path / county)
    file = tmp_path / "youxi" / "2020.yaml"
    text = file.read_text()
    file.write_text(text[text.index("notice:\n") :].replace("notice:\n", f"notice:\n  {SLIP}\n", 1))
    return file


@pytest.fixture
def started(service_context: Any, file: Path) -> Any:
    """Makes the context of a service that starts now."""

    async def start(name: str) -> Any:
        context = await service_context(name, **({"account_key": KEY} if name == "subsidy" else {}))
        context.notices = LiveNotices(file.parents[1])
        return context

    return start


def mend(file: Path, notices: LiveNotices) -> None:
    file.write_text(file.read_text().replace(f"  {SLIP}\n", ""))
    notices.look()
    assert notices.look()


@pytest.mark.parametrize(("service", "method", "path", "sent"), ASKED, ids=lambda one: str(one)[:40])
async def test_every_service_says_that_the_file_has_a_fault(started, client, service, method, path, sent):
    http = await client(await started(service))

    answer = await http.request(method, path, **sent)

    told = answer.json()
    assert (answer.status_code, told["type"]) == (409, FAULTY)
    assert (told["faulty_file"], told["line"]) == ("youxi/2020.yaml", 2)
    for words in ("youxi/2020.yaml", "canbao policy check"):
        assert words in told["detail"] and words in told["detail_zh"]
    assert "lost" in told["detail"] and "没有丢失" in told["detail_zh"]


class TestRegistration:
    async def test_refuses_the_rows_of_the_county_until_it_is_mended_and_takes_them_then(
        self, started, client, file
    ):
        context = await started("registration")
        http = await client(context)
        rows = [
            household("H1"),
            household("H2", county="huining", year=2021) | {"division_code": "620422101201"},
        ]

        refused = (await http.post("/v1/households:batch", json=rows)).json()["rejected"]
        assert [(one["problem"]["type"], one["problem"]["line"]) for one in refused] == [(FAULTY, 2)]

        mend(file, context.notices)
        assert (await http.post("/v1/households:batch", json=rows)).json()["rejected"] == []

    async def test_has_an_import_wait_until_the_file_is_mended_and_where_it_is_gone(
        self, started, client, file
    ):
        context = await started("registration")
        mend(file, context.notices)
        http = await client(context)
        good = file.read_text()
        form = {"kind": "households", "county": "youxi", "coverage_year": "2020"}
        header = "户号,村代码,与户主关系,姓名,证件号码,户籍"
        body = f"{header}\r\n1,{VILLAGE},户主,张一,{number()},本县\r\n".encode()
        sent = await http.post("/v1/imports", files={"file": ("a.csv", body)}, data=form)
        path = f"/v1/imports/{sent.json()['import_id']}"
        file.write_text(good.replace("notice:\n", f"notice:\n  {SLIP}\n", 1))
        context.notices = LiveNotices(file.parents[1])  # as it starts anew with the mistake

        async def looks_again() -> dict[str, Any]:
            async with context.engine.begin() as conn:
                await conn.exec_driver_sql("UPDATE imports SET retry_at = NULL")
            assert await import_next(context)
            told: dict[str, Any] = (await http.get(path)).json()
            return told

        for _ in range(12):
            waits = await looks_again()
        assert (waits["state"], waits["failure"], waits["rows_done"]) == ("running", None, 0)
        assert waits["trouble"].startswith("notice-faulty: youxi/2020.yaml, line ") and waits["retry_at"]
        assert not await import_next(context)  # others have their turns meanwhile

        faulty = file.read_text()
        file.unlink()
        context.notices.look()
        gone = await looks_again()
        assert (gone["state"], gone["failure"], gone["trouble"]) == ("running", None, "notice-not-found")
        file.write_text(faulty)
        for _ in range(2):
            context.notices.look()
        assert (await looks_again())["trouble"] == waits["trouble"]

        mend(file, context.notices)
        done = await looks_again()
        assert (done["state"], done["trouble"], done["new"], done["rejected"]) == ("done", None, 1, 0)

    async def test_answers_a_question_of_the_contract_so(self, started, client):
        http = await client(await started("registration"))

        told = (await http.post("/v1/assessments", json=QUESTION)).json()

        assert told["type"] == FAULTY, told

    async def test_lists_the_flaws_and_what_is_not_in_force(self, started, client, file):
        context = await started("registration")
        http = await client(context)

        listed = (await http.get("/v1/notices")).json()
        assert listed["not_in_force"] == ["youxi/2020"]
        assert [(one["file"], one["line"]) for one in listed["flaws"]] == [("youxi/2020.yaml", 2)]
        assert "colour" in listed["flaws"][0]["detail_zh"]

        mend(file, context.notices)
        listed = (await http.get("/v1/notices")).json()
        assert (listed["not_in_force"], listed["flaws"]) == ([], [])


async def test_a_year_that_nobody_wrote_a_file_for_stays_unknown(started, client):
    http = await client(await started("registration"))

    assert (await http.get("/v1/notices/youxi/2019")).status_code == 404


async def test_operators_see_which_file_is_not_in_force(started, file):
    context = await started("ledger")
    measure_process(context, None)
    series = 'canbao_notices_not_in_force{file="youxi/2020.yaml"} 1.0'

    assert series in (await context.metrics.exposition()).decode()
    mend(file, context.notices)
    assert series not in (await context.metrics.exposition()).decode()
