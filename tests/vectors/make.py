"""Writes the vectors of this directory: `python tests/vectors/make.py [directory]`.

Nothing here uses the code under test, nor the library that it verifies with. Keys, certificates, RSA
signatures, HMACs and AES blocks come from the `openssl` command; GCM is put together from them after NIST SP
800-38D; webhooks are signed by the reference library as well, and both must agree; check digits of resident
identity numbers follow ISO 7064 as a recursion. Private keys are thrown away.
"""

import base64
import json
import secrets
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from standardwebhooks.webhooks import Webhook

HERE = Path(__file__).parent
SENT_AT = 1_574_215_205
PAYMENT = {
    "transaction_no": "T20191120000001",
    "paid_at": "2019-11-20T10:00:00+08:00",
    "amount_fen": 25000,
    "county": "youxi",
    "coverage_year": 2020,
    "items": [{"id_number": "350426198006152246", "name": "林秀英", "amount_fen": 25000}],
}


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    """Run the command; give what it writes."""
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def text(value: object) -> str:
    """JSON as others send it: without blanks, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def standard_webhooks() -> object:
    """Payments signed with three keys, by the reference library and by openssl's HMAC."""
    body = {"type": "payment.succeeded", "timestamp": PAYMENT["paid_at"], "data": PAYMENT}
    cases = []
    for number, payload in enumerate((text(body), '{"test": 2432232314}', '{"note":"说明 \\u0000"}')):
        key = bytes([97 + number]) * 32
        secret = "whsec_" + base64.b64encode(key).decode()
        message_id = f"msg_{number + 1}"
        signed = f"{message_id}.{SENT_AT}.{payload}".encode()
        mac = openssl(
            *("dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"), given=signed
        )
        signature = "v1," + base64.b64encode(mac).decode()
        theirs = Webhook(secret).sign(message_id, datetime.fromtimestamp(SENT_AT, UTC), payload)
        if theirs != signature:
            raise AssertionError(f"openssl says {signature}, the reference library {theirs}")
        cases.append(
            {"secret": secret, "id": message_id, "timestamp": SENT_AT, "payload": payload}
            | {"signature": signature}
        )
    return {"payment": cases[0], "sign": cases}


def _multiplied(x: int, y: int) -> int:
    """The product in GF(2^128) as SP 800-38D, 6.3 states it, bits from the left."""
    product, power = 0, y
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= power
        power = power >> 1 ^ (0xE1 << 120 if power & 1 else 0)
    return product


def _blocks(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 16].ljust(16, b"\0")) for at in range(0, len(data), 16)]


def sealed(key: bytes, nonce: bytes, plain: bytes, associated: bytes, cipher: str = "") -> bytes:
    """GCM of a 96-bit nonce: the ciphertext and its tag, from openssl's blocks and counter mode; of AES."""
    cipher = cipher or f"aes-{len(key) * 8}"

    def block(data: bytes) -> bytes:
        return openssl("enc", f"-{cipher}-ecb", "-K", key.hex(), "-nopad", given=data)

    first = nonce + bytes([0, 0, 0, 1])
    counter = (nonce + bytes([0, 0, 0, 2])).hex()
    hidden = openssl("enc", f"-{cipher}-ctr", "-K", key.hex(), "-iv", counter, given=plain)
    lengths = (len(associated) * 8).to_bytes(8) + (len(hidden) * 8).to_bytes(8)
    subkey, digest = int.from_bytes(block(bytes(16))), 0
    for part in (*_blocks(associated), *_blocks(hidden), int.from_bytes(lengths)):
        digest = _multiplied(digest ^ part, subkey)
    return hidden + (digest ^ int.from_bytes(block(first))).to_bytes(16)


