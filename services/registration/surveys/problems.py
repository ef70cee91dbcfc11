"""The reasons for which something about a survey is refused, and how each is mended."""

from libs.common.web.problems import ProblemType

SURVEY_SUPERSEDED = ProblemType(
    "survey-superseded",
    422,
    "A file that was uploaded later is the base of this village already",
    "该村（社区）已有更晚上传的摸底台账",
    "Upload the file again if it is the newer one.",
    "如本文件更新，请重新上传。",
)
NOT_ON_LIST = ProblemType(
    "not-on-list",
    404,
    "There is nobody of this row or person on the lists of this season",
    "本年度各村名单中没有该行或该人员",
    "Use the row_id or person_id of an item of POST /v1/surveys/search.",
    "请使用 POST /v1/surveys/search 所列的 row_id 或 person_id。",
)
