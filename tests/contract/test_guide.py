"""The guide is whole: its pictures are made by journeys and are shown, its pages are in both languages."""

import ast
import re
from pathlib import Path

import pytest

from libs.common.settings import REPOSITORY
from services.console.pages.rules import ROLE_NAMES
from services.console.users.rules import ROLES_OF_PEOPLE

GUIDE = REPOSITORY / "docs" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
ENGLISH = [one for one in PAGES if not one.name.endswith(".zh-CN.md") and one.name != "README.md"]
LARGEST, LARGEST_TOGETHER = 160_000, 4_000_000

_SHOWN = re.compile(r"!\[([^\]]*)\]\(pictures/([a-z-]+)\.png\)")
_LINK = re.compile(r"\]\(([^)#:]+)\)")


def taken() -> list[str]:
    """The names of pictures that journeys take; a name that is put together stands for each of its sizes."""
    names = []
    for path in sorted((REPOSITORY / "tests" / "e2e").glob("test_console_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "guide_picture":
                name = node.args[1]
                if isinstance(name, ast.Constant):
                    names.append(str(name.value))
                else:
                    assert ast.unparse(name).endswith("{size}'"), ast.unparse(name)
                    stem = ast.unparse(name)[2:-1].removesuffix("{size}")
                    names += [stem + size for size in ("desk", "phone")]
    return names


def shown() -> set[str]:
    return {name for page in PAGES for _, name in _SHOWN.findall(page.read_text(encoding="utf-8"))}


class TestPictures:
    def test_are_each_taken_by_one_journey(self):
        names = taken()

        assert len(names) > 20
        assert sorted(names) == sorted(set(names))
        assert {one.stem for one in (GUIDE / "pictures").iterdir()} == set(names), "run `make guide`"

    @pytest.mark.parametrize("ending", [".png", ".json"])
    def test_have_an_outline_beside_them(self, ending):
        assert {one.stem for one in (GUIDE / "pictures").glob(f"*{ending}")} == set(taken())

    def test_are_all_shown_on_a_page(self):
        assert shown() == set(taken())

    def test_are_small(self):
        sizes = {one.name: one.stat().st_size for one in (GUIDE / "pictures").glob("*.png")}

        assert not {name: size for name, size in sizes.items() if size > LARGEST}
        assert sum(sizes.values()) < LARGEST_TOGETHER

    def test_say_what_they_show_to_who_does_not_see_them(self):
        assert not [page.name for page in PAGES for words, _ in _SHOWN.findall(page.read_text()) if not words]


class TestPages:
    @pytest.mark.parametrize("role", ROLES_OF_PEOPLE)
    def test_are_there_for_every_role_that_signs_in(self, role):
        zh, en = ROLE_NAMES[role]
        index = (GUIDE / "README.md").read_text(encoding="utf-8")
        rows = [line for line in index.splitlines() if line.startswith("| ") and ".zh-CN.md" in line]

        [row] = [one for one in rows if zh in one]
        assert en.lower() in row.lower()
        titles = [(GUIDE / name).read_text(encoding="utf-8").splitlines()[0] for name in _LINK.findall(row)]
        assert [title.startswith(f"# {words}") for title, words in zip(titles, (zh, en), strict=True)] == [
            True, True,
        ]  # fmt: skip

    @pytest.mark.parametrize("page", ENGLISH, ids=lambda one: one.stem)
    def test_are_in_both_languages_with_the_same_pictures(self, page: Path):
        chinese = page.with_name(f"{page.stem}.zh-CN.md")
        texts = [one.read_text(encoding="utf-8") for one in (page, chinese)]

        names = [[name for _, name in _SHOWN.findall(text)] for text in texts]
        assert names[0] == names[1] != []
        assert texts[0].count("\n## ") == texts[1].count("\n## ")
        index = (GUIDE / "README.md").read_text(encoding="utf-8")
        assert f"({page.name})" in index and f"({chinese.name})" in index

    @pytest.mark.parametrize("page", PAGES, ids=lambda one: one.name)
    def test_link_to_what_is_there(self, page: Path):
        links = _LINK.findall(page.read_text(encoding="utf-8"))

        assert links
        assert not [link for link in links if not (page.parent / link).exists()]
