"""Words: plain sentences, one punctuation in Chinese, and a glossary that has the words of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
#: Where the words of everybody are looked at.
ROOTS = ("libs", "services", "canbao")
ROOMS = sorted(
    path.name
    for path in (REPOSITORY / "services").glob("*/*/")
    if path.name not in ("migrations", "__pycache__") and any(path.glob("*.py"))
)

_CHINESE = "[\u3400-\u9fff]"
_CLAUSE = re.compile(r"[一二三四五六七八九十附]\([一二三四五六七八九十]+\)\d*")
_HALF_WIDTH = re.compile(rf"{_CHINESE}\s*[,;:?!()]|[,;:?!)]\s*{_CHINESE}|\({_CHINESE}")
#: Headings of files that offices have, and regular expressions.
_AS_OTHERS_WRITE_IT = re.compile(r"村\(社区\)代码|\(\?|\\d|\\s|\r\n|P\d{10}")


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@cache
def sources_of(root: str) -> dict[str, ast.Module]:
    """The modules below a directory by their names, each read once for all that is looked at."""
    found = {name_of(path): ast.parse(path.read_text()) for path in sorted((REPOSITORY / root).rglob("*.py"))}
    assert found
    return found


def texts_of(tree: ast.AST) -> list[tuple[int, str]]:
    """Every text that the program may say, with its line; documentation is not among them."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


def chinese_parts(text: str) -> list[str]:
    """The parts of a text that are Chinese; English ones may quote a Chinese word and go on in English."""
    parts = re.split(r"\n| \| | / ", text)
    return [part for part in parts if len(re.findall(_CHINESE, part)) > len(re.findall("[A-Za-z]", part))]


def half_width(text: str) -> list[str]:
    """What in a text has the punctuation of English where Chinese stands."""
    if _AS_OTHERS_WRITE_IT.search(text):
        return []
    return [part for part in chinese_parts(text) if _HALF_WIDTH.search(_CLAUSE.sub("", part))]


class TestModules:
    @pytest.mark.parametrize("root", ROOTS)
    def test_open_with_a_plain_sentence(self, root):
        found = [
            name
            for name, tree in sources_of(root).items()
            if (ast.get_docstring(tree) or "").startswith('Answers "')
        ]
        assert not found, "say what the module does or holds, not which question it answers"


class TestChinese:
    @pytest.mark.parametrize("root", ROOTS)
    def test_has_full_width_punctuation(self, root):
        found = [
            f"{name}:{line}: {part}"
            for name, tree in sources_of(root).items()
            for line, text in texts_of(tree)
            for part in half_width(text)
        ]
        assert not found

    @pytest.mark.parametrize(
        "text", ["请补充以下列:姓名。", "姓名,性别", "（通知)三", "没有 (见通知)", "为什么?"]
    )
    def test_with_half_width_punctuation_is_found(self, text):
        assert half_width(text)

    @pytest.mark.parametrize(
        "text", ["按三(一)缴费，共 2 项。", "written 130元, the name of an amount", "时刻 17:00"]
    )
    def test_may_cite_a_clause_and_be_quoted_in_english(self, text):
        assert not half_width(text)


class TestGlossary:
    @pytest.mark.parametrize("room", ROOMS)
    def test_has_the_word_of_every_room(self, room):
        words = set(re.findall(r"`([a-z_]+)`", (REPOSITORY / "docs" / "glossary.md").read_text()))
        assert room in words, (
            f"docs/glossary.md says nothing of `{room}`: say what it is, or name the room otherwise"
        )
