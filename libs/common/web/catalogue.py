"""The problem types that every service shares. What only one service can say is defined in that service."""

from libs.common.web.problems import ProblemType

INVALID_REQUEST = ProblemType(
    "invalid-request",
    422,
    "The request does not fit its description",
    "请求内容不符合接口要求",
    "Correct the members listed under errors and send the request again.",
    "请按 errors 中列出的各项改正后重新提交。",
)
MALFORMED_BODY = ProblemType(
    "malformed-body",
    400,
    "The body cannot be read",
    "请求体无法解析",
    "Send well-formed JSON (or NDJSON, where the operation says so) in UTF-8.",
    "请使用 UTF-8 编码发送格式正确的 JSON（接口注明可用 NDJSON 时亦可）。",
)
BAD_REQUEST = ProblemType(
    "bad-request",
    400,
    "The request cannot be understood",
    "无法理解该请求",
    "Compare the request with the OpenAPI document of this service.",
    "请对照本服务的 OpenAPI 文档检查请求。",
)
UNAUTHENTICATED = ProblemType(
    "unauthenticated",
    401,
    "A valid bearer token is needed",
    "需要有效的访问令牌",
    "Send `Authorization: Bearer <token>` with a token that is signed by a configured key and not expired.",
    "请在 Authorization 头中携带有效、未过期且由已登记密钥签发的 Bearer 令牌。",
)
SCOPE_MISSING = ProblemType(
    "scope-missing",
    403,
    "The token does not carry the scope that this operation needs",
    "令牌缺少此操作所需的权限",
    "Ask for a token with the scope named in required_scope.",
    "请申请包含 required_scope 所列权限的令牌。",
)
OUTSIDE_DIVISION = ProblemType(
    "outside-division",
    403,
    "The record lies outside the division of the token",
    "该记录不在令牌授权的行政区划内",
    "Use a token of the division that the record belongs to.",
    "请使用该记录所属区划的令牌。",
)
NOT_FOUND = ProblemType(
    "not-found",
    404,
    "There is nothing at this address",
    "未找到所请求的内容",
    "Check the path and the identifiers in it.",
    "请检查路径及其中的编号。",
)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "This address does not support the method",
    "该地址不支持此请求方法",
    "Use one of the methods named in the Allow header.",
    "请使用 Allow 头中列出的方法。",
)
CONFLICT = ProblemType(
    "conflict",
    409,
    "The request contradicts what is already recorded",
    "请求与已有记录冲突",
    "Read the record as it stands now and decide again.",
    "请先查询记录的当前状态再处理。",
)
BODY_TOO_LARGE = ProblemType(
    "body-too-large",
    413,
    "The body is larger than this operation accepts",
    "请求体超过允许的大小",
    "Split the request into smaller batches.",
    "请拆分为较小的批次后分别提交。",
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported-media-type",
    415,
    "The body is of a media type that this operation does not read",
    "不支持该内容类型",
    "Send one of the content types that the OpenAPI document names for this operation.",
    "请使用 OpenAPI 文档中该接口列出的内容类型。",
)
IDEMPOTENCY_KEY_MISSING = ProblemType(
    "idempotency-key-missing",
    400,
    "This operation needs an Idempotency-Key header",
    "此操作需要 Idempotency-Key 请求头",
    "Send a fresh UUID as the key of each new request, and the same key when you repeat one.",
    "每个新请求使用一个新的 UUID 作为键；重试同一请求时沿用原键。",
)
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    422,
    "The idempotency key belongs to another request",
    "该幂等键已用于另一请求",
    "Use a new key for a request with other content.",
    "内容不同的请求请使用新的幂等键。",
)
SIGNATURE_INVALID = ProblemType(
    "signature-invalid",
    401,
    "The signature of the notification does not verify",
    "通知签名验证失败",
    "Sign the raw bytes of the body with the secret of this channel and send the time of this attempt.",
    "请使用该渠道的密钥对原始请求体字节签名，并携带本次发送的时间。",
)
CLOCK_NOT_MOVABLE = ProblemType(
    "clock-not-movable",
    400,
    "This service follows the wall clock",
    "本服务使用真实时钟",
    "Leave the canbao-clock header out; only a replay with CANBAO_CLOCK=movable may send it.",
    "请去掉 canbao-clock 请求头；仅在 CANBAO_CLOCK=movable 的回放环境中可以使用。",
)
CLOCK_INVALID = ProblemType(
    "clock-invalid",
    400,
    "The canbao-clock header is not an instant",
    "canbao-clock 请求头不是有效时刻",
    "Send an RFC 3339 instant of 2000 to 2199 with its offset, for example 2019-11-20T10:00:00+08:00.",
    "请发送 2000 至 2199 年间、带时区偏移的 RFC 3339 时刻，例如 2019-11-20T10:00:00+08:00。",
)
TOO_MANY_GUESSES = ProblemType(
    "too-many-guesses",
    429,
    "Too many numbers, names or codes were tried that do not belong together",
    "不匹配的证件号码、姓名或验证码尝试过多",
    "Wait for the seconds in the Retry-After header, then compare number, name and code with the document.",
    "请在 Retry-After 所示秒数之后，对照证件核对号码、姓名或验证码再试。",
)
NOTICE_FAULTY = ProblemType(
    "notice-faulty",
    409,
    "The file of the notice has a fault, and no version of it is in force",
    "参保通知文件有误，该通知未生效",
    "Nothing that was recorded is lost. Tell the operators: canbao policy check says how the file is mended. "
    "It takes effect within seconds; then send this again.",
    "已登记、已缴费的数据没有丢失。请告知系统运维人员：用 canbao policy check 检查并改正该文件，"
    "改正后数秒内生效，再重新提交即可。",
)
TOO_MANY_REQUESTS = ProblemType(
    "too-many-requests",
    429,
    "Requests come faster than one token or address may send them",
    "该令牌或地址的请求过于频繁",
    "Wait for the seconds in the Retry-After header; where there is a batch operation, send many at once.",
    "请在 Retry-After 所示秒数之后再试；可批量提交的，请合并为一次请求。",
)
INTERNAL_ERROR = ProblemType(
    "internal-error",
    500,
    "Something failed on our side",
    "系统内部错误",
    "Repeat the request; if it fails again, report the correlation_id.",
    "请重试；若仍失败，请将 correlation_id 报给运维人员。",
)
NOT_READY = ProblemType(
    "not-ready",
    503,
    "The service cannot work at the moment",
    "服务暂不可用",
    "Repeat the request after the time in the Retry-After header.",
    "请在 Retry-After 所示时间后重试。",
)

#: What a plain HTTP status means when a framework raised it without a problem.
BY_STATUS: dict[int, ProblemType] = {
    400: BAD_REQUEST,
    401: UNAUTHENTICATED,
    403: SCOPE_MISSING,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    409: CONFLICT,
    413: BODY_TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
    422: INVALID_REQUEST,
    429: TOO_MANY_REQUESTS,
    503: NOT_READY,
}
