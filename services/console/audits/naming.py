"""What operations that see or change somebody are called, and the kinds of what came from outside."""

from services.console.worklists.naming import Names

OPERATIONS: Names = {
    "search": ("查找", "search"),
    "search_persons": ("按证件查找", "search by number"),
    "get_person": ("查看参保人", "look at a person"),
    "get_enrollment": ("查看参保及核定", "look at an enrollment"),
    "get_history": ("查看以往参保", "look at earlier years"),
    "get_person_subsidies": ("查看资助", "look at help"),
    "find_payments": ("查询缴费", "find payments"),
    "get_payment": ("查看缴费", "look at a payment"),
    "get_payments_file": ("导出缴费明细", "export payments"),
    "list_person_orders": ("查看订单及支付尝试", "look at orders and attempts to pay"),
    "list_person_refused_orders": ("查看下单未成功记录", "look at refused orders"),
    "list_person_notifications": ("查看渠道通知", "look at what channels told"),
    "get_notification": ("查看原始通知", "look at a notification"),
    "get_fact": ("查看入账事实", "look at a fact"),
    "get_voucher": ("查看凭证", "look at a voucher"),
    "get_order": ("查看订单", "look at an order"),
    "get_ticket": ("查看差错工单", "look at a reported error"),
    "get_desk_due": ("查看应缴金额", "look at what is owed"),
    "get_deposit_photo": ("查看缴款单照片", "look at a slip"),
    "register_cards": ("登记社保卡", "record cards"),
    "try_cards": ("试算社保卡登记", "try cards"),
    "get_payout_file": ("导出发放名单", "export payouts"),
    "get_exchange_file": ("导出交换批次", "export a batch"),
    "get_debit_file": ("导出扣款批次", "export debits"),
    "get_reminder_file": ("导出催缴名单", "export reminders"),
    "get_journal_file": ("导出记账凭证", "export the journal"),
    "get_channel_file_original": ("下载渠道文件", "download a channel’s file"),
    "list_cases": ("查看待办清单", "list cases"),
    "list_approvals": ("查看待复核清单", "list approvals"),
    "list_suspense": ("查看挂账", "list suspense"),
    "list_tickets": ("查看差错清单", "list reported errors"),
    "list_refunds": ("查看退费清单", "list refunds"),
    "list_payouts": ("查看发放清单", "list payouts"),
    "list_fund_application_lines": ("查看资金申请明细", "look at whose money is applied for"),
    "list_postings": ("查看分录", "list postings"),
    "list_lookups": ("查看查询留痕", "read the audit"),
    "list_contacts": ("查看联系方式", "look at contacts"),
    "list_chase_steps": ("查看催缴记录", "look at what was done to remind"),
    "list_survey_answers": ("查看入户登记", "look at answers of a village"),
    "list_village_batch_lines": ("查看村级批次明细", "look at a village’s batch"),
    "list_faulty_rows": ("查看问题行", "look at faulty rows"),
    "list_exchange_rows": ("查看交换明细", "look at exchanged rows"),
    "list_debits": ("查看扣款明细", "look at debits"),
    "list_identities": ("取证件号码", "be given numbers"),
    "enroll_person": ("登记参保", "enroll"),
    "cancel_enrollment": ("取消参保", "cancel an enrollment"),
    "move_person": ("迁移", "move"),
    "merge_persons": ("合并档案", "merge records"),
    "correct_person": ("更正信息", "correct data"),
    "correct_document": ("更正证件号码", "correct a number"),
    "correct_history": ("更正以往参保", "correct earlier years"),
    "erase_person": ("删除个人信息", "erase"),
    "import": ("文件导入", "import"),
    "upload_import": ("上传文件", "upload a file"),
    "apply_import": ("确认导入", "import for good"),
    "report_ticket": ("上报差错", "report an error"),
    "record_cash_receipts": ("登记收款", "record money"),
    "reverse_cash_receipt": ("冲销收款", "take a receipt back"),
    "create_order": ("下单", "make an order"),
    "cancel_order": ("取消订单", "cancel an order"),
    "apply_suspense": ("挂账入账", "apply money in suspense"),
    "create_certificate": ("开具证明", "issue a certificate"),
    "create_payout_batch": ("制作发放批次", "make a payout batch"),
    "decide_case": ("办理待办", "decide a case"),
    "acknowledge_alert": ("确认预警", "acknowledge an alert"),
    "lookups": ("打印查询留痕", "print the audit"),
}
KINDS: Names = {
    "payment": ("缴费", "payment"),
    "return": ("退款", "money went back"),
    "held": ("人工复核", "to be looked at first"),
    "other": ("仅留存", "only kept"),
}
LINE_STATES: Names = {
    "applied": ("已入账", "applied"),
    "suspended": ("挂账", "in suspense"),
    "refunding": ("退费办理中", "refund under way"),
    "refunded": ("已退费", "refunded"),
    "returned": ("渠道已退", "given back by the channel"),
}
REFUSED = "_refused"


def operation_of(code: str) -> tuple[str, str]:
    """What an operation is called; one that was refused says so."""
    name = code.removesuffix(REFUSED)
    zh, en = OPERATIONS.get(name, (name, name.replace("_", " ")))
    return (f"{zh}（被拒绝）", f"{en} (refused)") if code != name else (zh, en)
