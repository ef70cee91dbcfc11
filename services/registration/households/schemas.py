"""What is answered about households that were sent in a batch."""

from pydantic import Field

from libs.common.web.schemas import Answer


class Incomplete(Answer):
    """A household that was registered and has not joined whole; nothing of it is refused.

    Who is excused with a proof may lack, and who by record and notice need not join. Where the notice wants
    them to join (`required`), money waits until they have, as it says.
    """

    index: int = Field(description="place in the batch, from 0")
    household_no: str
    coverage_year: int
    on_record: int = Field(description="members on record who are not enrolled")
    in_base: int = Field(description="people of the village's base who are not registered")
    in_base_unasked: bool = Field(
        description="the notice asks for some members only, and of people in the base alone nobody can tell "
        "who that is: they count until they are registered or excused"
    )
    required: bool
    clause: str
    words: str
    words_zh: str


class WrongPlace(Answer):
    """A household of which people are enrolled in another village than that whose register has them."""

    index: int = Field(description="place in the batch, from 0")
    household_no: str
    coverage_year: int
    person_ids: list[int]
    base_division_codes: list[str] = Field(description="the villages whose registers have them")
    clause: str
    words: str
    words_zh: str


class MisplacedMember(Answer):
    """Somebody of a household who is enrolled in another village than that whose register has them."""

    person_id: int
    coverage_year: int
    base_division_code: str
    clause: str
    words: str
    words_zh: str
