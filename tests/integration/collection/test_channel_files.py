"""Files of channels: kept as they came, read whole or not at all, replaced by versions."""

import asyncio
import hashlib
import io
import tempfile
from datetime import datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from services.collection import tables
from services.collection.files import reading, store
from services.collection.files.keeping import keep
from services.collection.files.reading import read_next
from services.collection.files.store import NewFile
from tests import bank_tables, bills
from tests.bills import Moved

MORNING = datetime(2019, 11, 19, 8, 30, 15, tzinfo=SHANGHAI)
PAID = Moved("201911190830150000001", 25_000, MORNING, fee="0.15000")
BACK = Moved(PAID.no, 7_005, MORNING, return_no="201911191200000000002")
BILL, CORRECTED = bills.wechat([PAID]), bills.wechat([PAID, BACK])
BROKEN = BILL[: BILL.index("总交易单数".encode())]
PATH = "/v1/channel-files"


class Upload:
    """The bytes of a file, as a request would give them."""

    def __init__(self, content):
        self.read = io.BytesIO(content).read

    def __getattribute__(self, name):
        found = object.__getattribute__(self, name)

        async def read(*given):
            return found(*given)

        return read


def form(**changes):
    day = {"county": "youxi", "channel": "wechat", "kind": "wechat_all", "business_on": "2019-11-19"}
    return day | changes


async def send(counter, content=BILL, http=None, **changes):
    return await (http or counter.http).post(
        PATH, data=form(**changes), files={"file": ("bill.csv", content)}
    )


async def read(counter):
    while await read_next(counter.context):
        pass


async def sent(counter, content=BILL, **changes):
    """Send a file, have it read, and give it as the API shows it."""
    answer = await send(counter, content, **changes)
    assert answer.status_code in (200, 202), answer.text
    await read(counter)
    return (await counter.http.get(f"{PATH}/{answer.json()['file_id']}")).json()


async def test_a_file_is_kept_as_it_came_and_its_rows_have_one_form(counter):
    waiting = (await send(counter, CORRECTED)).json()
    assert (waiting["state"], waiting["version"], waiting["row_count"]) == ("queued", None, 0)
    await read(counter)
    file = (await counter.http.get(f"{PATH}/{waiting['file_id']}")).json()
    assert file["sha256"] == hashlib.sha256(CORRECTED).hexdigest()
    assert (file["state"], file["version"], file["row_count"]) == ("current", 1, 2)
    assert (file["in_fen"], file["out_fen"], file["fee_fen"]) == (25_000, 7_005, 15)
    rows = (await counter.http.get(f"{PATH}/{file['file_id']}/rows")).json()["items"]
    assert rows[1] == {
        "line": 3, "entry": "refund", "state": "done", "transaction_no": PAID.no, "return_no": BACK.return_no,
        "entry_no": None, "order_no": PAID.order, "amount_fen": 7_005, "fee_fen": 0,
        "happened_at": "2019-11-19T08:30:15+08:00", "coverage_year": None,
    }  # fmt: skip
    page = await counter.http.get(f"{PATH}/{file['file_id']}/rows", params={"limit": 1, "after": 2})
    assert [row["line"] for row in page.json()["items"]] == [3]


async def test_the_same_file_again_changes_nothing(counter):
    first = await sent(counter)
    again = await send(counter)
    assert (again.status_code, again.json()) == (200, first)
    assert await counter.count("channel_files") == 1
    twins = await asyncio.gather(*(send(counter, CORRECTED) for _ in range(3)))
    assert len({answer.json()["file_id"] for answer in twins}) == 1


async def test_a_corrected_file_replaces_and_the_one_before_it_is_kept(counter):
    first, second = await sent(counter), await sent(counter, CORRECTED)
    assert (second["state"], second["version"]) == ("current", 2)
    listed = (await counter.http.get(PATH, params={"business_on": "2019-11-19"})).json()["items"]
    assert [(one["file_id"], one["state"]) for one in listed] == [
        (first["file_id"], "replaced"),
        (second["file_id"], "current"),
    ]
    before = await counter.http.get(f"{PATH}/{first['file_id']}/rows")
    assert len(before.json()["items"]) == 1
    # What was wrong once is not right again by being sent once more.
    assert (await sent(counter))["state"] == "replaced"


