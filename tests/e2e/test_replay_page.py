"""The example of docs/replay.md plays, by the command that the page gives."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from canbao.replay.run import temporary_data_dir
from libs.common.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "replay.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def totals() -> dict[str, dict]:
    """What `canbao replay season.jsonl --totals` prints; a step that was not as expected ends it with 1."""
    assert "canbao replay season.jsonl --totals " in PAGE
    with temporary_data_dir() as directory:
        directory.chmod(0o711)
        (directory / "season.jsonl").write_text("".join(EXAMPLE), encoding="utf-8")
        command = [sys.executable, "-m", "canbao.cli", "replay", "season.jsonl", "--totals"]
        environment = {**os.environ, "CANBAO_DATA_DIR": str(Path(directory) / "data")}
        played = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=180
        )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


class TestExample:
    def test_registers_one_person_and_applies_what_she_pays(self, totals):
        assert list(totals) == ["youxi/2020"]
        season = totals["youxi/2020"]

        assert season["registration"]["enrollments"] == 1
        assert [(row["state"], row["count"], row["amount_fen"]) for row in season["collection"]["items"]] == [
            ("applied", 1, 25_000)
        ]

    def test_prints_balances_and_handovers_too(self, totals):
        balances = {row["account"]: row["balance_fen"] for row in totals["youxi/2020"]["accounts"]}

        assert balances["clearing:tax"] == 25_000
        assert totals["youxi/2020"]["handovers"] == []
