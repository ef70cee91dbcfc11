"""Tables of pages as they are read aloud, and as they stand on paper."""

import re

import pytest

from libs.common.settings import REPOSITORY
from services.console.home.rules import Task, in_groups
from services.console.pages.rendering import templates
from services.console.pages.rules import Words

CONSOLE = REPOSITORY / "services" / "console"
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
_WORK = re.compile(r'<table class="work"[^>]*>.*?</table>', re.DOTALL)
_ROLES = {
    "table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "(columnheader|rowheader)",
    "td": "cell",
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_tables_that_fall_apart_on_a_phone_say_what_they_are(template):
    for table in _WORK.findall(template.read_text()):
        for tag, attributes in re.findall(r"<(table|thead|tbody|tr|th|td)\b([^>]*)", table):
            assert re.search(f'role="{_ROLES[tag]}"', attributes), f"<{tag}{attributes}>"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_what_is_ticked_is_not_printed(template):
    for cell in re.findall(r'<td([^>]*)><input type="checkbox" name="row"', template.read_text()):
        assert 'class="tick"' in cell
    assert ".tick" in (CONSOLE / "static" / "print.css").read_text()


def test_counts_of_tasks_stand_in_groups_of_three():
    task = Task("未缴费人员", "People who have not paid", 388_800)
    common = {
        "t": Words("zh"),
        "root": "",
        "visitor": None,
        "here": "",
        "back_here": "",
        "done": "",
        "visitor_place": None,
        "again_seconds": None,
    }

    shown = templates.get_template("home.html").render(
        **common, age_seconds=0, form_token="", lists=[], changed=False, work=in_groups([task], [])
    )

    assert "388,800" in shown
