"""The problems of secrets of channels."""

from libs.common.web.problems import ProblemType

CHANNEL_HAS_OTHER_KEYS = ProblemType(
    "channel-has-other-keys",
    422,
    "A channel of this name does not sign by secrets",
    "该渠道不使用签名密钥",
    "WeChat Pay, Alipay and UnionPay have keys of their own in the settings; name another channel.",
    "微信、支付宝、银联的密钥在系统设置中配置；请使用其他渠道名。",
)
CHANNEL_OF_ANOTHER_COUNTY = ProblemType(
    "channel-of-another-county",
    409,
    "The channel belongs to another county",
    "该渠道属于其他县",
    "Name a channel of your own, tax-youxi say: each county has its own secrets.",
    "请使用本县的渠道名（例如 tax-youxi），各县密钥各自独立。",
)
CHANNEL_OF_THE_SETTINGS = ProblemType(
    "channel-of-the-settings",
    409,
    "The channel has its secrets in the settings, where counties may share it",
    "该渠道的密钥在系统设置中配置，可能由多个县共用",
    "Have it rotated there (`canbao channels rotate`), or name a channel of your own, tax-youxi say.",
    "请在系统设置中更换密钥（canbao channels rotate），或使用本县的渠道名（例如 tax-youxi）。",
)
SECRET_NOT_SHOWN = ProblemType(
    "secret-not-shown",
    403,
    "A secret is shown once, to whoever asked for it",
    "密钥仅向申请人显示一次",
    "Ask for a new one, and take this one out.",
    "请重新申请密钥，并停用此密钥。",
)
SECRET_RETIRED = ProblemType(
    "secret-retired",
    409,
    "The secret was taken out before",
    "该密钥已停用",
    "See which are in force in GET /v1/channel-secrets.",
    "有效密钥见 GET /v1/channel-secrets。",
)
CHANNEL_NOT_TRIED = ProblemType(
    "channel-not-tried",
    422,
    "Nobody here can sign for this channel",
    "本系统无法代该渠道签名",
    "Its sender signs by a key of its own: have it send channel.test. A wallet is tried with `calls` set.",
    "该渠道由发送方以自有私钥签名，请其发送 channel.test；微信、支付宝、银联须先配置 calls。",
)
