"""Which bearer tokens are believed."""

import base64
import json
import os
import time
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from libs.common.security import tokens
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator, TokenRejected


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate()


def claims(**changes):
    now = int(time.time())
    return {
        "iss": "canbao", "aud": "canbao", "sub": "officer", "scope": "assess", "division": "350426",
        "iat": now, "nbf": now, "exp": now + 60,
    } | changes  # fmt: skip


def jwk_of(private) -> dict:
    algorithm = (
        jwt.algorithms.RSAAlgorithm if isinstance(private, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    )
    return json.loads(algorithm.to_jwk(private.public_key())) | {"kid": "theirs", "use": "sig"}


class TestAuthenticate:
    def test_tells_who_asks_for_what_and_where(self, key):
        token = key.issue("officer", ["registration:read", "pii:read"], "350426101", role="township_officer")

        caller = Authenticator(key.jwks()).authenticate(token)

        assert (caller.subject, caller.role, caller.division) == ("officer", "township_officer", "350426101")
        assert caller.may("pii:read") and not caller.may("registration:write")

    @pytest.mark.parametrize("division", ["", "*"])
    def test_everywhere_is_the_empty_prefix(self, key, division):
        caller = Authenticator(key.jwks()).authenticate(key.issue("auditor", [], division))

        assert caller.division == "" and caller.sees("350426101203") and caller.sees(None)

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"exp": int(time.time()) - 120}, "expired"),
            ({"nbf": int(time.time()) + 86_400}, "not valid yet"),
            ({"aud": "another"}, "another audience"),
            ({"iss": "someone"}, "someone else"),
            ({"sub": None}, "not valid|lacks"),
            ({"division": None}, "division"),
            ({"division": "福建"}, "division"),
            ({"division": "35042610120312"}, "division"),
            ({"division": 350426}, "division"),
        ],
    )
    def test_refuses_claims_that_do_not_fit(self, wrong, says):
        private = ec.generate_private_key(ec.SECP256R1())
        content = {name: value for name, value in claims(**wrong).items() if value is not None}
        token = jwt.encode(content, private, algorithm="ES256", headers={"kid": "theirs"})

        with pytest.raises(TokenRejected, match=says) as refusal:
            Authenticator({"keys": [jwk_of(private)]}).authenticate(token)

        assert refusal.value.message_zh

    @pytest.mark.parametrize(
        ("private", "algorithm"),
        [
            (ec.generate_private_key(ec.SECP256R1()), "ES256"),
            (rsa.generate_private_key(65537, 2048), "RS256"),
        ],
    )
    def test_believes_the_keys_of_other_issuers(self, private, algorithm):
        token = jwt.encode(claims(iss="https://sso"), private, algorithm=algorithm, headers={"kid": "theirs"})

        caller = Authenticator(json.dumps({"keys": [jwk_of(private)]}), issuer="https://sso").authenticate(
            token
        )

        assert caller.subject == "officer"

    def test_a_public_key_is_never_a_shared_secret(self, key):
        public = base64.urlsafe_b64decode(key.jwks()["keys"][0]["x"] + "=")
        for algorithm, secret in (("HS256", public), ("none", None)):
            forged = jwt.encode(claims(), secret, algorithm, headers={"kid": key.jwks()["keys"][0]["kid"]})
            with pytest.raises(TokenRejected):
                Authenticator(key.jwks()).authenticate(forged)

    def test_a_key_of_the_same_name_does_not_help_a_stranger(self, key):
        stranger = SigningKey.generate()
        theirs = stranger.jwks()["keys"][0] | {"kid": key.jwks()["keys"][0]["kid"]}

        with pytest.raises(TokenRejected, match="signature"):
            Authenticator({"keys": [theirs]}).authenticate(key.issue("officer", [], ""))

    @pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000, "Bearer x"])
    def test_nonsense_is_refused_and_not_repeated(self, key, token):
        with pytest.raises(TokenRejected) as refusal:
            Authenticator(key.jwks()).authenticate(token)

        assert token == "" or token not in str(refusal.value)


