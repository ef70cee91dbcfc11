"""What the codes of one notice stand for, so that people read names instead of codes."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from libs.common.money import yuan_text
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.document import Document
from libs.common.policy.format.rules import NamedAmount

Language = Literal["zh", "en"]

_AMOUNTS = ("sum", "own", "of", "ceiling", "Repair.price")
_DEPARTMENTS = ("department", "departments", "by", "to", "issued_by", "payee", "owner")
_STATUSES = ("status", "codes", "statuses")
_PAYERS = ("payer", "payers")
_ENDS = ("MoneyStep.from", "MoneyStep.to")


def yuan(fen: int, lang: Language) -> str:
    """Write an amount the way a notice does."""
    return f"{yuan_text(fen)}元" if lang == "zh" else f"{yuan_text(fen)} yuan"


class Coded(Protocol):
    """A rule with a code and a name."""

    @property
    def code(self) -> str: ...

    @property
    def label(self) -> Label: ...


class Names:
    """The names that one notice gives to its codes, in one language.

    `like` takes over what another notice calls the same codes, and `bare` says amounts without their names:
    both for comparing two notices by what they mean. `origins` says which values of a rule another document
    says.
    """

    def __init__(
        self,
        doc: Document,
        lang: Language,
        like: "Names | None" = None,
        bare: bool = False,
        origins: Mapping[int, Mapping[str, str]] | None = None,
    ) -> None:
        self.lang, self._bare, self._origins = lang, bare, origins or {}
        amounts = {a.name: self._amount(a) for a in doc.amounts}
        departments, accounts = self._labels(doc.departments), self._labels(doc.accounts)
        statuses, payers = self._labels(doc.statuses), self._labels(doc.payers)
        days = {one.id: self.of(one.label) for one in doc.service_days}
        ends = {
            "payer": "缴费人" if lang == "zh" else "the payer",
            "departments": "各部门" if lang == "zh" else "departments",
        }
        self._by_key: dict[str, dict[str, str]] = {
            **dict.fromkeys(_DEPARTMENTS, departments),
            **dict.fromkeys(_STATUSES, statuses),
            **dict.fromkeys(_PAYERS, payers),
            **{key: accounts | ends for key in _ENDS},
            "account": accounts,
            "classes": {c.code: self.of(c.label) for s in doc.statuses for c in s.classes},
            "windows": {w.id: self.of(w.label) for w in doc.windows},
            "group": {g.name: self.of(g.label) for g in doc.groups},
            "channels": self._labels(doc.channels),
            **dict.fromkeys(("BatchStep.within", "Reconciliation.within"), days),
            "BatchStep.by": {one.id: self.of(one.label) for one in doc.deadlines},
            "Registration.then": {one.id: self.of(one.who) for one in doc.registration},
            "voucher": self._labels(doc.vouchers),
        }
        if like is not None:
            self._by_key = {key: names | like._by_key[key] for key, names in self._by_key.items()}
        self._by_key |= dict.fromkeys(_AMOUNTS, amounts)

    def _labels(self, rules: Iterable[Coded]) -> dict[str, str]:
        return {rule.code: self.of(rule.label) for rule in rules}

    def of(self, label: Label) -> str:
        """Return a label in the language of these names."""
        return label.zh if self.lang == "zh" else label.en

    def origin(self, rule: object, key: str) -> str:
        """Name the other document that says a value of a rule, in brackets; nothing where it is its own."""
        number = self._origins.get(id(rule), {}).get(key)
        if number is None:
            return ""
        return f"（{number}）" if self.lang == "zh" else f" ({number})"

    def code(self, owner: type, key: str, code: str) -> str:
        """Return what a code under a key stands for, or the code itself where it names nothing."""
        named = f"{owner.__name__}.{key}"
        return self._by_key.get(named if named in self._by_key else key, {}).get(code, code)

    def spell_out(self, key: str, words: dict[str, str]) -> None:
        """Say the codes under a key in other words."""
        self._by_key[key] = words

    def _amount(self, amount: NamedAmount) -> str:
        unknown = "待录入" if self.lang == "zh" else "to be supplied"
        value = unknown if amount.value is None else yuan(amount.value, self.lang)
        return value if self._bare else f"{self.of(amount.label)} {value}"