def wechat() -> object:
    """Notifications signed under a public key and a certificate; sealed resources, good and bad."""
    with tempfile.TemporaryDirectory() as directory:
        keys = {name: Path(directory, name) for name in ("public", "certificate")}
        for path in keys.values():
            openssl(
                "genpkey",
                "-quiet",
                "-algorithm",
                "RSA",
                "-pkeyopt",
                "rsa_keygen_bits:2048",
                "-out",
                str(path),
            )
        public = openssl("pkey", "-in", str(keys["public"]), "-pubout").decode()
        certificate = openssl(
            *(
                "req",
                "-x509",
                "-key",
                str(keys["certificate"]),
                "-days",
                "3650",
                "-subj",
                "/CN=Platform of tests",
            )
        ).decode()
        serial = openssl("x509", "-noout", "-serial", given=certificate.encode()).decode().strip()
        ring = {"PUB_KEY_ID_7": public, serial.removeprefix("serial="): certificate}
        signed = [_notification(path, name) for name, path in zip(ring, keys.values(), strict=True)]
    return {"keys": ring, "api_v3_key": "k" * 32, "notifications": signed, "sealed": _resources()}


def wechat_sm() -> object:
    """A notification by the national algorithms: signed under a certificate of SM2, sealed by SM4-GCM."""
    distinguished = ("-sigopt", "distid:1234567812345678")
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory, "key")
        openssl("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", str(key))
        named = ("-days", "3650", "-subj", "/CN=Platform of tests")
        certificate = openssl("req", "-x509", "-key", str(key), "-sm3", *distinguished, *named).decode()
        public = openssl("pkey", "-in", str(key), "-pubout").decode()
        resource = {"mchid": "1900000001", "note": "说明"}
        sm4 = openssl("dgst", "-sm3", "-binary", given=b"k" * 32)[:16]
        hidden = sealed(sm4, b"nonce-of-12b", text(resource).encode(), b"transaction", "sm4")
        shown = {"ciphertext": base64.b64encode(hidden).decode(), "nonce": "nonce-of-12b"}
        shown |= {"original_type": "transaction", "algorithm": "AEAD_SM4_GCM"}
        body = {
            "id": f"EV-{secrets.token_hex(10)}",
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "resource": shown | {"associated_data": "transaction"},
        }
        raw, mark = text(body), secrets.token_hex(16)
        signed = f"{SENT_AT}\n{mark}\n{raw}\n".encode()
        signature = openssl("dgst", "-sm3", "-sign", str(key), *distinguished, given=signed)
    headers = {
        "wechatpay-serial": "5A",
        "wechatpay-timestamp": str(SENT_AT),
        "wechatpay-nonce": mark,
        "wechatpay-signature": base64.b64encode(signature).decode(),
        "wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3",
    }
    told = {"sent_at": SENT_AT, "headers": headers, "body": raw, "resource": resource}
    return {"certificate": certificate, "public_key": public, "api_v3_key": "k" * 32} | told


def wechat_refunds() -> object:
    """What the platform answers when it is asked about a refund, by RSA and by SM2."""
    refund = {
        "amount": {"currency": "CNY", "discount_refund": 0, "refund": 8000, "total": 25000},
        "channel": "ORIGINAL",
        "create_time": "2019-11-20T10:00:00+08:00",
        "out_refund_no": "CR2019112010000000000000000001",
        "out_trade_no": "CB2019112000000000000007",
        "refund_id": "50300000002019112000000001",
        "transaction_id": "4200000000201911200000000001",
        "user_received_account": "支付用户零钱",
    }
    states = ({"status": "PROCESSING"}, {"status": "CLOSED"}, {"status": "ABNORMAL"})
    succeeded = {"status": "SUCCESS", "success_time": "2019-11-20T10:00:03+08:00"}
    said = [refund | state for state in (*states, succeeded)]
    with tempfile.TemporaryDirectory() as directory:
        rsa, sm2 = Path(directory, "rsa"), Path(directory, "sm2")
        openssl("genrsa", "-out", str(rsa), "2048")
        openssl("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", str(sm2))
        keys = {
            serial: openssl("pkey", "-in", str(key), "-pubout").decode()
            for serial, key in (("PUB_KEY_ID_7", rsa), ("5A", sm2))
        }
        answers = [
            _answer(key, serial, *how, said=one)
            for one in said
            for serial, key, how in (
                ("PUB_KEY_ID_7", rsa, ("WECHATPAY2-SHA256-RSA2048", "-sha256")),
                (
                    *("5A", sm2),
                    ("WECHATPAY2-SM2-WITH-SM3", "-sm3", "-sigopt", "distid:1234567812345678"),
                ),
            )
        ]
    return {"keys": keys, "sent_at": SENT_AT, "answers": answers}


