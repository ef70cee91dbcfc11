"""Photos of slips: without place and device, sealed, seen by who looks after cash, erased by their term."""

import hashlib

import pytest

from canbao.retention.erasing import By, erase
from tests.integration.stories.conftest import moment
from tests.integration.stories.test_cash import collector
from tests.unit.test_photos import DATA, END, HEAD, PICTURE, PLAIN, PNG, exif, segment

#: A photo as telephones take them: place and device stand before the picture.
JPEG = b"\xff\xd8" + segment(0xE1, exif()) + PICTURE
BACK = PNG + HEAD + DATA + END


def another(no):
    return b"\xff\xd8" + segment(0xDB, bytes([no])) + PICTURE


class Slip:
    """One deposit of a story, and who looks at its photos."""

    def __init__(self, story, deposit_id, signing_key):
        self.story, self.signing_key = story, signing_key
        self.path = f"/v1/cash-deposits/{deposit_id}"

    def token(self, *scopes, division="620422101"):
        return self.signing_key.issue("somebody", list(scopes), division)

    async def asks(self, method, path, token, on="2020-11-20 18:00:00", **more):
        http = self.story.county.services["collection"].http
        headers = {"canbao-clock": moment(on).isoformat(), "authorization": f"Bearer {token}"}
        return await http.request(method, self.path + path, headers=headers | more.pop("headers", {}), **more)

    async def sends(self, content, key="1", **more):
        token = self.token("cash:write", division=more.pop("division", "620422101201"))
        file = {"file": ("slip.exe", content, "application/x-anything")}
        return await self.asks(
            "POST", "/photos", token, headers={"idempotency-key": f'"{key}"'}, files=file, **more
        )


@pytest.fixture
def slip(tell, signing_key):
    async def slip():
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(somebody, yuan=280, paid_at="2020-11-20 16:40:00")
        made = (await purse.deposits(280, "2020-11-20 17:00:00")).json()
        return Slip(story, made["deposit_id"], signing_key)

    return slip


async def test_a_photo_is_kept_once_without_place_and_device_and_says_so(slip):
    one = await slip()
    made = await one.sends(JPEG)
    assert (made.status_code, made.json()["media_type"], made.json()["size_bytes"]) == (
        201,
        "image/jpeg",
        len(PLAIN),
    )
    assert made.json()["sha256"] == hashlib.sha256(PLAIN).hexdigest()
    # Who still has the file that was sent can show that it was this one.
    assert made.json()["sent_sha256"] == hashlib.sha256(JPEG).hexdigest()
    assert made.json()["removed_bytes"] == len(JPEG) - len(PLAIN)
    assert (await one.sends(JPEG)).headers["canbao-repeated"] == "true"
    assert (await one.sends(JPEG, key="2")).json() == made.json()
    assert (await one.sends(BACK, key="3")).json()["photo_no"] == 2
    listed = (await one.asks("GET", "/photos", one.token("cash:write"))).json()["items"]
    assert [photo["photo_no"] for photo in listed] == [1, 2]
    seen = await one.asks("GET", "/photos/1/file", one.token("cash:review"))
    assert (seen.content, seen.headers["content-type"]) == (PLAIN, "image/jpeg")
    assert seen.headers["cache-control"] == "no-store"
    rows = await one.story.county.services["collection"].rows(
        "SELECT subject, purpose FROM person_lookups WHERE operation = 'get_deposit_photo'"
    )
    about = f"photo 1 of deposit {one.path.rsplit('/', 1)[-1]}"
    assert [(row["subject"], row["purpose"]) for row in rows] == [("somebody", about)]


async def test_a_scan_as_pdf_is_kept_as_it_came(slip):
    one = await slip()
    made = (await one.sends(b"%PDF-1.7 slip")).json()
    assert (made["size_bytes"], made["removed_bytes"]) == (13, None)


async def test_what_a_photo_shows_lies_sealed(slip):
    one = await slip()
    await one.sends(JPEG)
    (row,) = await one.story.county.services["collection"].rows("SELECT content FROM deposit_photos")
    assert PICTURE[-40:] not in bytes(row["content"])


async def test_only_those_who_look_after_cash_or_may_see_peoples_data_see_it(slip):
    one = await slip()
    await one.sends(JPEG)
    for scopes, status in (
        (["cash:review"], 200),
        (["collection:read", "pii:read"], 200),
        (["collection:read"], 403),
        (["cash:write"], 403),
    ):
        answer = await one.asks("GET", "/photos/1/file", one.token(*scopes))
        assert answer.status_code == status, scopes
    elsewhere = await one.asks("GET", "/photos/1/file", one.token("cash:review", division="620422102"))
    assert elsewhere.status_code == 403
    assert (await one.sends(BACK, key="9", division="620422102201")).status_code == 403


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"MZ" + JPEG, b"<svg/>", JPEG[:-2], JPEG + b"0" * (2 * 2**20)]
)
async def test_what_is_no_photo_or_too_large_is_refused_in_both_languages(slip, content):
    one = await slip()
    refused = await one.sends(content)
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[-1]) == (422, "photo-unusable")
    assert (await one.asks("GET", "/photos", one.token("cash:write"))).json()["items"] == []


async def test_of_a_slip_there_are_four_photos_and_of_one_that_was_withdrawn_no_new_one(slip):
    one = await slip()
    for no in range(4):
        assert (await one.sends(another(no), key=str(no))).status_code == 201
    assert (await one.sends(BACK, key="5")).json()["type"].endswith("photos-enough")
    listed = await one.story.county.ask("collection", "GET", "/v1/cash-deposits", moment("2020-11-21"))
    assert [deposit["photos"] for deposit in listed.json()["items"]] == [4]
    withdrawn = await one.asks(
        "POST",
        "/withdraw",
        one.token("cash:review"),
        headers={"idempotency-key": '"w"'},
        json={"reason": "单号录入错误"},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert (await one.sends(BACK, key="6")).json()["type"].endswith("deposit-not-changeable")
    assert (await one.asks("GET", "/photos/1/file", one.token("cash:review"))).status_code == 200


async def test_it_is_erased_when_its_time_is_over_and_its_hash_stays(slip):
    one = await slip()
    made = (await one.sends(JPEG)).json()
    engine = one.story.county.services["collection"].context.engine
    at = moment("2051-01-02")
    by = By("archive", "销毁清册第7号", at)
    await erase(engine, "collection", at.date().replace(year=2050), by, lambda term, rows: None)
    kept = await one.asks("GET", "/photos/1/file", one.token("cash:review"))
    assert kept.status_code == 200
    await erase(engine, "collection", at.date(), by, lambda term, rows: None)
    gone = await one.asks("GET", "/photos/1/file", one.token("cash:review"))
    assert (gone.status_code, gone.json()["type"].rsplit(":", 1)[-1]) == (410, "photo-erased")
    listed = (await one.asks("GET", "/photos", one.token("cash:write"))).json()["items"]
    assert [photo["sha256"] for photo in listed] == [made["sha256"]]
