"""What is asked of units that pay for their people."""

from typing import Annotated

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Body, CountyCode, CoverageYear, Id, Text

#: The code of a unit, as registration has it.
UnitCode = Annotated[Text, Field(min_length=1, max_length=40)]
#: A list has as many lines at most.
MOST_PEOPLE = 5_000


class NewUnitOrder(Body):
    """Through which channel the unit pays for everybody of its list who owes something, or for some."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"county": "songming", "coverage_year": 2018, "channel": "school"}]}
    )

    county: CountyCode
    coverage_year: CoverageYear
    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    person_ids: Annotated[
        list[Id] | None,
        Field(
            min_length=1, max_length=MOST_PEOPLE, description="chosen lines; all of the list when left out"
        ),
    ] = None
