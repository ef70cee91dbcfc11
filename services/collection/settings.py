"""What an operator can set for collection: `CANBAO_COLLECTION_*`, beside the common settings."""

from pathlib import Path

from pydantic import Field

from libs.common.settings import ServiceSettings


class CollectionSettings(ServiceSettings):
    """Settings of the collection service. Keys are given as JSON, or as the path of a JSON file."""

    channels: str | None = Field(
        default=None, description='{"tax": ["whsec_..."]}: every active secret of every webhook channel'
    )
    wechat_mchid: str | None = Field(default=None, description="our merchant number at WeChat Pay")
    wechat_appid: str | None = None
    wechat_api_v3_key: str | None = Field(default=None, description="32 characters")
    wechat_keys: str | None = Field(
        default=None, description='{"<serial or PUB_KEY_ID_...>": "<PEM>"}: keys that WeChat signs with'
    )
    wechat: str | None = Field(
        default=None,
        description='{"wechat-youxi": {"mchid": "...", "appid": "...", "api_v3_key": "...", "keys": {...}}}: '
        "merchants at WeChat Pay by channel; `calls` has our own key, by which it is asked",
    )
    alipay: str | None = Field(
        default=None,
        description='{"alipay": {"app_id": "...", "seller_id": "2088...", "public_keys": ["..."]}}: '
        "accounts at Alipay by channel, with the keys that Alipay signs with",
    )
    unionpay: str | None = Field(
        default=None,
        description='{"unionpay": {"mer_id": "...", "authorities": ["<PEM>", "<PEM>"]}}: merchants at '
        "UnionPay by channel, with UnionPay's root and middle certificates",
    )
    refund_calls: str | None = Field(
        default=None,
        description='{"tax": {"url": "https://...", "within_days": 365}}: where senders of signed '
        "notifications are asked to give money back; `private_key` is ours",
    )
    voucher_keys: str | None = Field(
        default=None,
        description='{"v1": "<base64>"}: keys of verification codes; the last one makes new codes',
    )
    public_url: str | None = Field(
        default=None, description="where residents reach this service: QR codes of certificates lead there"
    )
    fonts_dir: Path | None = Field(
        default=None, description="fonts for characters of names that the installation's font has not"
    )
    checks_per_minute: int = Field(
        default=60, ge=1, description="certificates that one address may check, without a token"
    )
    order_minutes: int = Field(
        default=30, ge=1, le=1440, description="how long a pending order holds its persons"
    )
    unit_order_hours: int = Field(
        default=72,
        ge=1,
        le=720,
        description="the same of a unit's order, whose money has to be brought",
    )
    callbacks_per_minute: int = Field(
        default=1_200_000,
        ge=0,
        description="signed notifications of one address that is no proxy; 0: no limit",
    )
    intake_queue: int = Field(
        default=4096, ge=1, description="notifications that may wait for the next commit"
    )
    intake_batch: int = Field(default=256, ge=1, le=5000, description="notifications per commit")
    matching_batch: int = Field(default=500, ge=1, le=5000, description="payments matched per transaction")
    file_limit_mib: int = Field(
        default=512, ge=1, le=4096, description="how large a file of a channel may be, in MiB"
    )
    profiles_dir: Path | None = Field(
        default=None, description="profiles of tables of banks, treasuries and tax bureaus beside ours"
    )
    settlements: str | None = Field(
        default=None,
        description='{"youxi": {"wechat": {"account": "treasury", "keeps_fee": true, "within_days": 3}}}: by '
        "county and channel into which account of the notice it pays what it took",
    )
    debits: str | None = Field(
        default=None,
        description='{"youxi": {"debit-rcb": {"profile": "generic", "holds_days": 10}}}: by county and '
        "channel how a bank debits accounts by mandates",
    )
    debit_profiles_dir: Path | None = Field(
        default=None, description="profiles of banks' debit files beside ours"
    )
    exchange_profiles_dir: Path | None = Field(
        default=None, description="layouts of what is exchanged with tax bureaus and the bureau beside ours"
    )
    registration_url: str | None = Field(
        default=None,
        description="where registration is, such as http://registration:8001: it gives the numbers and names "
        "that layouts of what is exchanged have",
    )
    exchanges: str | None = Field(
        default=None,
        description='{"youxi": {"collector": {"profile": "exchange-csv", "at": "18:00"}}}: by county and '
        "party in which layout its batches are made each day by themselves, and from which time on",
    )
    exchange_workdays: int = Field(
        default=3,
        ge=1,
        le=60,
        description="workdays after which an alert is raised where rows of a batch are not answered",
    )
    fees: str | None = Field(
        default=None,
        description='{"youxi": {"wechat": {"basis_points": 60, "rounding": "half_up"}}}: by county and '
        "channel the fee that was agreed, in hundredths of a percent of each payment",
    )
    suspense_days: int = Field(
        default=7, ge=1, le=90, description="days in suspense after which an alert is raised"
    )
    ask_after_seconds: int = Field(
        default=120,
        ge=10,
        le=86400,
        description="how long an order may be silent before its channel's gateway is asked",
    )
    file_days: int = Field(
        default=3,
        ge=1,
        le=60,
        description="days after which an alert is raised where a channel's file of a day is not there",
    )
    silent_days: int = Field(
        default=3,
        ge=1,
        le=60,
        description="days without a payment after which a channel that told of some is called silent",
    )