def _answer(key: Path, serial: str, scheme: str, *how: str, said: object) -> object:
    raw, mark = text(said), secrets.token_hex(16)
    signed = f"{SENT_AT}\n{mark}\n{raw}\n".encode()
    signature = openssl("dgst", how[0], "-sign", str(key), *how[1:], given=signed)
    headers = {
        "wechatpay-serial": serial,
        "wechatpay-timestamp": str(SENT_AT),
        "wechatpay-nonce": mark,
        "wechatpay-signature": base64.b64encode(signature).decode(),
        "wechatpay-signature-type": scheme,
    }
    return {"headers": headers, "body": raw, "said": said}


def _notification(key: Path, serial: str) -> object:
    resource = {"mchid": "1900000001", "note": "说明", "serial": serial}
    nonce = secrets.token_hex(6)
    body = {
        "id": f"EV-{secrets.token_hex(10)}",
        "create_time": "2019-11-20T10:00:05+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": _resource(b"k" * 32, nonce, text(resource), "transaction"),
    }
    raw, mark = text(body), secrets.token_hex(16)
    signature = openssl("dgst", "-sha256", "-sign", str(key), given=f"{SENT_AT}\n{mark}\n{raw}\n".encode())
    headers = {
        "wechatpay-serial": serial,
        "wechatpay-timestamp": str(SENT_AT),
        "wechatpay-nonce": mark,
        "wechatpay-signature": base64.b64encode(signature).decode(),
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
    }
    return {"sent_at": SENT_AT, "headers": headers, "body": raw, "resource": resource}


def _resource(key: bytes, nonce: str, plain: str, associated: str) -> dict[str, str]:
    hidden = sealed(key, nonce.encode(), plain.encode(), associated.encode())
    return {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(hidden).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def _resources() -> object:
    """Good ones of every length around a block; bad ones with one thing changed each."""
    key, nonce = "0123456789abcdef" * 2, "nonce-of-12b"
    good = [
        {"key": key, "plaintext": plain, **_resource(key.encode(), nonce, plain, associated)}
        for plain, associated in (
            ("", "transaction"),
            ("已缴费", ""),
            ("x" * 16, "refund"),
            ("中" * 40, "a" * 16),
        )
    ]
    one = good[2]
    raw = bytearray(base64.b64decode(one["ciphertext"]))
    raw[0] ^= 1
    bad = [
        one | {"ciphertext": base64.b64encode(raw).decode()},
        one | {"associated_data": "transaction"},
        one | {"nonce": "nonce-of-12c"},
        one | {"key": "0123456789abcdee" * 2},
        one | {"ciphertext": "not base64!"},
        one | {"ciphertext": ""},
    ]
    return {"good": good, "bad": bad}


def alipay() -> object:
    """Notices as Alipay's two rules sign them, in UTF-8 and in GBK."""
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory, "key")
        made = ("genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        openssl(*made, "-out", str(key))
        public = openssl("pkey", "-in", str(key), "-pubout").decode()
        notices = [
            _alipay_notice(key, f"20191120{number}", charset, signs_type)
            for number, (charset, signs_type) in enumerate(
                (("utf-8", False), ("GBK", False), ("utf-8", True), ("GBK", True))
            )
        ]
    return {"key": public, "notices": notices}


def _alipay_notice(key: Path, trade_no: str, charset: str, signs_type: bool) -> object:
    subject = "居民医保 a+b & 1=1 100%"
    fields = {
        "app_id": "2019073166072302",
        "body": "",
        "charset": charset,
        "fund_bill_list": '[{"amount":"250.10","fundChannel":"ALIPAYACCOUNT"}]',
        "gmt_payment": "2019-11-20 10:00:00",
        "notify_id": f"n{trade_no}",
        "notify_type": "trade_status_sync",
        "out_trade_no": "CB1",
        "seller_id": "2088531891668739",
        "sign_type": "RSA2",
        "subject": subject,
        "total_amount": "250.10",
        "trade_no": trade_no,
        "trade_status": "TRADE_SUCCESS",
    }
    named = [name for name in sorted(fields) if fields[name] and (signs_type or name != "sign_type")]
    message = "&".join(f"{name}={fields[name]}" for name in named).encode(charset)
    signature = base64.b64encode(openssl("dgst", "-sha256", "-sign", str(key), given=message)).decode()
    body = urlencode(fields | {"sign": signature}, encoding=charset)
    return {"trade_no": trade_no, "amount_fen": 25010, "subject": subject, "body": body}


def unionpay() -> object:
    """A purchase, signed with a certificate that a middle one issued, which a root issued."""
    with tempfile.TemporaryDirectory() as directory:
        root, middle, signer = (Path(directory, name) for name in ("root", "middle", "signer"))
        names = {root: "/CN=Root of tests", middle: "/CN=Middle of tests"}
        names[signer] = "/CN=041@8310000000083040@中国银联股份有限公司@00016493"
        issuer = root
        for path, name in names.items():
            _certificate(path, name, issuer)
            issuer = path
        pems = [Path(f"{path}.pem").read_text() for path in (root, middle, signer)]
        now = datetime.now(UTC)
        fields = {
            "accNo": "6222+/=",
            "currencyCode": "156",
            "encoding": "UTF-8",
            "exchangeRate": "",
            "merId": "777290058110097",
            "orderId": "CB1",
            "queryId": "781911201000000674028",
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "signMethod": "01",
            "signPubKeyCert": pems[2].replace("\n", "\r\n"),
            "traceTime": "1120100001",
            "txnAmt": "25010",
            "txnTime": "20191120100000",
            "txnType": "01",
            "version": "5.1.0",
        }
        message = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name]).encode()
        digest = openssl("dgst", "-sha256", "-r", given=message).split()[0]
        signature = openssl("dgst", "-sha256", "-sign", str(signer), given=digest)
    body = urlencode(fields | {"signature": base64.b64encode(signature).decode()})
    return {
        "at": (now + timedelta(minutes=1)).isoformat(),
        "mer_id": fields["merId"],
        "query_id": fields["queryId"],
        "amount_fen": 25010,
        "authorities": pems[:2],
        "body": body,
    }