class TestKeySets:
    def test_with_a_private_or_no_usable_key_are_refused_at_start(self, key):
        private = key.jwks()["keys"][0] | {"d": "secret"}

        with pytest.raises(ValueError, match="private"):
            Authenticator({"keys": [private]})
        with pytest.raises(ValueError, match="no key"):
            Authenticator({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]})

    def test_in_a_file_are_read_again_when_they_change(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        old, new = SigningKey.generate(), SigningKey.generate()
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps(old.jwks()))
        authenticator = Authenticator(path)
        assert authenticator.authenticate(old.issue("a", [], "")).subject == "a"

        path.write_text(json.dumps({"keys": [*old.jwks()["keys"], *new.jwks()["keys"]]}))
        assert authenticator.authenticate(new.issue("b", [], "")).subject == "b"

        path.write_text(json.dumps(new.jwks()))
        os.utime(path, ns=(1, 1))
        with pytest.raises(TokenRejected, match="key that is not known"):
            authenticator.authenticate(old.issue("a", [], ""))

    def test_in_a_file_that_cannot_be_read_for_a_moment_stay_believed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        key = SigningKey.generate()
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps(key.jwks()))
        authenticator = Authenticator(path)

        path.write_text("{")
        assert authenticator.authenticate(key.issue("a", [], "")).subject == "a"
        path.unlink()
        assert authenticator.authenticate(key.issue("b", [], "")).subject == "b"


class TestRemembering:
    def test_a_token_is_not_believed_longer_than_it_says(self, key, monkeypatch):
        monkeypatch.setattr(tokens, "LEEWAY_SECONDS", 0)
        authenticator = Authenticator(key.jwks())
        token = key.issue("a", [], "", lifetime=timedelta(seconds=1))
        assert authenticator.authenticate(token) is authenticator.authenticate(token)

        time.sleep(1.1)

        with pytest.raises(TokenRejected, match="expired"):
            authenticator.authenticate(token)

    def test_many_tokens_do_not_fill_the_memory(self, key, monkeypatch):
        monkeypatch.setattr(tokens, "_REMEMBERED", 3)
        authenticator = Authenticator(key.jwks())

        for number in range(10):
            assert authenticator.authenticate(key.issue(str(number), [], "")).subject == str(number)

        assert len(authenticator._believed) <= 3


class TestSigningKey:
    def test_is_created_once_and_for_the_owner_only(self, tmp_path):
        path = tmp_path / "keys" / "tokens.pem"

        first, again = SigningKey.load_or_create(path), SigningKey.load_or_create(path)

        assert first.jwks() == again.jwks()
        assert path.stat().st_mode & 0o077 == 0
        assert [file.name for file in path.parent.iterdir()] == ["tokens.pem"]

    def test_rotation_keeps_believing_the_last_key_and_forgets_older_ones(self, tmp_path):
        path = tmp_path / "tokens.pem"
        first = SigningKey.load_or_create(path).issue("a", [], "")
        second = SigningKey.rotate(path).issue("b", [], "")
        assert {
            Authenticator(SigningKey.load_or_create(path).jwks()).authenticate(t).subject
            for t in (first, second)
        } == {"a", "b"}

        newest = SigningKey.rotate(path)

        assert Authenticator(newest.jwks()).authenticate(second).subject == "b"
        with pytest.raises(TokenRejected):
            Authenticator(newest.jwks()).authenticate(first)

    def test_publishes_no_private_part(self, key):
        assert all("d" not in jwk for jwk in key.jwks()["keys"])

    def test_a_lifetime_ends(self, key):
        token = key.issue("a", [], "", lifetime=timedelta(seconds=-60))

        with pytest.raises(TokenRejected, match="expired"):
            Authenticator(key.jwks()).authenticate(token)


class TestCaller:
    def test_sees_what_lies_below_its_division(self, key):
        caller = Authenticator(key.jwks()).authenticate(key.issue("a", [], "350426101"))

        assert caller.sees("350426101203") and caller.sees("350426101000")
        assert not caller.sees("350426102203") and not caller.sees(None) and not caller.sees("350426000000")

    def test_the_range_for_queries_agrees_with_what_it_sees(self, key):
        caller = Authenticator(key.jwks()).authenticate(key.issue("a", [], "350426101"))
        low, high = caller.division_range

        for code in ("350426100999", "350426101000", "350426101999", "350426102000"):
            assert (low <= code <= high) == caller.sees(code)