async def test_of_two_files_that_wait_the_one_that_came_last_counts(counter):
    await send(counter)
    await send(counter, CORRECTED)
    await asyncio.gather(read(counter), read(counter))
    listed = (await counter.http.get(PATH)).json()["items"]
    assert [(one["state"], one["version"]) for one in listed] == [("replaced", 1), ("current", 2)]


async def test_of_two_files_that_come_at_once_the_one_that_came_last_counts(counter):
    """The first one is large and still on its way when the second one is there."""
    new = NewFile("youxi", "350426000000", "wechat", "wechat_all", MORNING.date(), b"1", 1, MORNING, "tax-3")
    async with counter.context.engine.begin() as first:
        await keep(first, new, Upload(BILL))
        second = asyncio.create_task(send(counter, CORRECTED))
        await asyncio.wait({second}, timeout=2)
        await read(counter)
    assert (await second).status_code == 202
    await read(counter)
    listed = (await counter.http.get(PATH)).json()["items"]
    assert [(one["row_count"], one["state"]) for one in listed] == [(1, "replaced"), (2, "current")]


async def test_a_file_that_is_sent_again_while_it_is_refused_is_looked_at_anew(counter, monkeypatch):
    """It is judged between the two looks of whoever sends it: the refused one is not the answer."""
    await send(counter, BROKEN)
    create, sent = store.create, []

    async def slowly(conn, new):
        found = await create(conn, new)
        reading = asyncio.create_task(read_next(counter.context))
        await asyncio.sleep(0.3)
        sent.append(reading)
        return found

    monkeypatch.setattr(store, "create", slowly)
    answer = await send(counter, BROKEN)
    monkeypatch.setattr(store, "create", create)
    await asyncio.gather(*sent)
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    again = await send(counter, BROKEN)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert again.json()["file_id"] != answer.json()["file_id"]


