"""A database belongs to its keys: another key, or a lost one, is told at the start and never replaced."""

import base64
import json
import shutil
import tempfile
from pathlib import Path

import pytest

from canbao.context import Platform
from canbao.definitions import SERVICES
from canbao.keys import KeyRefused, are_empty
from canbao.migrate import migrate_all
from libs.common.db.engine import create_engine
from libs.common.db.sealing import Sealing, data_keys
from libs.common.settings import CommonSettings, SettingInvalid


def key(letter: str) -> str:
    """A key as settings carry it."""
    return base64.b64encode(letter.encode() * 32).decode()


@pytest.fixture
def start(database, monkeypatch, tmp_path):
    """Start a service of production on one and the same database, with these settings."""
    urls: dict[str, str] = {}

    async def start(name: str, identity: str = key("i"), sealing: str = key("s"), **settings: str) -> None:
        urls[name] = urls.get(name) or await database(name)
        for variable, value in {"DATABASE_URL": urls[name], **settings}.items():
            monkeypatch.setenv(f"CANBAO_{name.upper()}_{variable}", value)
        monkeypatch.setenv("CANBAO_IDENTITY_KEY", identity)
        monkeypatch.setenv("CANBAO_SEALING_KEYS", sealing)
        common = CommonSettings(bus="kafka", data_dir=tmp_path)
        async with Platform(common, names=[name]) as platform:
            await platform.hold_to_keys()
            engine = create_engine(urls[name], sealing=Sealing(platform.wrapper(name)))
            async with engine.connect() as conn:
                await data_keys(conn)
            await engine.dispose()

    return start


class TestProduction:
    @pytest.mark.parametrize("name", ["registration", "ledger"])
    async def test_another_identity_key_is_refused_and_the_right_one_taken_again(self, start, name):
        await start(name)

        with pytest.raises(KeyRefused, match=rf"{name} was written with the identity key.*IDENTITY_KEY"):
            await start(name, identity=key("j"))
        await start(name)

    async def test_another_account_key_is_refused_and_so_is_none(self, start, monkeypatch):
        await start("subsidy", ACCOUNT_KEY=key("a"))

        with pytest.raises(KeyRefused, match=r"account key.*CANBAO_SUBSIDY_ACCOUNT_KEY.*read again"):
            await start("subsidy", ACCOUNT_KEY=key("b"))
        with pytest.raises(KeyRefused, match="none is given"):
            await start("subsidy", ACCOUNT_KEY="")
        await start("subsidy", ACCOUNT_KEY=key("a"))

    async def test_a_version_of_the_voucher_keys_never_changes_its_key_and_new_ones_may_come(self, start):
        await start("collection", VOUCHER_KEYS=json.dumps({"v1": key("a")}))
        await start("collection", VOUCHER_KEYS=json.dumps({"v1": key("a"), "v2": key("b")}))

        with pytest.raises(KeyRefused, match="voucher key v2"):
            await start("collection", VOUCHER_KEYS=json.dumps({"v1": key("a"), "v2": key("c")}))

    async def test_a_lost_sealing_key_is_told_and_a_new_one_stands_before_it(self, start):
        await start("ledger")
        with pytest.raises(KeyRefused, match=r"ledger was written with the sealing key.*CANBAO_SEALING_KEYS"):
            await start("ledger", sealing=key("t"))
        with pytest.raises(SettingInvalid, match="CANBAO_SEALING_KEYS is not set"):
            await start("ledger", sealing="")
        await start("ledger", sealing=f"{key('t')},{key('s')}")

    async def test_sealing_keys_may_stand_in_a_file(self, start, monkeypatch, tmp_path):
        await start("ledger")
        file = tmp_path / "keys"
        monkeypatch.setenv("CANBAO_SEALING_KEYS_FILE", str(file))
        with pytest.raises(SettingInvalid, match="SEALING_KEYS_FILE cannot be read"):
            await start("ledger", sealing="")
        file.write_text(f"{key('t')}\n{key('s')}\n")
        await start("ledger", sealing="")

    async def test_a_refused_start_leaves_no_trace_of_its_keys(self, start):
        await start("subsidy", ACCOUNT_KEY=key("a"))
        with pytest.raises(KeyRefused):
            await start("subsidy", identity=key("j"), ACCOUNT_KEY=key("b"))

        await start("subsidy", ACCOUNT_KEY=key("a"))

    @pytest.mark.parametrize("spoiled", ["c2hvcnQ=", "not base64", "钥匙"])
    async def test_a_key_that_is_none_is_told_in_one_sentence(self, start, spoiled):
        with pytest.raises(SettingInvalid, match="CANBAO_IDENTITY_KEY"):
            await start("ledger", identity=spoiled)
        with pytest.raises(SettingInvalid, match=r"CANBAO_SUBSIDY_ACCOUNT_KEY|account key"):
            await start("subsidy", ACCOUNT_KEY=spoiled)


@pytest.fixture
def data_dir():
    """A directory that PostgreSQL's own user reaches."""
    directory = Path(tempfile.mkdtemp(prefix="canbao-keys-"))
    yield directory
    shutil.rmtree(directory)


class TestEmbeddedDefault:
    @pytest.mark.parametrize("name", SERVICES)
    async def test_takes_a_database_that_was_only_migrated_for_an_empty_one(self, name, database):
        assert await are_empty([await database(name)])

    async def test_makes_its_keys_for_empty_databases_only(self, data_dir):
        async with Platform(CommonSettings(data_dir=data_dir), names=["subsidy"]) as platform:
            await migrate_all({"subsidy": platform.urls["subsidy"]})
            assert await are_empty([platform.urls["subsidy"]])
            await platform.hold_to_keys()
            assert not await are_empty([platform.urls["subsidy"]])

            for name in ("identity.json", "account.json"):
                kept = (data_dir / name).rename(data_dir / "elsewhere")
                with pytest.raises(SettingInvalid, match=f"{name} is gone.*put it back.*CANBAO_"):
                    await platform.hold_to_keys()
                assert not (data_dir / name).exists()

                (data_dir / name).write_text(json.dumps({"key": key("x")}))  # of another installation
                with pytest.raises(KeyRefused, match=rf"written with the .*into \S+/{name}"):
                    await platform.hold_to_keys()

                (data_dir / name).write_text("{")
                with pytest.raises(SettingInvalid, match=rf"{name} is spoiled"):
                    await platform.hold_to_keys()

                kept.replace(data_dir / name)
                await platform.hold_to_keys()
