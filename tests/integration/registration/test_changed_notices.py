"""A notice that changes while registration runs: the next batch is assessed by it, both versions are kept."""

import shutil
from pathlib import Path

import pytest

from libs.common.policy import policies_dir
from libs.common.policy.live import LiveNotices
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from tests.integration.registration.builders import household


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "youxi").mkdir()
    return Path(shutil.copy(policies_dir() / "youxi" / "2020.yaml", tmp_path / "youxi"))


class TestChangedNotice:
    async def test_assesses_the_next_batch_and_both_versions_are_kept(self, registration, file):
        notices = LiveNotices(file.parents[1])
        assessor = Assessor(notices, registration.context.digests.name)
        await registration.register(household("H1"))
        assert await assess_batch(registration.context, assessor) == 1

        file.write_text("# corrected\n" + file.read_text())
        notices.look()
        assert notices.look()
        await registration.register(household("H2"))
        assert await assess_batch(registration.context, assessor) == 1

        answered = await registration.rows(
            "SELECT n.body FROM assessments a JOIN notice_versions n ON n.sha = a.notice_sha ORDER BY a.id"
        )
        assert [bytes(row.body).startswith(b"# corrected") for row in answered] == [False, True]


class TestList:
    async def test_names_a_faulty_file_while_its_last_good_version_goes_on(self, registration, file):
        notices = LiveNotices(file.parents[1])
        registration.context.notices = notices
        good = (await registration.get("/v1/notices")).json()
        assert good["flaws"] == []

        file.write_text(file.read_text().replace("county: youxi", "county: ???", 1))
        notices.look()
        notices.look()
        faulty = (await registration.get("/v1/notices")).json()
        assert faulty["items"] == good["items"]
        assert [flaw["file"] for flaw in faulty["flaws"]] == ["youxi/2020.yaml"]
        assert faulty["flaws"][0]["line"] > 0


class TestOne:
    async def test_every_notice_can_be_looked_at(self, registration):
        for notice in (await registration.get("/v1/notices")).json()["items"]:
            address = f"/v1/notices/{notice['county']}/{notice['coverage_year']}"
            shown = (await registration.get(address)).json()
            assert shown["windows"], notice["county"]
            assert shown["notice"] == notice["notice"]