async def test_nothing_of_a_file_has_a_name_on_the_disk_while_it_is_read(counter, monkeypatch, tmp_path):
    """Whoever kills the process leaves nothing behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found, next_of = [], reading._next_of

    def looks(rows):
        found.append(list(tmp_path.rglob("*")))
        return next_of(rows)

    monkeypatch.setattr(reading, "_next_of", looks)
    assert (await sent(counter))["state"] == "current"
    assert found == [[], []]


async def test_files_of_other_days_and_layouts_stand_beside_it(counter):
    await sent(counter)
    other = Moved("2" * 21, 1, MORNING - timedelta(days=1))
    await sent(counter, bills.wechat([other]), business_on="2019-11-18")
    await sent(counter, bills.fund_flow([PAID]), kind="wechat_fund_flow")
    await sent(counter, bills.alipay_zip([PAID, BACK], MORNING), kind="alipay_trade", channel="alipay")
    await sent(counter, bills.unionpay([PAID]), kind="unionpay_zm", channel="unionpay")
    listed = (await counter.http.get(PATH)).json()["items"]
    assert {(one["state"], one["version"]) for one in listed} == {("current", 1)}
    assert len(listed) == 5


async def test_a_file_with_faults_is_refused_line_by_line_and_nothing_of_it_is_kept(counter):
    await sent(counter)
    wrong = CORRECTED.replace(b"`250.00,`0.00,`0,", b"`250.0x,`0.00,`0,")
    file = await sent(counter, wrong)
    assert (file["state"], file["version"], file["row_count"], file["fault_count"]) == ("refused", None, 0, 1)
    faults = (await counter.http.get(f"{PATH}/{file['file_id']}/faults")).json()["items"]
    assert faults == [
        {
            "fault_no": 1, "line": 2, "kind": "amount", "detail": "应结订单金额 is no amount in whole fen.",
            "detail_zh": "应结订单金额 不是以分为最小单位的金额。",
        }
    ]  # fmt: skip
    assert await counter.count("channel_file_rows") == 1
    listed = (await counter.http.get(PATH, params={"state": "current"})).json()["items"]
    assert [one["row_count"] for one in listed] == [1]
    again = await send(counter, wrong)
    assert (again.status_code, again.json()["state"]) == (202, "queued")


async def test_a_bill_of_another_merchant_is_refused(counter):
    file = await sent(counter, BILL.replace(bills.WECHAT_MERCHANT.encode(), b"1900000009"))
    assert file["state"] == "refused"


async def test_a_reader_that_dies_leaves_nothing_half_read_and_the_file_is_read_again(counter, monkeypatch):
    """The second chunk is never written."""
    monkeypatch.setattr(reading, "_ROWS_AT_ONCE", 1)
    add_rows, seen = store.add_rows, []

    async def dies(conn, file_id, rows):
        await add_rows(conn, file_id, rows)
        async with counter.context.engine.connect() as other:
            seen.append((await store.one(other, file_id)).row_count)
        if len(seen) == 2:
            raise ConnectionResetError

    monkeypatch.setattr(store, "add_rows", dies)
    await send(counter, CORRECTED)
    with pytest.raises(ConnectionResetError):
        await read_next(counter.context)
    assert seen == [0, 1]  # progress is seen before the rows are there
    assert await counter.count("channel_file_rows") == 0
    monkeypatch.setattr(store, "add_rows", add_rows)
    await read(counter)
    (file,) = (await counter.http.get(PATH)).json()["items"]
    assert (file["state"], file["row_count"]) == ("current", 2)


async def test_a_file_whose_titles_cannot_be_kept_as_they_are_holds_up_no_other(counter):
    odd = BILL.replace("设备号".encode(), b"x\x00y").replace("付款银行".encode(), b"x\x00y")
    assert (await sent(counter, odd))["state"] == "refused"
    assert (await sent(counter))["state"] == "current"


async def test_a_defect_of_ours_ends_the_file_and_is_said(counter, monkeypatch):
    def stumbles(*_):
        raise KeyError("x")

    monkeypatch.setattr(reading, "read_file", stumbles)
    file = await sent(counter)
    assert file["state"] == "refused"
    (fault,) = (await counter.http.get(f"{PATH}/{file['file_id']}/faults")).json()["items"]
    assert fault["kind"] == "not_read"


async def test_it_lies_sealed_and_who_gets_it_as_it_came_is_recorded(counter, client):
    file = await sent(counter)
    lies = await counter.rows("SELECT body FROM channel_file_pieces")
    assert b"oHkLxt-made-up" not in b"".join(bytes(row.body) for row in lies)
    assert (
        await counter.opened("SELECT body FROM channel_file_pieces", tables.channel_file_pieces.c.body)
        == BILL
    )
    answer = await counter.http.get(f"{PATH}/{file['file_id']}/file")
    assert (answer.content, answer.headers["cache-control"]) == (BILL, "no-store")
    (row,) = await counter.rows(
        "SELECT purpose FROM person_lookups WHERE operation = 'get_channel_file_original'"
    )
    assert row.purpose == f"channel file {file['file_id']}"
    http = await client(counter.context, app=counter.http._transport.app, scopes=["collection:read"])
    assert (await http.get(f"{PATH}/{file['file_id']}/file")).status_code == 403
    await counter.rows_changed("UPDATE channel_file_pieces SET body = NULL")
    assert (await counter.http.get(f"{PATH}/{file['file_id']}/file")).status_code == 410


async def test_a_large_file_is_kept_in_pieces_and_given_back_whole(counter):
    rows = [Moved(f"{no:021d}", 1, MORNING) for no in range(12_000)]
    content = bills.wechat(rows)
    assert len(content) > 2 * 2**20
    file = await sent(counter, content)
    assert (file["state"], file["row_count"], file["in_fen"]) == ("current", 12_000, 12_000)
    assert (await counter.http.get(f"{PATH}/{file['file_id']}/file")).content == content


@pytest.mark.parametrize(
    ("content", "changes", "status", "slug"),
    [
        (b"", {}, 422, "channel-file-empty"),
        (BILL, {"county": "nowhere"}, 404, "county-unknown"),
        (BILL, {"channel": "wechatt"}, 404, "channel-unknown"),
        (BILL, {"business_on": "2019-11-20"}, 422, "invalid-request"),
        (BILL, {"kind": "wechat"}, 422, "invalid-request"),
        (BILL, {"day": "2019-11-19"}, 422, "invalid-request"),
    ],
)
async def test_what_is_said_about_a_file_is_checked_at_the_door(counter, content, changes, status, slug):
    answer = await send(counter, content, **changes)
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (status, slug)
    assert await counter.count("channel_files") == 0


async def test_a_statement_of_a_bank_is_of_an_account_of_the_notice(counter):
    day = {"kind": "bank_camt053", "channel": "treasury"}
    file = await sent(counter, bills.camt053([PAID, BACK], MORNING), **day)
    assert (file["state"], file["in_fen"], file["difference_count"]) == ("current", 25_000, None)
    answer = await send(counter, bills.mt940([PAID], MORNING), kind="bank_mt940", channel="wechat")
    assert answer.json()["type"].endswith("channel-file-of-no-account")
    assert "treasury" in answer.json()["known_accounts"]


async def test_a_table_is_read_by_the_profile_that_it_is_sent_with(counter):
    day = {"kind": "bank_table", "channel": "treasury"}
    table = bank_tables.bank([PAID, BACK], MORNING)
    file = await sent(counter, bank_tables.as_workbook(table), profile="bank-debit-credit", **day)
    assert (file["state"], file["profile"], file["row_count"]) == ("current", "bank-debit-credit", 2)
    assert (file["in_fen"], file["out_fen"]) == (25_000, 7_005)
    for wrong in ({}, {"profile": "tax-day"}, {"profile": "x"}):
        answer = await send(counter, bank_tables.as_csv(table), **day, **wrong)
        assert answer.json()["known_profiles"] == ["bank-debit-credit"]
    assert (await send(counter, profile="tax-day")).json()["type"].endswith("channel-file-profile-unknown")


async def test_a_table_that_was_refused_is_read_anew_when_its_profile_is_mended(counter):
    parts, day = counter.context.parts, {"kind": "tax_table", "channel": "tax", "profile": "tax-day"}
    good, table = parts.profiles["tax-day"], bank_tables.as_csv(bank_tables.tax([PAID, BACK], MORNING))
    poor = good.model_copy(update={"entries": {"缴费": "payment"}})
    object.__setattr__(parts, "profiles", {**parts.profiles, "tax-day": poor})
    assert (await sent(counter, table, **day))["state"] == "refused"
    object.__setattr__(parts, "profiles", {**parts.profiles, "tax-day": good})
    file = await sent(counter, table, **day)
    assert (file["state"], file["version"], file["in_fen"], file["out_fen"]) == ("current", 1, 25_000, 7_005)
    object.__setattr__(parts, "profiles", {})
    await counter.rows_changed("UPDATE channel_files SET state = 'queued' WHERE state = 'current'")
    await counter.rows_changed("DELETE FROM channel_file_rows")
    await read(counter)
    assert await counter.count("channel_file_faults") == 2  # it is said that the profile is gone


async def test_another_county_neither_sends_nor_sees_it(counter, client):
    file = await sent(counter)
    app = counter.http._transport.app
    township = await client(counter.context, app=app, division="350426101")
    assert (await send(counter, http=township)).status_code == 403
    assert (await township.get(PATH)).json()["items"] == []
    for path in ("", "/rows", "/faults", "/file"):
        assert (await township.get(f"{PATH}/{file['file_id']}{path}")).status_code == 403
    county = await client(counter.context, app=app, division="350426", scopes=["collection:read"])
    assert len((await county.get(PATH)).json()["items"]) == 1
    assert (await send(counter, http=county)).status_code == 403
