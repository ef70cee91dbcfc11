"""The JSON Schema of a policy file, for editors: derived from the very classes that the loader reads into.

The schema knows one rule at a time. What can be wrong between rules only `canbao policy check` sees.
"""

import json
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.document import Document
from libs.common.policy.format.help_rules import AidAmount, AidAmountBlock
from libs.common.policy.format.reader import Clock, Closes, Fen, Opens, Percent
from libs.common.policy.words.fields import field_label
from libs.common.policy.words.help import field_help
from libs.common.policy.words.values import closed_set

_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_MOMENT = rf"^{_DAY}([ T]{_TIME}(:[0-5]\d)?(\+08:00)?)?$"
_MONEY = r"\d{1,9}(\.\d{1,2})?\s*(元|yuan)"
_NAME = r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*"


#: A JSON Schema, which is as open as any JSON.
Schema = dict[str, Any]
_Field = Field[object]


def _written(pattern: str, mend: str) -> Schema:
    return {"type": "string", "pattern": pattern, "patternErrorMessage": mend}


_SCALARS: dict[object, Schema] = {
    str: {"type": ["string", "number"], "minLength": 1},
    int: {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    bool: {"type": "boolean"},
    date: _written(f"^{_DAY}$", "写年-月-日，如 2019-12-31 / write a day such as 2019-12-31"),
    Fen: _written(f"^{_MONEY}$", "金额写“250元” / write money as 250元"),
    Percent: _written(r"^\d{1,3}\s*%$", "比例写“50%” / write a whole percent, such as 50%"),
    Clock: _written(f"^{_TIME}$", "时刻写“17:00” / write 17:00"),
    Opens: _written(_MOMENT, "写 2019-12-31，或 2018-02-23 17:00 / write 2019-12-31, or 2018-02-23 17:00"),
    Closes: _written(_MOMENT, "写 2019-12-31，或 2018-02-23 17:00 / write 2019-12-31, or 2018-02-23 17:00"),
}


def schema_text() -> str:
    """Return the schema as the committed file has it."""
    return json.dumps(notice_schema(), ensure_ascii=False, indent=1) + "\n"


def notice_schema() -> Schema:
    """Return the JSON Schema (draft 7, which every editor knows) of a policy file."""
    definitions: dict[str, Schema] = {}
    _define(Document, definitions)
    root = definitions.pop(Document.__name__)
    needed = root.pop("required")
    extends = {"properties": {"notice": {"required": ["extends"]}}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Canbao 参保政策文件 / a notice as data",
        **root,
        "required": ["notice"],
        # what a notice lacks that extends another, the loader alone can say
        "if": extends,
        "else": {"required": needed},
        "definitions": dict(sorted(definitions.items())),
    }


def _define(cls: type, definitions: dict[str, Schema]) -> None:
    if cls.__name__ in definitions:
        return
    block: Schema = {}
    definitions[cls.__name__] = block  # named first: conditions contain conditions
    hints = get_type_hints(cls)
    keys = [f for f in fields(cls) if f.init]
    block |= {
        "type": "object",
        "additionalProperties": False,
        "required": [_key(f) for f in keys if f.default is MISSING and f.default_factory is MISSING],
        "properties": {_key(f): _property(cls, f, hints[f.name], definitions) for f in keys},
    }


def _key(f: _Field) -> str:
    return f.name.rstrip("_")


def _property(cls: type, f: _Field, hint: object, definitions: dict[str, Schema]) -> Schema:
    shape = _shape(hint, definitions)
    if "$ref" in shape:  # draft 7 ignores whatever stands beside a $ref
        shape = {"allOf": [shape]}
    text = _described(cls, f, shape)
    if isinstance(f.default, str | bool | int):
        return {**text, **shape, "default": f.default}
    return {**text, **shape}


def _described(cls: type, f: _Field, shape: Schema) -> Schema:
    label, help_ = field_label(cls, _key(f)), field_help(cls, _key(f))
    lines = [f"{label.zh}：{help_.zh}", f"{label.en}: {help_.en}"] if help_ else [label.zh, label.en]
    choices = shape.get("enum") or shape.get("items", {}).get("enum")
    if choices:
        words = closed_set(tuple(choices)).words
        lines += [f"- {name}: {words[name].zh} / {words[name].en}" for name in choices]
    return {"title": f"{label.zh} / {label.en}", "description": "\n".join(lines)}


def _shape(hint: object, definitions: dict[str, Schema]) -> Schema:
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if hint is AidAmount:
        return _aid_amount(definitions)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _shape(args[0], definitions)
    if origin is Literal:
        words = closed_set(args).words
        return {"enum": list(args), "enumDescriptions": [_both(words[name]) for name in args]}
    if origin is tuple:
        return {"type": "array", "items": _shape(args[0], definitions)}
    if origin in (Union, types.UnionType):
        (kept,) = (a for a in args if a is not type(None))
        return _shape(kept, definitions)
    if isinstance(hint, type) and is_dataclass(hint):
        _define(hint, definitions)
        return {"$ref": f"#/definitions/{hint.__name__}"}
    raise TypeError(f"no schema for {hint!r}")


def _both(label: Label) -> str:
    return f"{label.zh} / {label.en}"


def _aid_amount(definitions: dict[str, Schema]) -> Schema:
    """An amount has short forms beside its block."""
    _define(AidAmountBlock, definitions)
    mend = "写“130元”、金额名称、unknown，或一组 / write 130元, the name of an amount, unknown, or a block"
    short = _written(f"^({_MONEY}|{_NAME})$", mend)
    return {"anyOf": [short, {"$ref": "#/definitions/AidAmountBlock"}]}
