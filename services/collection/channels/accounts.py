"""Accounts at wallets with the wallets' keys, as settings give them, and the channels that they are."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.collection.channels import alipay, alipay_gateway, sm, unionpay_gateway, wechat_gateway
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.alipay_gateway import AlipayGateway
from services.collection.channels.alipay_notices import AlipayChannel
from services.collection.channels.port import Channel
from services.collection.channels.unionpay import SIGNER, UnionPayMerchant, read_authorities, read_own
from services.collection.channels.unionpay_gateway import UnionPayGateway
from services.collection.channels.unionpay_notices import UnionPayChannel
from services.collection.channels.wallet import WeChatChannel
from services.collection.channels.wechat import (
    MerchantSigner,
    RsaSigner,
    SmSigner,
    WeChatMerchant,
    read_keys,
)
from services.collection.channels.wechat_gateway import WeChatGateway

_ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"


class _Account(BaseModel):
    """An account at a wallet, as a setting gives it; a misspelled member is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WeChatCalls(_Account):
    """By what WeChat is asked: our own API certificate's serial and key. `url` is another one in tests."""

    serial_no: str = Field(min_length=1)
    private_key: str = Field(min_length=1, repr=False)
    url: str = Field(default=wechat_gateway.URL, pattern=_ADDRESS)

    def signer(self) -> MerchantSigner:
        """Our key, of RSA or SM2. Raises ValueError for one that is none."""
        if sm.is_sm2(self.private_key):
            return SmSigner(self.serial_no, sm.read_private_key(self.private_key))
        key = load_pem_private_key(self.private_key.encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("our key is not an RSA key")
        return RsaSigner(self.serial_no, key)


class WeChatAccount(_Account):
    """A merchant at WeChat Pay. `keys` are WeChat's, by serial; with `calls` it can be asked, too."""

    mchid: str = Field(min_length=1)
    appid: str = Field(min_length=1)
    api_v3_key: str = Field(min_length=32, max_length=32, repr=False)
    keys: dict[str, str] = Field(min_length=1)
    calls: WeChatCalls | None = None

    def channel(self) -> Channel:
        """Make the channel. Raises ValueError for a key that is none."""
        merchant = WeChatMerchant(self.mchid, self.appid, self.api_v3_key.encode(), read_keys(self.keys))
        if len(merchant.api_v3_key) != 32:
            raise ValueError("the APIv3 key has 32 bytes")
        calls = self.calls
        gateway = WeChatGateway(merchant, calls.signer(), calls.url.rstrip("/")) if calls else None
        return WeChatChannel(merchant, gateway)


class AlipayCalls(_Account):
    """By what Alipay is asked: our own key for RSA2. `url` is another one in tests."""

    private_key: str = Field(min_length=1, repr=False)
    url: str = Field(default=alipay_gateway.URL, pattern=_ADDRESS)


class AlipayAccount(_Account):
    """`public_keys` are Alipay's, not ours: PEM or bare base64, all that it signs with at the moment."""

    app_id: str = Field(min_length=1)
    seller_id: str = Field(min_length=1, description="our partner number, 2088...")
    public_keys: list[str] = Field(min_length=1)
    calls: AlipayCalls | None = None

    def channel(self) -> Channel:
        """Make the channel. Raises ValueError for a key that is none."""
        keys = [alipay.read_key(text) for text in self.public_keys]
        seller, calls = AlipaySeller(self.app_id, self.seller_id, keys), self.calls
        if calls is None:
            return AlipayChannel(seller)
        return AlipayChannel(
            seller, AlipayGateway(seller, alipay.read_private_key(calls.private_key), calls.url)
        )


class UnionPayCalls(_Account):
    """By what UnionPay is asked: our own certificate and its key, PEM. `url` is another one in tests."""

    certificate: str = Field(min_length=1)
    private_key: str = Field(min_length=1, repr=False)
    url: str = Field(default=unionpay_gateway.URL, pattern=_ADDRESS)


class UnionPayAccount(_Account):
    """`authorities` are UnionPay's root and middle certificates, PEM, all that are in use at the moment."""

    mer_id: str = Field(min_length=1)
    authorities: list[str] = Field(min_length=2)
    signer: str = Field(default=SIGNER, description="whom the certificate names that signs")
    sha1: bool = Field(default=False, description="UnionPay's test environment: certificates over SHA-1")
    calls: UnionPayCalls | None = None

    def channel(self) -> Channel:
        """Make the channel. Raises ValueError for certificates that are none."""
        authorities = read_authorities(self.authorities)
        merchant = UnionPayMerchant(self.mer_id, authorities, self.signer, self.sha1)
        calls = self.calls
        if calls is None:
            return UnionPayChannel(merchant)
        own = read_own(calls.certificate, calls.private_key)
        return UnionPayChannel(merchant, UnionPayGateway(merchant, own, calls.url.rstrip("/")))


class RefundCalls(_Account):
    """Where a sender of signed notifications is asked to give money back, until when, and how often.

    `private_key` is ours (`whsk_`, v1a); without it the channel's own secrets sign what we ask.
    """

    url: str = Field(pattern=_ADDRESS)
    private_key: str | None = Field(default=None, min_length=1, repr=False)
    within_days: int | None = Field(default=None, ge=1, le=3660)
    most: int | None = Field(default=None, ge=1, le=1000)


WECHAT = TypeAdapter(dict[str, WeChatAccount])
ALIPAY = TypeAdapter(dict[str, AlipayAccount])
UNIONPAY = TypeAdapter(dict[str, UnionPayAccount])
REFUND_CALLS = TypeAdapter(dict[str, RefundCalls])
