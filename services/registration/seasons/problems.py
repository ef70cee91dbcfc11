"""The reasons for which a request about the opening of a season is refused."""

from libs.common.web.problems import ProblemType

SEASON_NOT_OPENED = ProblemType(
    "season-not-opened",
    404,
    "Nobody has opened this season with the people of the year before",
    "该年度尚未按上年度参保人员开季",
    "Open it with POST /v1/season-openings, or `canbao season open`.",
    "请用 POST /v1/season-openings 或命令 canbao season open 开季。",
)
