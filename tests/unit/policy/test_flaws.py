"""Every mistake of a policy file can be said in Chinese, too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.common.policy import NoticeInvalid, load_notice_bytes, policies_dir
from libs.common.policy.words.flaws import in_chinese

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = [
    *sorted((REPOSITORY / "libs/common/policy/format").glob("*.py")),
    REPOSITORY / "libs/common/policy/loader.py",
    REPOSITORY / "libs/common/policy/workday_files.py",
    REPOSITORY / "canbao/policy/checking.py",
]
YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")
_CHINESE = re.compile("[\u3400-\u9fff]")


def texts(node: ast.expr) -> Iterator[str]:
    """Yield what an argument may say, with `x` for what it names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


def said() -> Iterator[str]:
    """Yield every problem and mend that the code spells out."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", ""))
            if isinstance(call, ast.Call) and name in ("flaw", "Flaw"):
                for argument in call.args[1:]:
                    yield from (text for text in texts(argument) if " " in text)


@pytest.mark.parametrize("text", sorted({text for text in said() if text != "x (x): x"}))
def test_what_the_code_says_has_a_pattern(text):
    assert _CHINESE.search(in_chinese(text).replace("x", "")), text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    value: 250元", "    value: 250", "'250'不是金额。改法：写明单位，如250元、0.10元"),
        ("  level: county", "  levl: county", "没有'levl'这个键。改法：是不是'level'？"),
        ("issued_on: 2019-10-11", "issued_on: 2019-13-11", "'2019-13-11'不是日历上的日期。改法：写年-月-日"),
        (
            "department: disabled_federation",
            "department: disabled_federaton",
            "部门'disabled_federaton'在本通知里没有定义",
        ),
    ],
)
def test_a_mistake_reads_as_a_sentence(old, new, told):
    with pytest.raises(NoticeInvalid) as caught:
        load_notice_bytes(YOUXI.replace(old, new, 1).encode(), "youxi/2020.yaml")

    assert any(told in flaw.said("zh") for flaw in caught.value.flaws), [
        f.said("zh") for f in caught.value.flaws
    ]
