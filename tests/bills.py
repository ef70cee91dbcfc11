"""Files as channels give them: those of the simulator, by the names that tests call them."""

from canbao.simulator.files.alipay import SELLER as ALIPAY_SELLER
from canbao.simulator.files.alipay import bill as alipay
from canbao.simulator.files.alipay import packed_bill as alipay_zip
from canbao.simulator.files.books import Moved, yuan
from canbao.simulator.files.statements import camt053, mt940
from canbao.simulator.files.unionpay import MERCHANT as UNIONPAY_MERCHANT
from canbao.simulator.files.unionpay import corrections as unionpay_corrections
from canbao.simulator.files.unionpay import trades as unionpay
from canbao.simulator.files.wechat import MERCHANT as WECHAT_MERCHANT
from canbao.simulator.files.wechat import bill as wechat
from canbao.simulator.files.wechat import fund_flow

__all__ = [
    "ALIPAY_SELLER",
    "UNIONPAY_MERCHANT",
    "WECHAT_MERCHANT",
    "Moved",
    "alipay",
    "alipay_zip",
    "camt053",
    "fund_flow",
    "mt940",
    "unionpay",
    "unionpay_corrections",
    "wechat",
    "yuan",
]
