"""The reasons for which a request about one enrollment is refused."""

from libs.common.web.problems import ProblemType

ENROLLMENT_NOT_FOUND = ProblemType(
    "enrollment-not-found",
    404,
    "There is no such enrollment",
    "没有该参保登记",
    "GET /v1/persons/{id} lists the enrollments of a person.",
    "人员的参保登记见 GET /v1/persons/{id}。",
)
BUREAU_ENDS = ProblemType(
    "exemption-ended-by-bureau",
    403,
    "The person is exempt: only the bureau ends that, and a second officer has to agree",
    "该人员已享受全额资助：只能由医保经办机构撤销，并须经第二人复核",
    "Ask the bureau (registration:decide). Who has not paid and is not exempt is cancelled by any officer.",
    "请由医保经办机构（registration:decide）办理。未缴费且未享受全额资助的，任何经办人均可取消。",
)
ALREADY_PAID = ProblemType(
    "enrollment-already-paid",
    409,
    "The enrollment is paid and cannot be cancelled",
    "该参保已缴费，不能取消",
    "Ask for a refund; a settled refund opens the enrollment again.",
    "请申请退费；退费完成后参保登记会重新变为未缴费。",
)
