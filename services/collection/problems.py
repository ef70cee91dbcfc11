"""The problem types that only collection can state."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

CHANNEL_UNKNOWN = ProblemType(
    "channel-unknown",
    404,
    "No channel of this name is configured",
    "未配置该渠道",
    "Check the channel in the path; an operator adds channels with CANBAO_COLLECTION_CHANNELS.",
    "请检查路径中的渠道名；渠道由运维人员通过 CANBAO_COLLECTION_CHANNELS 配置。",
)
TRANSACTION_CONFLICT = ProblemType(
    "transaction-conflict",
    409,
    "This transaction number or webhook id was used for another content",
    "该交易号或 webhook-id 已用于不同内容的通知",
    "The first notification stands: look it up in your own books. `conflicting` says which number; a new "
    "payment or refund needs a new one.",
    "请核对贵方账目：以首次通知为准；conflicting 指明是哪个编号，新的缴费或退费请使用新的编号。",
)
INTAKE_BUSY = ProblemType(
    "intake-busy",
    503,
    "Notifications arrive faster than they can be stored",
    "通知过多，暂时无法受理",
    "Nothing was stored. Send the same notification again after the time in the Retry-After header.",
    "本次通知未保存；请在 Retry-After 所示时间后重发同一通知。",
)
PERSON_NOT_FOUND = ProblemType(
    "dues-not-found",
    404,
    "No one with this number and this name is registered here for that year",
    "未查到与该证件号码和姓名一致的当年参保登记",
    "Check number and name as on the identity document, county and year; then ask the village.",
    "请按证件核对号码、姓名、参保地和年度；仍查不到请向所在村（社区）核实。",
)
NOT_PAYABLE = ProblemType(
    "not-payable",
    409,
    "Nothing can be paid for at least one of the persons at this moment",
    "所选人员中有人当前无应缴费用或不能缴费",
    "errors says why of each; leave them out, or mend what it says first.",
    "errors 载明每人的原因；请去掉这些人员，或先按所述办理后重试。",
)
MONEY_WAITS = ProblemType(
    "money-waits",
    409,
    "Money of at least one of the persons has arrived and waits for its place",
    "所选人员中有人已有款项到账待处理",
    "Leave out those listed under errors until their money is applied or refunded; or send despite_waiting.",
    "请先去掉 errors 中列出的人员，待其款项入账或退费；如仍需缴费，请附 despite_waiting 重新提交。",
)
PAYER_MISSING = ProblemType(
    "payer-missing",
    422,
    "The notice asks whose real name was checked before paying through this channel",
    "按通知此渠道须实名缴费",
    "Check the payer's real name, then send number and name as payer.",
    "请先完成缴费人实名认证，再在 payer 中提供证件号码和姓名。",
)
REAL_NAME_MISSING = ProblemType(
    "real-name-missing",
    403,
    "Agents pay through this channel after a real-name check only",
    "此渠道经办人须先完成实名认证",
    "Sign in again by a real-name check, so that the token carries real_name.",
    "请完成实名认证后重新登录，使令牌包含 real_name 声明。",
)
NOT_FAMILY = ProblemType(
    "not-family",
    409,
    "By the notice this channel may not pay for at least one of the persons",
    "按通知，此渠道不能为所选人员中的某人缴费",
    "Leave out those listed under errors, or let them pay through another channel of the notice.",
    "请去掉 errors 中列出的人员，或由其通过通知所列的其他渠道缴费。",
)
OUTSIDE_AREA = ProblemType(
    "outside-area",
    403,
    "At least one of the persons is not enrolled in the area for which this token may pay",
    "所选人员中有人的参保地不在本辖区内",
    "Leave out those listed under errors: they pay in their own village, or by themselves in an app.",
    "请去掉 errors 中列出的人员：由其参保地村（社区）代收，或本人通过手机等渠道缴费。",
)
ORDER_PENDING = ProblemType(
    "order-pending",
    409,
    "At least one of the persons is in an order that is still waiting for its payment",
    "所选人员中有人存在待支付订单",
    "Pay or cancel the pending order, or wait until it expires.",
    "请支付或取消该待支付订单，或等待其过期。",
)
ORDER_NOT_CANCELLABLE = ProblemType(
    "order-not-cancellable",
    409,
    "The order is paid, or a bank debits it, and cannot be cancelled",
    "订单已支付或已列入批量代扣，不能取消",
    "Ask for a refund of the payment instead; of a debit, end its mandate.",
    "如需退款请走退费流程；批量代扣请终止代扣协议。",
)
LINE_NOT_SUSPENDED = ProblemType(
    "line-not-suspended",
    409,
    "This money is not in suspense",
    "该笔资金不在挂账中",
    "Read the payment line as it stands now.",
    "请查询该缴费明细的当前状态。",
)
CANNOT_APPLY = ProblemType(
    "cannot-apply",
    409,
    "The money does not fit what this person owed when it was paid",
    "该笔资金与此人缴费时的应缴不符",
    "Choose the person and year that the money was meant for, or have it refunded.",
    "请选择正确的人员和年度，或办理退费。",
)
VOUCHER_MISTYPED = ProblemType(
    "voucher-mistyped",
    422,
    "This cannot be a voucher number: its check digit is wrong",
    "票据号码有误（校验位不符）",
    "Compare the 22 digits with the voucher and type them again.",
    "请对照票据重新输入 22 位号码。",
)
RETURN_NOT_ASSIGNABLE = ProblemType(
    "return-not-assignable",
    409,
    "This return is booked already, or the line has not so much left",
    "该渠道退款已入账，或该明细余额不足",
    "Read the payment with its lines and what is left of each, and name the line that the channel gave back.",
    "请查询该笔缴费各明细的余额，并指明渠道实际退款的明细。",
)
HOUSEHOLD_TIERS = ProblemType(
    "household-tiers",
    409,
    "All members of a household have to be on one tier",
    "同一户须选择同一缴费档次",
    "Choose the tier of the household for the persons listed under errors, then order again.",
    "请将 errors 中列出的人员改为该户的档次后重试。",
)
HOUSEHOLD_INCOMPLETE = ProblemType(
    "household-incomplete",
    409,
    "The household pays together, and somebody of it is missing in the order",
    "须整户缴费，订单中缺少该户成员",
    "Add the persons listed under errors to the order.",
    "请将 errors 中列出的成员一并加入订单。",
)
COUNTY_UNKNOWN = ProblemType(
    "county-unknown",
    404,
    "There is no notice of this county and year",
    "没有该县该年度的参保通知",
    "Use a county and coverage year that has a notice; registration lists them at GET /v1/notices.",
    "请使用已有通知的县和参保年度；登记服务 GET /v1/notices 可查询。",
    beside=(NOTICE_FAULTY,),
)
CHANNEL_NOT_BY_HAND = ProblemType(
    "channel-not-by-hand",
    422,
    "The notice has no such channel through which a person takes money",
    "通知中没有该人工收缴渠道",
    "Use one of the codes in known_channels.",
    "请使用 known_channels 所列的渠道代码。",
)
COLLECTOR_KNOWN = ProblemType(
    "collector-known",
    409,
    "There is a collector of this place, channel and title",
    "该地该渠道已有同名收缴点",
    "Use the one that GET /v1/collectors lists, or give the new one another title.",
    "请使用 GET /v1/collectors 所列的收缴点，或换一个名称。",
)
RECEIPTS_REFUSED = ProblemType(
    "receipts-refused",
    422,
    "Nothing was recorded: at least one receipt cannot be",
    "有收款记录不符合要求，本次全部未登记",
    "Mend what errors names, then send all of it again.",
    "请按 errors 所列逐项更正后全部重新提交。",
)
RECEIPT_FILE_UNREADABLE = ProblemType(
    "receipt-file-unreadable",
    422,
    "The file of receipts cannot be read",
    "收款文件无法读取",
    "Save it as xlsx or CSV (UTF-8, GB18030) with the column names in its first line, then send it again.",
    "请另存为 xlsx 或 CSV（UTF-8、GB18030 均可），首行为列名，然后重新上传。",
)
RECEIPT_NOT_REVERSIBLE = ProblemType(
    "receipt-not-reversible",
    409,
    "The money of this receipt is gone already, or was never matched",
    "该笔收款已冲回，或尚未入账",
    "Read the receipt as it stands now; decide the case about one that is held.",
    "请查询该笔收款的当前状态；待审的请处理其待办事项。",
)
RECEIPTS_NOT_IN_HAND = ProblemType(
    "receipts-not-in-hand",
    409,
    "Some of these receipts are not in this collector's hands, or may not be deposited yet",
    "所列收款有的不在该收缴点手中，或尚不能解缴",
    "Leave out those in receipt_ids: they are deposited, given back, held, or of another collector or year.",
    "请去掉 receipt_ids 所列收款：已解缴、已冲回、待审，或属其他收缴点、其他年度。",
)
SLIP_REPEATED = ProblemType(
    "slip-repeated",
    409,
    "This slip is on record already",
    "该存款单号已登记",
    "Look it up at GET /v1/cash-deposits; a new deposit has a number of its own.",
    "请在 GET /v1/cash-deposits 查询；新的解款请填写其自己的单号。",
)
DEPOSIT_NOT_CHANGEABLE = ProblemType(
    "deposit-not-changeable",
    409,
    "This deposit cannot be changed so",
    "该笔解款不能如此更改",
    "It is withdrawn, of another collector, or made good already: withdraw what made it good first.",
    "该解款已撤销、属其他收缴点，或其差额已补缴：请先撤销补缴的那笔解款。",
)
VOUCHERS_NOT_MOVED = ProblemType(
    "vouchers-not-moved",
    422,
    "Nothing was recorded: these numbers of paper cannot go this way",
    "所列票据号码不能如此办理，本次未登记",
    "Mend what errors names; GET /v1/voucher-stretches says who holds which numbers.",
    "请按 errors 所列更正；可在 GET /v1/voucher-stretches 查询号码现由谁持有。",
)
PAPER_UNKNOWN = ProblemType(
    "paper-unknown",
    422,
    "The notice has no numbered paper of this code",
    "通知中没有该代码的编号票据",
    "Use one of the codes in known_vouchers; other receipts are printed or electronic and have no books.",
    "请使用 known_vouchers 所列代码；其他凭证为打印或电子凭证，不设票据台账。",
)
WRITEOFF_OBSTRUCTED = ProblemType(
    "writeoff-obstructed",
    409,
    "The paper cannot be written off yet",
    "票据尚不能核销",
    "See to what errors names: enter or declare skipped numbers, have lost ones decided, choose another day.",
    "请先处理 errors 所列事项：补登或申报跳号票据，待遗失票据处理完毕，并选择符合通知的核销日期。",
)
NOTHING_PAID = ProblemType(
    "nothing-paid",
    409,
    "Nothing was paid for at least one of the persons in that year",
    "所选人员中有人当年没有缴费记录",
    "Leave out those listed under errors; money in suspense gets a certificate when it is applied.",
    "请去掉 errors 中列出的人员；待处理的款项入账后方可开具。",
)
NOT_ONE_HOUSEHOLD = ProblemType(
    "not-one-household",
    409,
    "One certificate is for one person or one household",
    "一份凭证只能开具给一人或一户",
    "Ask for a certificate for each household.",
    "请分户开具。",
)
NAME_MISSING = ProblemType(
    "name-missing",
    409,
    "The full name of at least one of the persons is not known here",
    "系统未存所选人员的全名",
    "Send id_number and name of those listed under errors; only with pii:read a name is taken from payments.",
    "请为 errors 中列出的人员提供证件号码和姓名；仅持 pii:read 权限者可沿用缴费时申报的姓名。",
)
CERTIFICATE_MISTYPED = ProblemType(
    "certificate-mistyped",
    422,
    "This cannot be the number of a certificate: its check digit is wrong",
    "凭证编号有误（校验位不符）",
    "Compare the letter Z and the 22 digits with the paper and type them again.",
    "请对照凭证重新输入字母 Z 和 22 位数字。",
)
CHECKS_TOO_FAST = ProblemType(
    "checks-too-fast",
    429,
    "Too many certificates are checked from this address",
    "该地址查验过于频繁",
    "Wait for the seconds in the Retry-After header.",
    "请在 Retry-After 所示秒数之后再试。",
)
RECEIPTS_NOT_RELEASED = ProblemType(
    "receipts-not-released",
    409,
    "The notice lets this money go to the bank only once its batch was reviewed",
    "按通知，所列款项须待批次复核通过后方可缴存",
    "Hand the receipts in receipt_ids in as a village batch, and deposit them when it has released_at.",
    "请将 receipt_ids 所列收款编入批次报送，待批次显示 released_at 后再缴存。",
)
