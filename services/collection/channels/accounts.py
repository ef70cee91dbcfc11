"""Accounts at wallets with the wallets' keys, as settings give them, and the channels that they are."""

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.collection.channels import alipay
from services.collection.channels.alipay import AlipaySeller
from services.collection.channels.alipay_notices import AlipayChannel
from services.collection.channels.port import Channel
from services.collection.channels.unionpay import SIGNER, UnionPayMerchant, read_authorities
from services.collection.channels.unionpay_notices import UnionPayChannel


class _Account(BaseModel):
    """An account at a wallet, as a setting gives it; a misspelled member is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AlipayAccount(_Account):
    """`public_keys` are Alipay's, not ours: PEM or bare base64, all that it signs with at the moment."""

    app_id: str = Field(min_length=1)
    seller_id: str = Field(min_length=1, description="our partner number, 2088...")
    public_keys: list[str] = Field(min_length=1)

    def channel(self) -> Channel:
        """Make the channel. Raises ValueError for a key that is none."""
        keys = [alipay.read_key(text) for text in self.public_keys]
        return AlipayChannel(AlipaySeller(self.app_id, self.seller_id, keys))


class UnionPayAccount(_Account):
    """`authorities` are UnionPay's root and middle certificates (PEM), those of a change among them."""

    mer_id: str = Field(min_length=1)
    authorities: list[str] = Field(min_length=2)
    signer: str = Field(default=SIGNER, description="whom the certificate names that signs")
    sha1: bool = Field(default=False, description="UnionPay's test environment: certificates over SHA-1")

    def channel(self) -> Channel:
        """Make the channel. Raises ValueError for certificates that are none."""
        authorities = read_authorities(self.authorities)
        return UnionPayChannel(UnionPayMerchant(self.mer_id, authorities, self.signer, self.sha1))


ALIPAY = TypeAdapter(dict[str, AlipayAccount])
UNIONPAY = TypeAdapter(dict[str, UnionPayAccount])
