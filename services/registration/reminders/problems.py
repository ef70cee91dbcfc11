"""The reasons for which nobody is reminded, and how each is mended."""

from libs.common.web.problems import ProblemType

NO_MESSAGES = ProblemType(
    "no-messages",
    422,
    "The notice has no such message",
    "该通知没有此短信内容",
    "Use one of known_texts; a notice says its messages in the block `messages`.",
    "请使用 known_texts 中的一种；短信内容写在通知的 messages 中。",
)
NO_GATEWAY = ProblemType(
    "no-gateway",
    409,
    "No message gateway is configured for this county",
    "该县未配置短信网关",
    "Make a file for the operator's platform, or a list to telephone (`means`), or have an operator set "
    "CANBAO_REGISTRATION_MESSAGE_GATEWAYS.",
    "请改用运营商平台文件或电话提醒清单（means），或由运维人员配置 CANBAO_REGISTRATION_MESSAGE_GATEWAYS。",
)
RUN_NOT_FOUND = ProblemType(
    "reminder-run-not-found",
    404,
    "There is no such run of reminders",
    "没有该批提醒",
    "GET /v1/reminders lists them.",
    "请在 GET /v1/reminders 中查找。",
)
RUN_IS_SENT = ProblemType(
    "reminder-run-is-sent",
    409,
    "This run is sent by the gateway: there is no list of it",
    "该批提醒由短信网关发送，没有清单",
    "Its states are in GET /v1/reminders. For a list make a run with means=list.",
    "发送情况见 GET /v1/reminders。如需清单，请以 means=list 另建一批。",
)
