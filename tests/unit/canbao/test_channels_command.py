"""`canbao channels`: secrets follow one another in their file, and nobody else reads it."""

import json

import httpx
import jwt
import pytest
from click.testing import CliRunner

from canbao.commands.channels import command
from canbao.embedded_state import EmbeddedState
from libs.common.security.webhooks import WebhookKeyRing, generate_secret

OLD = generate_secret()
PUBLIC = "whpk_" + "A" * 43 + "="


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "channels.json"
    path.write_text(json.dumps({"tax": [OLD], "bank": [OLD]}))
    return path


def run(*arguments, **environment):
    return CliRunner().invoke(command, [str(one) for one in arguments], env=environment)


class TestRotate:
    def test_puts_a_new_secret_first_and_keeps_the_others(self, file):
        new = run("rotate", "tax", "--file", file).output.strip()
        WebhookKeyRing([new])
        assert json.loads(file.read_text()) == {"tax": [new, OLD], "bank": [OLD]}
        assert file.stat().st_mode & 0o777 == 0o600

    def test_makes_a_channel_that_a_notice_names(self, file):
        new = run("rotate", "esanming", "--file", file).output.strip()
        assert json.loads(file.read_text())["esanming"] == [new]

    def test_makes_one_that_nothing_names_only_where_that_is_said(self, file, tmp_path):
        before = file.read_text()
        for mistyped, near in (
            ("taxx", "mean tax or etax?"),
            ("esanmin", "mean esanming?"),
            ("zzzzzz", "zzzzzz; --new"),
        ):
            answer = run("rotate", mistyped, "--file", file)
            assert (answer.exit_code, near in answer.output, "--new" in answer.output) == (1, True, True)
        answer = run("rotate", "esanming", "--file", file, CANBAO_POLICIES_DIR=str(tmp_path))
        assert answer.exit_code == 1  # no notice there, and so none that names it
        assert file.read_text() == before
        new = run("rotate", "post", "--new", "--file", file).output.strip()
        assert json.loads(file.read_text())["post"] == [new]

    def test_writes_nothing_that_services_would_refuse(self, file):
        before = file.read_text()
        answer = run("rotate", "wechat", "--file", file)
        assert (answer.exit_code, "settings of its own" in answer.output) == (1, True)
        assert file.read_text() == before

    def test_finds_the_file_of_the_setting_and_of_a_data_directory(self, file, tmp_path):
        assert run("rotate", "tax", CANBAO_COLLECTION_CHANNELS=str(file)).exit_code == 0
        assert len(json.loads(file.read_text())["tax"]) == 2
        state = EmbeddedState(tmp_path / "data")
        state.webhook_secrets()
        assert run("rotate", "tax", "--data-dir", state.data_dir).exit_code == 0
        assert len(state.webhook_secrets()["tax"]) == 2


class TestRetire:
    def test_leaves_the_newest(self, file):
        new = run("rotate", "tax", "--file", file).output.strip()
        assert run("retire", "tax", "--file", file).output == "1 taken out\n"
        assert json.loads(file.read_text()) == {"tax": [new], "bank": [OLD]}

    def test_of_a_channel_that_is_not_there_is_an_error(self, file):
        answer = run("retire", "post", "--file", file)
        assert (answer.exit_code, "no channel post" in answer.output) == (1, True)


class TestList:
    def test_shows_no_secret(self, file):
        assert run("list", "--file", file).output == "bank\t1\ntax\t1\n"


class TestTest:
    def test_signs_by_the_newest_secret_beside_keys_that_only_the_sender_has(self, file, monkeypatch):
        sent = []

        def post(url, content, headers, timeout):
            sent.append((content, headers))
            return httpx.Response(202, text="{}")

        monkeypatch.setattr(httpx, "post", post)
        file.write_text(json.dumps({"tax": [PUBLIC, OLD], "bank": [PUBLIC]}))
        assert run("test", "tax", "--file", file).exit_code == 0
        ((content, headers),) = sent
        said = (headers[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
        WebhookKeyRing([OLD]).verify(*said, content, float(headers["webhook-timestamp"]))
        answer = run("test", "bank", "--file", file)
        assert (answer.exit_code, "no secret of bank" in answer.output) == (1, True)
        assert len(sent) == 1

    def test_has_the_gateway_of_a_wallet_asked(self, file, monkeypatch, tmp_path):
        sent, fault = [], None

        def post(url, content, headers, timeout):
            sent.append((url, headers))
            return httpx.Response(200, json={"channel": "wechat", "checked": ["answered"], "fault": fault})

        monkeypatch.setattr(httpx, "post", post)
        more = ("--file", file, "--data-dir", tmp_path / "data")
        assert run("test", "wechat", *more).exit_code == 0
        assert run("test", "wechat", *more, "--token", "given").exit_code == 0
        (url, own), (_, given) = sent
        assert url.endswith("/collection/v1/channels/wechat/test")
        claims = jwt.decode(own["authorization"].removeprefix("Bearer "), options={"verify_signature": False})
        assert claims["scope"] == "channels:write"
        assert given["authorization"] == "Bearer given"
        fault = "the answer is signed by another key"
        answer = run("test", "wechat", *more)
        assert (answer.exit_code, fault in answer.output) == (1, True)


@pytest.mark.parametrize("text", [None, "{", '{"tax": "x"}'])
def test_a_file_that_cannot_be_used_is_named(file, text):
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    for arguments in (("list",), ("rotate", "tax"), ("retire", "tax"), ("test", "tax")):
        answer = run(*arguments, "--file", file)
        assert (answer.exit_code, str(file) in answer.output) == (1, True)


def test_secrets_that_are_the_setting_itself_are_changed_there():
    answer = run("rotate", "tax", CANBAO_COLLECTION_CHANNELS='{"tax": []}')
    assert (answer.exit_code, "CANBAO_COLLECTION_CHANNELS" in answer.output) == (1, True)
