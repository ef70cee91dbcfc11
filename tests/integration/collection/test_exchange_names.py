"""Numbers and names in files of the exchange: registration gives them, by the token that fetches the file."""

import json

import httpx

from services.collection.exchange.naming import Naming
from tests.integration.collection.exchange_sides import PATH


def registration(sides, answer):
    """Have registration answer so; give what it was asked."""
    asked = []

    def handle(request):
        asked.append(request)
        return answer(request)

    naming = Naming("http://registration", httpx.MockTransport(handle))
    object.__setattr__(sides.counter.context.parts, "naming", naming)
    return asked


def known(request):
    items = [{"person_id": 1, "type": "resident_id", "number": "35042619800101002X", "name": "林,小满"}]
    return httpx.Response(200, json={"items": items})


class TestNames:
    async def test_are_those_that_registration_gives_to_the_token_that_fetches(self, sides):
        await sides.counter.tell(sides.counter.assessed(1), sides.counter.assessed(2))
        batch = await sides.made(profile="exchange-csv-named")
        asked = registration(sides, known)

        file = await sides.machines["collector"].get(f"{PATH}/{batch['batch_id']}/file")

        _, titles, first, second = file.text.splitlines()
        assert titles.startswith("levy_no,person_no,id_type,id_number,name,")
        assert first.startswith('L0000001001,1,resident_id,35042619800101002X,"林,小满",')
        assert second.startswith("L0000001002,2,,,,")
        own = sides.machines["collector"].headers["authorization"]
        assert {one.headers["authorization"] for one in asked} == {own}
        assert "35042619800101002X" not in str(await sides.rows(batch))

    async def test_are_asked_for_of_nobody_who_is_not_in_the_file(self, sides):
        await sides.counter.tell(sides.counter.assessed(3), sides.counter.assessed(4))
        batch = await sides.made(profile="exchange-csv-named")
        asked = registration(sides, known)

        await sides.machines["collector"].get(f"{PATH}/{batch['batch_id']}/file")

        assert [json.loads(one.content)["person_ids"] for one in asked] == [[3], [3, 4]]

    async def test_are_refused_before_the_file_begins(self, sides):
        await sides.counter.tell(sides.counter.assessed(1))
        batch = await sides.made(profile="exchange-csv-named")
        path = f"{PATH}/{batch['batch_id']}/file"
        registration(sides, lambda request: httpx.Response(403, json={}))
        refused = await sides.officer.get(path)
        registration(sides, lambda request: httpx.Response(503, json={}))
        away = await sides.officer.get(path)

        assert (refused.status_code, refused.json()["required_scope"]) == (403, "identities:read")
        assert (away.status_code, away.json()["type"].rsplit(":")[-1]) == (503, "exchange-names-unavailable")

    async def test_are_not_asked_for_by_a_layout_without_them(self, sides):
        await sides.counter.tell(sides.counter.assessed(1))
        batch = await sides.made()
        asked = registration(sides, known)

        assert (await sides.officer.get(f"{PATH}/{batch['batch_id']}/file")).status_code == 200
        assert not asked
