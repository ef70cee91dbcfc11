"""The JSON Schema for editors is what the loader's classes say, fits every notice and catches mistakes."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema
import pytest
import yaml

from libs.common.policy import NoticeInvalid, load_notice_bytes, policies_dir
from libs.common.policy.format.document import Document
from libs.common.policy.format.extending import Base
from libs.common.policy.telling.schema import notice_schema, schema_text
from libs.common.policy.words.fields import field_label
from libs.common.policy.words.values import CLOSED_SETS, closed_set

FILES = sorted(path for path in policies_dir().glob("*/*.yaml") if path.stem.isdigit())
VALIDATOR = jsonschema.Draft7Validator(notice_schema())
YOUXI = (policies_dir() / "youxi" / "2020.yaml").read_text(encoding="utf-8")


def as_an_editor_reads(node: yaml.Node) -> Any:
    """Turn YAML nodes into JSON by the YAML 1.2 core schema, which editors follow: days stay text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: as_an_editor_reads(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [as_an_editor_reads(item) for item in node.value]
    if node.style is None and node.value in ("true", "false", "null", "~", ""):
        return {"true": True, "false": False}.get(node.value)
    if node.style is None and re.fullmatch(r"[-+]?\d+", node.value):
        return int(node.value)
    if node.style is None and re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?", node.value):
        return float(node.value)
    return node.value


def read(text: str) -> Any:
    return as_an_editor_reads(yaml.compose(text, Loader=yaml.SafeLoader))


def classes(cls: type, seen: set[type]) -> Iterator[type]:
    if cls not in seen:
        seen.add(cls)
        yield cls
        for hint in get_type_hints(cls).values():
            yield from inside(hint, seen)


def inside(hint: Any, seen: set[type]) -> Iterator[type]:
    if is_dataclass(hint):
        yield from classes(hint, seen)
    elif get_origin(hint) is not Literal:
        for arg in get_args(hint):
            yield from inside(arg, seen)


class TestCommitted:
    def test_file_is_the_generated_one(self):
        committed = (policies_dir() / "notice.schema.json").read_text(encoding="utf-8")
        assert committed == schema_text(), "run `canbao policy schema --write`"

    def test_schema_is_a_valid_schema(self):
        jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))


class TestNotices:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
    def test_every_file_fits(self, path):
        document = read(path.read_text(encoding="utf-8"))
        assert [f"{list(e.path)}: {e.message}" for e in VALIDATOR.iter_errors(document)] == []

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
    def test_every_file_names_the_schema_to_its_editor(self, path):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../notice.schema.json"


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("    value: 250元", "    value: 250", id="money without unit"),
            pytest.param("    value: 250元", "    value: 250.5", id="money as a decimal"),
            pytest.param("    value: 250元", "    value: 250块", id="another unit"),
            pytest.param("    price: 30元", "    price: 30元\n    payeee: x", id="a misspelled key"),
            pytest.param("    clause: 三(三)；六(三)\n", "", id="no clause"),
            pytest.param("    to: 2019-12-31", "    to: 2019-13-31", id="a month that is none"),
            pytest.param("    to: 2019-12-31", "    to: 31.12.2019", id="a day written otherwise"),
            pytest.param("    to: 2019-12-31", "    to: 2019-12-31 24:00", id="an hour that is none"),
            pytest.param("    kind: makeup", "    kind: make-up", id="a kind that is none"),
            pytest.param("    rule: one_status", "    rule: lowest", id="a stacking rule that is none"),
            pytest.param(
                "      mechanism: paid_on_behalf", "      mechanism: gift", id="a mechanism that is none"
            ),
            pytest.param("percent: 100%", "percent: 100", id="a percentage without its sign"),
            pytest.param("{hukou: [county]}", "{hukou: county}", id="one value where a list belongs"),
            pytest.param("{hukou: [county]}", "{hukow: [county]}", id="a predicate that is none"),
            pytest.param(
                "anchor: payment_day, wait: 60", "anchor: payday, wait: 60", id="an anchor that is none"
            ),
            pytest.param(
                "label: {zh: 正常缴费期, en: normal window}",
                "label: 正常缴费期",
                id="a label in one language",
            ),
            pytest.param("      amount: own", "      amount: 0.5", id="an amount that is no amount"),
        ],
    )
    def test_are_caught_by_the_editor_and_by_the_loader(self, old, new):
        assert old in YOUXI
        wrong = YOUXI.replace(old, new, 1)
        assert not VALIDATOR.is_valid(read(wrong))
        with pytest.raises(NoticeInvalid):
            load_notice_bytes(wrong.encode(), "youxi/2020.yaml")

    def test_the_short_and_the_long_forms_of_an_amount_are_both_right(self):
        for amount in (
            "130元",
            "0.50元",
            "own",
            "unknown",
            "{percent: 50%, of: own}",
            "{taper: [80%], of: own}",
        ):
            assert VALIDATOR.is_valid(read(YOUXI.replace("      amount: own", f"      amount: {amount}", 1)))


class TestWords:
    def test_every_key_is_named_and_described_in_both_languages(self):
        for cls in classes(Document, set()):
            for f in fields(cls):
                label = field_label(cls, f.name)
                assert label.zh and label.en, (cls, f.name)
        for block in [notice_schema(), *notice_schema()["definitions"].values()]:
            for key, value in block["properties"].items():
                assert "\n" in value["description"], key

    def test_every_word_of_a_closed_set_is_explained_in_both_languages(self):
        used = set()
        for cls in (*classes(Document, set()), *classes(Base, set())):
            for hint in get_type_hints(cls).values():
                for choices in literals(hint):
                    found = closed_set(choices)
                    used.add(found.name)
                    assert all(label.zh and label.en for label in found.words.values())
        assert used == {found.name for found in CLOSED_SETS}


def literals(hint: Any) -> Iterator[tuple[str, ...]]:
    if get_origin(hint) is Literal:
        yield get_args(hint)
    else:
        for arg in get_args(hint):
            yield from literals(arg)
