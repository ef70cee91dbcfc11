"""What is asked and shown of enrollment history."""

from pydantic import Field

from libs.common.web.schemas import Answer, Body, CoverageYear, FreeText, Instant
from services.registration.examples import Example, asked, shown
from services.registration.histories.rules import Basis, Said, Scheme

_WORDS = "not insured in 2025 to 2026: 2 lapsed years"
_YEAR: Example = {
    "coverage_year": 2026,
    "insured": True,
    "basis": "import",
    "county": "qingdao",
    "place": "青岛市",
    "scheme": "resident",
    "source": "省平台导出",
}
_STATEMENT: Example = {
    "said": "insured",
    "coverage_year": 2026,
    "county": "qingdao",
    "place": "青岛市",
    "scheme": "resident",
    "source": "省平台导出",
    "reason": None,
    "import_id": 7,
    "said_by": "officer-1",
    "known_at": "2026-09-05T10:00:00+08:00",
}
_CORRECTION: Example = {
    "coverage_year": 2026,
    "said": "insured",
    "place": "北京市",
    "scheme": "employee",
    "reason": "提供北京市职工医保参保凭证，已核验",
}


class Past(Answer):
    """What the years before come to, as the notice counts them; null where the history is not known."""

    model_config = shown({"lapsed_years": 2, "continuous_years": 0, "words": _WORDS, "words_zh": "断保2年"})

    lapsed_years: int | None = Field(description="running up to the coverage year; they may mean a wait")
    continuous_years: int | None = Field(description="insured without a gap, as far back as it is known")
    words: str
    words_zh: str


class HistoryYear(Answer):
    """What is known of one year, and how; `insured` is null where nothing is."""

    model_config = shown(_YEAR)

    coverage_year: int
    insured: bool | None
    basis: Basis | None = Field(
        description="`correction`, `import` of a file, `season` of this installation, `employee_insurance` "
        "that ended then, or `absence` where the place is known whole"
    )
    county: str | None = None
    place: str | None = None
    scheme: str | None = None
    source: str | None = None


class EnrollmentHistory(Past):
    """The same with each year that counts."""

    model_config = shown(
        {
            "lapsed_years": 0,
            "continuous_years": 1,
            "words": "insured for 1 year running up to 2026",
            "words_zh": "截至2026年度已连续参保1年",
            "counted_from": 2025,
            "first_year_due": 1980,
            "years": [_YEAR],
        }
    )

    counted_from: int = Field(description="years before never count as lapsed")
    first_year_due: int = Field(description="the first year in which the person had to be insured")
    years: list[HistoryYear]
    repaired_years: list[int] = Field(
        default=[], description="lapsed years that were paid for, which shortened the wait"
    )


class HistoryStatement(Answer):
    """What a file or a correction says."""

    model_config = shown(_STATEMENT)

    said: Said
    coverage_year: int
    county: str = Field(description="whose bureau said it")
    place: str | None
    scheme: str | None
    source: str | None
    reason: str | None
    import_id: int | None
    said_by: str
    known_at: Instant


class PersonHistory(Answer):
    """What is known of a person's years, and everything that was ever said of them, oldest first."""

    model_config = shown(
        {"person_id": 101, "first_year_due": 1980, "years": [_YEAR], "statements": [_STATEMENT]}
    )

    person_id: int
    first_year_due: int
    years: list[HistoryYear]
    statements: list[HistoryStatement]


class HistoryCorrection(Body):
    """What is right of a year, and why: `taken_back` lets files and seasons count again.

    With `due_from` the year is the first in which the person had to be insured.
    """

    model_config = asked(_CORRECTION)

    coverage_year: CoverageYear
    said: Said
    place: FreeText | None = Field(default=None, min_length=1, max_length=60)
    scheme: Scheme | None = None
    reason: FreeText = Field(min_length=1, max_length=500)


class WholeStated(Body):
    """A place and years of which seasons here and files name everybody who was insured."""

    model_config = asked(
        {
            "whole_place": "370202",
            "from_year": 2027,
            "to_year": 2027,
            "reason": "2027年度全区参保登记均在本系统办理",
        }
    )

    whole_place: str = Field(
        pattern=r"^([0-9]{2}){1,6}$", description="the beginning of the codes of its villages"
    )
    from_year: CoverageYear
    to_year: CoverageYear
    reason: FreeText = Field(min_length=1, max_length=500)
