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
from libs.common.settings import SettingInvalid


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

    def test_everywhere_is_said_by_a_star_and_never_by_nothing(self, key):
        caller = Authenticator(key.jwks()).authenticate(key.issue("auditor", [], "*"))
        with pytest.raises(TokenRejected, match="division"):
            Authenticator(key.jwks()).authenticate(key.issue("auditor", [], ""))

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
            ({"division": ""}, "division"),
            ({"division": "3"}, "division"),
            ({"division": ["350426"]}, "division"),
            ({"scope": 7}, "scope"),
            ({"scope": {"assess": True}}, "scope"),
            ({"scope": ["assess", None]}, "scope"),
            ({"exp": str(int(time.time()) + 60)}, "exp"),
            ({"exp": "soon"}, "not valid"),
            ({"exp": float("nan")}, "not valid"),
            ({"exp": float("inf")}, "not valid"),
            ({"exp": True}, "expired|exp"),
            ({"exp": [1]}, "not valid"),
            ({"exp": 10**400}, "exp"),
            ({"exp": 10**18}, "exp"),
            ({"nbf": float("inf")}, "not valid"),
            ({"iat": {}}, "not valid"),
            ({"sub": 7}, "not valid"),
            ({"sub": ""}, "who uses it"),
            ({"sub": "a\x00b"}, "who uses it"),
            ({"sub": "x" * 201}, "who uses it"),
            ({"sub": "\ud800"}, "who uses it"),
            ({"role": ["officer"]}, "who uses it"),
            ({"role": "a\nb"}, "who uses it"),
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

    def test_refuses_a_scope_that_is_null_and_takes_a_list(self, key):
        private = ec.generate_private_key(ec.SECP256R1())
        believer = Authenticator({"keys": [jwk_of(private)]})

        def token(scope):
            return jwt.encode(claims(scope=scope), private, algorithm="ES256", headers={"kid": "theirs"})

        with pytest.raises(TokenRejected, match="scope"):
            believer.authenticate(token(None))
        assert believer.authenticate(token(["assess", "pii:read"])).may("pii:read")

    @pytest.mark.parametrize(
        "header", [{"kid": {}}, {"kid": [1]}, {"kid": None}, {"crit": ["b64"]}, {"alg": 7}]
    )
    def test_strange_headers_are_refused(self, key, header):
        head, payload, signature = key.issue("officer", [], "*").split(".")
        known = json.loads(base64.urlsafe_b64decode(head + "=="))
        forged = base64.urlsafe_b64encode(json.dumps(known | header).encode()).decode().rstrip("=")

        with pytest.raises(TokenRejected):
            Authenticator(
                {"keys": [*key.jwks()["keys"], *SigningKey.generate().jwks()["keys"]]}
            ).authenticate(f"{forged}.{payload}.{signature}")

    @pytest.mark.parametrize("payload", [[], "text", None, 7])
    def test_a_payload_that_is_no_object_is_refused(self, key, payload):
        private = ec.generate_private_key(ec.SECP256R1())
        token = jwt.api_jws.encode(
            json.dumps(payload).encode(), private, algorithm="ES256", headers={"kid": "theirs"}
        )

        with pytest.raises(TokenRejected):
            Authenticator({"keys": [jwk_of(private)]}).authenticate(token)

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
            Authenticator({"keys": [theirs]}).authenticate(key.issue("officer", [], "*"))

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

    @pytest.mark.parametrize(
        "odd",
        [
            "null", 7, [], {"kty": []}, {"kty": "OKP", "crv": "Ed25519"}, {"kty": "RSA", "n": 7, "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "x": "?", "y": "?"}, {"kty": "OKP", "crv": {}, "x": "AA"},
            {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": ["a"]},
        ],
    )  # fmt: skip
    def test_a_key_of_an_odd_shape_is_passed_over_and_the_others_are_believed(self, key, odd):
        both = Authenticator(json.dumps({"keys": [odd, *key.jwks()["keys"]]}))

        assert both.authenticate(key.issue("a", [], "*")).subject == "a"
        with pytest.raises(SettingInvalid, match="CANBAO_JWKS"):
            Authenticator({"keys": [odd]})

    @pytest.mark.parametrize(
        "text", ["{", "[]", "null", '{"keys": {}}', '{"keys": null}', "{}", "[" * 100_000]
    )
    def test_of_an_odd_shape_are_told_at_start_and_ignored_later(self, tmp_path, monkeypatch, key, text):
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps(key.jwks()))
        authenticator = Authenticator(path)
        path.write_text(text)

        assert authenticator.authenticate(key.issue("a", [], "*")).subject == "a"
        with pytest.raises(SettingInvalid, match=r"jwks\.json|CANBAO_JWKS"):
            Authenticator(path)

    def test_in_a_file_that_is_not_there_are_told_at_start(self, tmp_path):
        with pytest.raises(SettingInvalid, match="CANBAO_JWKS"):
            Authenticator(tmp_path / "nowhere.json")

    def test_in_a_file_are_read_again_when_they_change(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        old, new = SigningKey.generate(), SigningKey.generate()
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps(old.jwks()))
        authenticator = Authenticator(path)
        assert authenticator.authenticate(old.issue("a", [], "*")).subject == "a"

        path.write_text(json.dumps({"keys": [*old.jwks()["keys"], *new.jwks()["keys"]]}))
        assert authenticator.authenticate(new.issue("b", [], "*")).subject == "b"

        path.write_text(json.dumps(new.jwks()))
        os.utime(path, ns=(1, 1))
        with pytest.raises(TokenRejected, match="key that is not known"):
            authenticator.authenticate(old.issue("a", [], "*"))

    def test_in_a_file_that_cannot_be_read_for_a_moment_stay_believed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        key = SigningKey.generate()
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps(key.jwks()))
        authenticator = Authenticator(path)

        path.write_text("{")
        assert authenticator.authenticate(key.issue("a", [], "*")).subject == "a"
        path.unlink()
        assert authenticator.authenticate(key.issue("b", [], "*")).subject == "b"


class TestRemembering:
    def test_a_token_is_not_believed_longer_than_it_says(self, key, monkeypatch):
        monkeypatch.setattr(tokens, "LEEWAY_SECONDS", 0)
        authenticator = Authenticator(key.jwks())
        token = key.issue("a", [], "*", lifetime=timedelta(seconds=1))
        assert authenticator.authenticate(token) is authenticator.authenticate(token)

        time.sleep(1.1)

        with pytest.raises(TokenRejected, match="expired"):
            authenticator.authenticate(token)

    def test_many_tokens_do_not_fill_the_memory(self, key, monkeypatch):
        monkeypatch.setattr(tokens, "_REMEMBERED", 3)
        authenticator = Authenticator(key.jwks())

        for number in range(10):
            assert authenticator.authenticate(key.issue(str(number), [], "*")).subject == str(number)

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
        first = SigningKey.load_or_create(path).issue("a", [], "*")
        second = SigningKey.rotate(path).issue("b", [], "*")
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
        token = key.issue("a", [], "*", lifetime=timedelta(seconds=-60))

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
