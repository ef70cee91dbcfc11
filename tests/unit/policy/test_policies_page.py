"""docs/policies.md teaches nothing that is not so: its notice loads, its commands answer as shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from canbao.commands.policy import command
from canbao.policy.pages import with_tables, words_page
from libs.common.policy import load_notice_bytes
from libs.common.policy.format.extending import whole
from libs.common.policy.workday_files import load_workdays

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("policies.md", "policies.zh-CN.md")}
NOTICE, CASES = "policies/qingxi/2026.yaml", "policies/qingxi/2026.cases.yaml"
WORKDAYS = "policies/workdays-2027.yaml"
BASE = "policies/jiangyuan/2026.base.yaml"
FILES = {f"yaml {name}" for name in (NOTICE, CASES, WORKDAYS, BASE)}
KINDS = FILES | {"yaml variant", "diff mistake", "sh", "text"}


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield (what it is, text) of every code block in order."""
    yield from re.findall(r"^```([^\n]*)\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


def file_of(page: str, name: str) -> str:
    """Put a file together from its blocks, the way a reader of the page does."""
    return "\n".join(text for kind, text in blocks(page) if kind == f"yaml {name}")


def mended(notice: str, diff: str) -> str:
    """Apply the lines of a small diff."""
    for old, new in zip(
        re.findall(r"^-(.*)$", diff, re.MULTILINE), re.findall(r"^\+(.*)$", diff, re.MULTILINE), strict=True
    ):
        assert notice.count(f"{old}\n") == 1, old
        notice = notice.replace(f"{old}\n", f"{new}\n")
    return notice


def with_sections(notice: str, variant: str) -> str:
    """Replace the sections of a notice that a variant has, and add those that are new."""
    for section in re.split(r"\n(?=[a-z_]+:)", variant.strip()):
        key = section.split(":")[0]
        pattern = re.compile(rf"^{key}:.*?(?=^[a-z_]+:|\Z)", re.DOTALL | re.MULTILINE)
        notice = pattern.sub("", notice) + f"\n{section}\n"
    return notice


@pytest.mark.parametrize("page", PAGES)
class TestPage:
    def test_every_block_is_of_a_kind_that_is_tried(self, page):
        assert {kind for kind, _ in blocks(page)} == KINDS

    def test_commands_answer_what_the_page_shows(self, page, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CANBAO_POLICIES_DIR", "policies")
        Path(NOTICE).parent.mkdir(parents=True)
        right = file_of(page, NOTICE)
        called, notice, shown = None, right, 0
        for kind, text in blocks(page):
            if kind == "sh":
                called = text.split()[2:]
            elif kind == "diff mistake":
                notice = mended(right, text)
            elif kind == f"yaml {CASES}":
                Path(CASES).write_text(text, encoding="utf-8")
            elif kind == "text":
                Path(NOTICE).write_text(notice, encoding="utf-8")
                assert CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(command, called).stdout == text
                notice, shown = right, shown + 1
        assert shown == 6

    def test_days_off_can_be_read(self, page, tmp_path):
        path = tmp_path / Path(WORKDAYS).name
        path.write_text(file_of(page, WORKDAYS), encoding="utf-8")
        assert load_workdays(path).holidays

    def test_every_variant_of_the_notice_is_good(self, page, tmp_path):
        base = tmp_path / BASE.removeprefix("policies/")
        base.parent.mkdir()
        base.write_text(file_of(page, BASE), encoding="utf-8")
        variants = [text for kind, text in blocks(page) if kind == "yaml variant"]
        assert len(variants) == 18
        for variant in variants:
            text = with_sections(file_of(page, NOTICE), variant).encode()
            load_notice_bytes(whole(text, tmp_path), "variant")

    def test_the_version_it_names_is_the_one_of_its_notice(self, page):
        ref = load_notice_bytes(file_of(page, NOTICE).encode(), "lesson").ref
        assert set(re.findall(r"qingxi/2026@[0-9a-f]+", PAGES[page])) == {ref}

    def test_tables_are_those_of_the_code(self, page):
        assert with_tables(PAGES[page]) == PAGES[page], "run `make docs`"

    def test_every_link_leads_somewhere(self, page):
        for target in re.findall(r"\]\(([^)#:]+)\)", PAGES[page]):
            assert (DOCS / target).exists(), target


def test_both_languages_teach_the_same_notice():
    english, chinese = (list(blocks(page)) for page in PAGES)
    assert english == chinese


def test_the_list_of_words_is_the_one_of_the_code():
    assert (DOCS / "policy-words.md").read_text(encoding="utf-8") == words_page(), "run `make docs`"
