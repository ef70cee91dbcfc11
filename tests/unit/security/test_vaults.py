"""Keys by reference: files, the environment, and vaults that others bring."""

import json

import pytest
from pydantic import TypeAdapter

from libs.common.security import vaults
from libs.common.security.digests import Digests
from libs.common.security.vaults import EnvironmentVault, FileVault, VaultFault, resolved
from libs.common.security.webhooks import generate_secret
from libs.common.settings import SettingInvalid
from libs.common.settings_files import read_object
from services.collection.channels import refreshing
from services.collection.channels.keyring import load_keys
from services.collection.settings import CollectionSettings

KNOWN = {"file": FileVault(), "env": EnvironmentVault()}


class OfAnotherKind:
    """What a package registers: a service of keys, say."""

    def read(self, name):
        if name != "county/tax":
            raise VaultFault(f"there is no {name}")
        return "from afar"


class TestReferences:
    def test_are_replaced_wherever_they_stand_and_nothing_else_is(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TAX_SECRET", "whsec_e")
        (tmp_path / "pem").write_text("-----BEGIN-----\na\n-----END-----\r\n")
        given = {
            "tax": ["env:TAX_SECRET", "whsec_a:b"],
            "calls": {"url": "https://gateway", "key": f"file:{tmp_path}/pem"},
            "sha1": True,
        }
        assert resolved(given, KNOWN) == {
            "tax": ["whsec_e", "whsec_a:b"],
            "calls": {"url": "https://gateway", "key": "-----BEGIN-----\na\n-----END-----"},
            "sha1": True,
        }

    def test_to_nothing_are_named_and_no_key_with_them(self, tmp_path):
        for reference in ("env:NOBODY_SET_THIS", f"file:{tmp_path}/none"):
            setting = json.dumps({"tax": ["whsec_other", reference]})
            with pytest.raises(SettingInvalid) as refused:
                read_object(TypeAdapter(dict[str, list[str]]), "CANBAO_X", setting)
            assert reference.partition(":")[2] in str(refused.value)
            assert "whsec_other" not in str(refused.value)

    def test_to_a_vault_that_a_package_brings_are_read_from_there(self, monkeypatch):
        class Entry:
            name, load = "afar", staticmethod(OfAnotherKind)

        monkeypatch.setattr(vaults, "entry_points", lambda group: [Entry] if group == "canbao.vaults" else [])
        vaults.known_vaults.cache_clear()
        try:
            shape = TypeAdapter(dict[str, str])
            assert read_object(shape, "X", '{"a": "afar:county/tax"}') == {"a": "from afar"}
            with pytest.raises(SettingInvalid, match="there is no b"):
                read_object(shape, "X", '{"a": "afar:b"}')
        finally:
            vaults.known_vaults.cache_clear()


class TestChannels:
    def test_follow_a_file_that_their_setting_names_without_a_restart(self, tmp_path, monkeypatch):
        monkeypatch.setattr(refreshing, "FRESH_SECONDS", 0.0)
        path = tmp_path / "tax"
        path.write_text(generate_secret())
        settings = CollectionSettings(channels=json.dumps({"tax": [f"file:{path}"]}))
        channels = load_keys(settings, Digests(b"k" * 32)).channels
        before = channels["tax"].fingerprint
        path.write_text(generate_secret() + "\n")
        assert channels["tax"].fingerprint != before
        path.unlink()
        assert ("secret" in channels["tax"].signed_by, channels.fault is not None) == (True, True)
