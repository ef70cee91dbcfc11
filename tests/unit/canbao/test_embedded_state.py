"""The embedded default makes up its keys once, keeps them private, and half a configuration is none."""

import base64
import json
from pathlib import Path

import pytest

from canbao.embedded_state import EmbeddedState, KeyFileUnusable
from libs.common.security.digests import Digests
from libs.common.security.tokens import Authenticator
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.settings import SettingInvalid


@pytest.fixture
def state(tmp_path):
    return EmbeddedState(tmp_path / "data")


class TestEmbeddedState:
    def test_keeps_every_key(self, state):
        again = EmbeddedState(state.data_dir)

        assert state.identity_key() == again.identity_key()
        assert state.signing_key().jwks() == again.signing_key().jwks()
        assert state.defaults("collection") == again.defaults("collection")
        assert state.defaults("subsidy") == again.defaults("subsidy")

    def test_differs_from_another_directory(self, state, tmp_path):
        other = EmbeddedState(tmp_path / "other")

        assert state.identity_key() != other.identity_key()
        assert state.webhook_secrets() != other.webhook_secrets()

    def test_shows_its_files_to_the_owner_only(self, state):
        state.identity_key(), state.signing_key(), state.defaults("collection"), state.defaults("subsidy")

        files = [path for path in state.data_dir.iterdir() if path.is_file()]
        assert len(files) == 6
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert state.data_dir.stat().st_mode & 0o066 == 0

    def test_makes_keys_that_can_be_used(self, state):
        Digests(state.identity_key())
        token = state.signing_key().issue("officer", ["ops:read"], "350426")
        assert Authenticator(state.signing_key().jwks()).authenticate(token).division == "350426"
        chosen = state.defaults("collection")
        for secrets in json.loads(Path(chosen["channels"]).read_text()).values():
            WebhookKeyRing(secrets)
        assert len(chosen["wechat_api_v3_key"]) == 32
        assert len(base64.b64decode(state.defaults("subsidy")["account_key"])) == 32

    def test_keeps_the_private_key_of_wechat_out_of_the_settings(self, state):
        assert "PRIVATE KEY" not in json.dumps(state.defaults("collection"))

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"v1": 1}'])
    def test_names_a_spoiled_file_and_the_mend(self, state, text):
        state.data_dir.mkdir()
        for name in ("identity.json", "account.json", "voucher-keys.json", "wechat.json", "channels.json"):
            (state.data_dir / name).write_text(text)

        for read in (state.identity_key, state.account_key, state.voucher_keys, state.webhook_secrets):
            with pytest.raises(KeyFileUnusable, match=r"\.json is spoiled: put it back.*CANBAO_"):
                read()
        (state.data_dir / "signing-key.pem").write_text(text)
        with pytest.raises(SettingInvalid, match=r"signing-key\.pem is spoiled"):
            state.signing_key()

    def test_of_an_earlier_release_get_the_channels_that_came_since_and_keep_their_own(self, state):
        before = state.webhook_secrets()
        path = state.data_dir / "channels.json"
        path.write_text(json.dumps({name: before[name] for name in ("tax", "bank")} | {"own": ["whsec_x"]}))
        state.may_make = False

        after = state.webhook_secrets()

        assert after.keys() == before.keys() | {"own"}
        assert {name: after[name] for name in ("tax", "bank")} == {
            name: before[name] for name in ("tax", "bank")
        }
        assert after["own"] == ["whsec_x"] and after["tax_hall"] != before["tax_hall"]
        assert EmbeddedState(state.data_dir).webhook_secrets() == after
        assert path.stat().st_mode & 0o777 == 0o600

    def test_makes_nothing_that_is_given_and_nothing_at_all_when_it_may_not(self, state):
        assert state.defaults("subsidy", given={"account_key"}) == {}
        assert not state.data_dir.exists()
        state.may_make = False
        with pytest.raises(KeyFileUnusable, match=r"voucher-keys\.json is gone"):
            state.defaults("collection", given={"channels"})
