"""Pages use one word per thing, that of docs/glossary.md: none of those that stood for the same before."""

import pytest

from libs.common.settings import REPOSITORY

#: A word that pages do not use, and the one that they do.
OTHER_WORDS = {
    "差错工单": "更正单",
    "上报差错": "报送更正单",
    "出资方": "资助方",
    "收款点": "收缴点",
    "附加保障": "附加保险",
    "资助核验": "资助核定",
    "考核结算表": "考核表",
    "户编号": "户号",
    "反结账": "解锁",
    "整批撤销": "整批冲回",
    "缴款单": "存款单",
    "缴款凭证": "划款凭证",
    "原路退回": "原路退款",
}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    console = REPOSITORY / "services" / "console"
    files = [file for ending in ("py", "html") for file in console.rglob(f"*.{ending}")]
    guide = (REPOSITORY / "docs" / "guide").glob("*.md")
    return {str(file.relative_to(REPOSITORY)): file.read_text(encoding="utf-8") for file in (*files, *guide)}


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_is_used_for_each_thing(pages, word):
    assert [name for name, text in pages.items() if word in text] == [], f"say {OTHER_WORDS[word]}"


@pytest.mark.parametrize("word", sorted(set(OTHER_WORDS.values())))
def test_stands_in_the_glossary(word):
    assert word in (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
