"""A form: what is asked, what was typed, and what is wrong with it; one for each thing that can be done."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from libs.common.money import parse_yuan
from services.console.apis.rules import Refused, again_in

Kind = Literal["text", "long", "choice", "day", "yuan", "count", "tick"]
#: Made with the form and sent with it: however often it is sent, it takes effect once.
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The status of what was asked too often.
_TOO_OFTEN = 429
#: What a service refuses for good: no other words in the form help.
_BEYOND = ("scope-missing", "outside-division", "not-found", "person-not-found", "ticket-not-found")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers; `more` says what follows from it."""

    code: str
    words_zh: str
    words: str
    more_zh: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """What a row is known by where several can be acted on together, its money, and why it cannot be."""

    key: str
    fen: int | None = None
    cannot_zh: str = ""
    cannot: str = ""
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a form. Its name is that of the member of the request that it fills."""

    name: str
    label_zh: str
    label: str
    kind: Kind = "text"
    choices: tuple[Choice, ...] = ()
    hint_zh: str = ""
    hint: str = ""
    most: int = 200
    required: bool = True
    #: Reads what was typed where that has a form of its own; raises ValueError.
    reads: Callable[[str], object] | None = None
    #: Of an amount of money.
    least_fen: int = 1
    #: It has the focus.
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known already of what the form is about."""

    name_zh: str
    name: str
    words_zh: str
    words: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What one side says of something and what the other says, in both languages."""

    name_zh: str
    name: str
    one_zh: str
    one: str
    other_zh: str
    other: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """Two sides, what each is called, and what they say beside each other."""

    one_zh: str
    one: str
    other_zh: str
    other: str
    rows: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form with all that stands around it; `back` is the page that it came from."""

    title_zh: str
    title: str
    button_zh: str
    button: str
    fields: tuple[Field, ...]
    back: str
    facts: tuple[Fact, ...] = ()
    sides: Sides | None = None
    #: All of it is filled in beforehand: the button has the focus.
    ready: bool = False
    #: Its first field has the focus, for who fills in one after another.
    begins: bool = False
    #: What the page before said, and nobody types: it goes on with the form, never in its address.
    carried: tuple[tuple[str, str], ...] = ()
    #: What is wrong with several answers together.
    together: Callable[[Mapping[str, str]], list["Fault"]] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in both languages, and at which field; none where it is about the whole."""

    field: str
    says_zh: str
    says: str


def new_key() -> str:
    """Make the key of a form."""
    return str(uuid.uuid4())


def is_key(key: str) -> bool:
    """Whether a key can be one of ours."""
    return _KEY.fullmatch(key) is not None


def faults_of(fields: Iterable[Field], typed: Mapping[str, str]) -> list[Fault]:
    """What is missing, too long or none of the answers; the services judge everything else."""
    return [fault for field in fields if (fault := _fault(field, typed.get(field.name, ""))) is not None]


def _fault(field: Field, given: str) -> Fault | None:
    if not given:
        missing = Fault(field.name, f"请填写“{field.label_zh}”。", f"Fill in “{field.label}”.")
        return missing if field.required else None
    if len(given) > field.most:
        return Fault(field.name, f"最多 {field.most} 个字符。", f"At most {field.most} characters.")
    if field.kind == "choice" and given not in [one.code for one in field.choices]:
        return Fault(field.name, f"请选择“{field.label_zh}”。", f"Choose “{field.label}”.")
    try:
        if field.kind == "day":
            date.fromisoformat(given)
        if field.kind == "yuan" and fen_of(given) < field.least_fen:
            raise ValueError
        if field.kind == "count" and not (given.isascii() and given.isdigit()):
            raise ValueError
        if field.reads is not None:
            field.reads(given)
    except ValueError:
        if field.reads is not None:
            return Fault(field.name, f"“{field.label_zh}”：{field.hint_zh}", f"“{field.label}”: {field.hint}")
        if field.kind == "count":
            return Fault(field.name, "请填写整数，如 12。", "Write a whole number, such as 12.")
        day = Fault(field.name, "请填写日期，如 2019-11-20。", "Write a day, such as 2019-11-20.")
        yuan = Fault(
            field.name, "请填写大于 0 的金额，如 250.00。", "Write an amount above 0, such as 250.00."
        )
        if field.least_fen == 0:
            yuan = Fault(
                field.name, "请填写金额，如 250.00；没有的填 0。", "Write an amount such as 250.00, or 0."
            )
        return day if field.kind == "day" else yuan
    return None


def fen_of(yuan: str) -> int:
    """An amount as it is typed, with or without its unit. Raises ValueError."""
    return parse_yuan(yuan.replace(",", "").removesuffix("元").strip() + "元")


def is_beyond(refused: Refused) -> bool:
    """Whether nothing that could be typed into the form would help."""
    return refused.kind in _BEYOND


def faults_said(refused: Refused, fields: Iterable[Field]) -> list[Fault]:
    """What a service refused, each fault at the field that it is about, in its own words."""
    if refused.status == _TOO_OFTEN:
        again_zh, again = again_in(refused.after_seconds)
        return [Fault("", f"{refused.title_zh}。{again_zh}", f"{refused.title}. {again}")]
    names = {field.name for field in fields}
    at = [
        Fault(place if (place := _place(one.pointer)) in names else "", one.detail_zh, one.detail)
        for one in refused.errors
    ]
    whole_zh = "。".join(filter(None, (refused.title_zh, refused.detail_zh)))
    whole = ". ".join(filter(None, (refused.title, refused.detail)))
    return at or [
        Fault("", whole_zh, whole),
        *(Fault("", one.detail_zh, one.detail) for one in refused.named),
    ]


def _place(pointer: str) -> str:
    return pointer.rpartition("/")[2]
