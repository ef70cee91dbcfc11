"""The mini-program beside the demo, and somebody who has still to pay, to try it with."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from pydantic import BaseModel

from canbao.demo.profiles import YOUXI_2020, at
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.run import free_port, stop
from canbao.replay.services import Services, read

#: The season has been played by then, and its last window is still open.
PAYS_AT = at(2020, 12, 28, 10)


class _OnList(BaseModel):
    person_id: int | None
    name: str


class _List(BaseModel):
    items: list[_OnList]


class _Document(BaseModel):
    number: str


class _Person(BaseModel):
    name: str
    documents: list[_Document]


@contextmanager
def offer_mini_program(driver: Driver, url: str, directory: Path) -> Iterator[str]:
    """Serve the mini-program while in the context; yield what to say of it."""
    port, log = free_port(), directory / "mini-program.log"
    command = [sys.executable, "-m", "canbao.cli", "mini-program", "--url", url, "--port", str(port)]
    command += ["--county", YOUXI_2020.county, "--year", str(YOUXI_2020.coverage_year)]
    command += ["--channel", YOUXI_2020.app, "--at", PAYS_AT.isoformat()]
    command += ["--data-dir", str(directory / "state")]
    person = uvloop.run(_unpaid(driver))
    who = f", for {person.name} {person.documents[0].number}" if person is not None else ""
    with log.open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            yield f"The mini-program of a payer 小程序: http://127.0.0.1:{port}/{who}"
        finally:
            stop(child)


async def _unpaid(driver: Driver) -> _Person | None:
    """Somebody of Youxi who has still to pay, with the number that is asked for."""
    wanted = {"county": YOUXI_2020.county, "coverage_year": YOUXI_2020.coverage_year, "on_list": "unpaid"}
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        path = "/v1/surveys/search?limit=20"
        listed = read(_List, await services.send("registration", "POST", path, at=PAYS_AT, body=wanted))
        for one in listed.items:
            if one.person_id is not None:
                return await services.get(_Person, "registration", f"/v1/persons/{one.person_id}", at=PAYS_AT)
    return None
