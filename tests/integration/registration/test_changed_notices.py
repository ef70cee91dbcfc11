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
