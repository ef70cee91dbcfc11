"""What villages of a scenario do beside the money: send their bases, and go to who has not paid."""

import csv
import io
from collections.abc import Sequence

import httpx
from pydantic import BaseModel

from canbao.replay import scenario
from canbao.replay.scenario import Row
from canbao.replay.services import Services, read

_FORM = {"content-type": "multipart/form-data; boundary=canbao-scenario"}
_Step = scenario.Survey | scenario.Chase


class _Person(BaseModel):
    row_id: int | None
    person_id: int | None


class _People(BaseModel):
    items: list[_Person]


class _Kept(BaseModel):
    accepted: int


class Surveyors:
    """Carries out the steps of villages about their people."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def act(self, step: _Step, key: str) -> str | None:
        """Carry out a step; a sentence when the answer was not expected."""
        return await (self._send(step, key) if isinstance(step, scenario.Survey) else self._chase(step, key))

    async def _send(self, step: scenario.Survey, key: str) -> None:
        fields = {"kind": "survey", "county": step.county, "coverage_year": str(step.coverage_year)}
        # The client's own way to put a form together; it goes out, and is sent again, as the others do.
        files = {"file": ("survey.csv", _csv(step.rows))}
        form = httpx.Request("POST", "http://form", data=fields, files=files, headers=_FORM)
        send = self._services.send
        await send(
            "registration", "POST", "/v1/imports", at=step.at, content=form.read(), headers=_FORM, key=key
        )

    async def _chase(self, step: scenario.Chase, key: str) -> str | None:
        season = {"county": step.county, "coverage_year": step.coverage_year}
        wanted = season | {"id_number": step.id_number}
        send = self._services.send
        found = read(
            _People, await send("registration", "POST", "/v1/surveys/search", at=step.at, body=wanted)
        )
        if not found.items:
            return "nobody of this number is on a list"
        one = found.items[0]
        told = step.model_dump(
            mode="json", exclude={"at", "county", "coverage_year", "id_number"}, exclude_none=True
        )
        body = season | {"steps": [told | {"row_id": one.row_id, "person_id": one.person_id}]}
        answer = await send("registration", "POST", "/v1/chases/steps", at=step.at, body=body, key=key)
        return None if read(_Kept, answer).accepted else f"the step was refused: {answer.text[:300]}"


def _csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
