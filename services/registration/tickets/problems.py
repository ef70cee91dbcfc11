"""The reasons for which a step about a ticket is refused, and how each is mended."""

from libs.common.web.problems import ProblemType

TICKET_NOT_FOUND = ProblemType(
    "ticket-not-found",
    404,
    "There is no such ticket",
    "没有该更正单",
    "GET /v1/tickets lists the tickets of the own division.",
    "本区划的更正单见 GET /v1/tickets。",
)
TICKET_OPEN = ProblemType(
    "ticket-open",
    409,
    "The same was reported already and is being worked on",
    "同一事项已报送，正在办理",
    "Look at ticket_id; withdraw it if it says the wrong thing, and report anew.",
    "请查看 ticket_id；内容有误的，请先撤回再重新报送。",
)
TICKET_ANSWERED = ProblemType(
    "ticket-answered",
    409,
    "The ticket is answered already",
    "该更正单已办结",
    "Read the ticket: it says what was done, by whom and when. Report anew what is still wrong.",
    "请查看该更正单：其中载明办理结果、办理人和时间。仍有错误的请重新报送。",
)
TICKET_TAKEN = ProblemType(
    "ticket-taken",
    409,
    "Another officer is working on it",
    "已有其他经办人办理",
    "Leave it to taken_by, or take it over with `over`.",
    "请由 taken_by 办理，或以 over 接手。",
)
OWN_TICKET = ProblemType(
    "own-ticket",
    403,
    "Nobody answers a ticket of their own",
    "不得办理本人报送的更正单",
    "Another officer of the bureau has to answer it; you may withdraw it.",
    "请由医保经办机构其他人员办理；本人可撤回。",
)
NOT_YOUR_TICKET = ProblemType(
    "not-your-ticket",
    403,
    "Only who reported it can withdraw it",
    "仅报送人本人可撤回",
    "The bureau may refuse it with the reason.",
    "医保经办机构可说明理由予以退回。",
)
SUBJECT_MISSING = ProblemType(
    "subject-missing",
    422,
    "It is not said who is meant",
    "未说明涉及何人",
    "Give person_id, or id_number with name and division_code.",
    "请填写 person_id，或填写 id_number、name 和 division_code。",
)
PERSON_MISSING = ProblemType(
    "person-missing",
    409,
    "The ticket is about nobody who is registered",
    "更正单所涉人员尚未登记",
    "Give the person_id of the record that is meant, have the person registered first, or refuse the ticket.",
    "请填写所指人员的 person_id，或先办理登记，或退回该更正单。",
)