def _certificate(path: Path, name: str, issuer: Path) -> None:
    """Make a key, and a certificate beside it; of a root the issuer is itself."""
    made = ("genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    openssl(*made, "-out", str(path))
    named = ("req", "-utf8", "-key", str(path), "-subj", name)
    to = ("-days", "3650", "-out", f"{path}.pem")
    if issuer == path:
        openssl(*named, "-x509", *to)
        return
    openssl(*named, "-new", "-out", f"{path}.csr")
    by = ("-CA", f"{issuer}.pem", "-CAkey", str(issuer), "-CAcreateserial")
    openssl("x509", "-req", "-in", f"{path}.csr", *by, *to)


def resident_ids() -> object:
    """The standard's printed examples, and numbers composed by the recursion of ISO 7064 (MOD 11-2)."""
    first, step = date(1930, 2, 28), timedelta(days=1187)
    bodies = [
        f"{region}{first + step * number:%Y%m%d}{number * 37 % 1000:03d}"
        for number, region in enumerate(["110101", "350426", "310113", "500154", "810000", "830000"] * 4)
    ]
    composed = [body + _check_character(body) for body in bodies]
    return {
        "valid": ["11010519491231002X", "440524188001010014", *composed],
        "wrong_check_digit": [
            number[:17] + next(c for c in "0123456789X" if c != number[17]) for number in composed
        ],
        "wrong_birth_date": [
            body + _check_character(body)
            for body in ("35042619990230151", "35042619911301007", "35042619000001001")
        ],
        "old_15": ["350426620927690"],
    }


def _check_character(body: str) -> str:
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return "0123456789X"[(12 - remainder) % 11]


FILES = {
    "standard_webhooks.json": standard_webhooks,
    "wechat.json": wechat,
    "wechat_sm.json": wechat_sm,
    "wechat_refunds.json": wechat_refunds,
    "alipay.json": alipay,
    "unionpay.json": unionpay,
    "resident_ids.json": resident_ids,
}


def write(directory: Path = HERE) -> None:
    """Make every file anew."""
    directory.mkdir(exist_ok=True)
    for name, make in FILES.items():
        content = json.dumps(make(), ensure_ascii=False, indent=1)
        (directory / name).write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
