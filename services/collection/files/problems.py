"""The problems of files of channels."""

from libs.common.web.problems import ProblemType

CHANNEL_FILE_EMPTY = ProblemType(
    "channel-file-empty",
    422,
    "The file of the channel is empty",
    "渠道文件为空",
    "Fetch it again from the channel. Of a day without payments it gives no file, and none is needed.",
    "请从渠道重新下载；当日无交易时渠道不出文件，无需上传。",
)
CHANNEL_FILE_OF_NO_ACCOUNT = ProblemType(
    "channel-file-of-no-account",
    422,
    "The notices of the county have no account of this name",
    "该县通知中没有该账户",
    "Send as channel the code of an account of its notices, as known_accounts lists them.",
    "请在 channel 中填写通知所列账户代码，见 known_accounts。",
)
CHANNEL_FILE_PROFILE_UNKNOWN = ProblemType(
    "channel-file-profile-unknown",
    422,
    "There is no profile of this name for such files",
    "此类文件没有该名称的格式",
    "Send as profile one of known_profiles; other kinds of files are sent without one.",
    "请在 profile 中填写 known_profiles 所列格式；其他类型的文件不填。",
)
CHANNEL_FILE_ERASED = ProblemType(
    "channel-file-erased",
    410,
    "The file was erased when its time of keeping was over",
    "文件已按保管期限销毁",
    "Its hash, size and rows are on record.",
    "其哈希值、大小和明细仍有记录。",
)
