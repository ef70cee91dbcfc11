"""What can go wrong when a notice is read, said so that a clerk can mend it."""

from dataclasses import dataclass

from libs.common.policy.words.flaws import in_chinese


@dataclass(frozen=True, slots=True)
class Flaw:
    """One mistake in a policy file: where it is, what is wrong, how to mend it."""

    file: str
    line: int
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}. Mend: {self.mend}"

    def said(self, lang: str) -> str:
        """Say it in Chinese (`zh`) or English."""
        if lang != "zh":
            return str(self)
        return f"{self.file}:{self.line}: {in_chinese(self.problem)}。改法：{in_chinese(self.mend)}"


class NoticeInvalid(ValueError):
    """A policy file breaks the format; `flaws` lists every mistake found, in the order of the file."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = sorted(flaws, key=lambda f: (f.file, f.line))
        super().__init__("\n".join(map(str, self.flaws)))


class QuestionMalformed(ValueError):
    """A question does not follow the assessment contract; says which field and how to mend it."""

    def __init__(self, field: str, en: str, zh: str) -> None:
        self.field, self.en, self.zh = field, en, zh
        super().__init__(f"{field}: {en}")

    def as_problem(self) -> dict[str, object]:
        """Return the problem details (RFC 9457) for this line."""
        return {
            "type": "urn:canbao:problem:question-malformed",
            "title": "The question cannot be read",
            "status": 422,
            "detail": f"{self.field}: {self.en}",
            "detail_zh": f"{self.field}：{self.zh}",
            "field": self.field,
        }
