"""The reasons for which a file is refused as a whole."""

from libs.common.web.problems import ProblemType

IMPORT_NOT_FOUND = ProblemType(
    "import-not-found",
    404,
    "There is no such import",
    "没有该导入任务",
    "Use the import_id that the upload answered with.",
    "请使用上传时返回的 import_id。",
)
FILE_UNREADABLE = ProblemType(
    "file-unreadable",
    422,
    "The file cannot be read",
    "文件无法读取",
    "Save it as CSV (UTF-8 or GB18030) or as xlsx, with the column names in the first row.",
    "请另存为 CSV（UTF-8 或 GB18030 编码）或 xlsx，首行为列名。",
)
COLUMNS_MISSING = ProblemType(
    "columns-missing",
    422,
    "The file lacks columns",
    "文件缺少必要的列",
    "Add the columns named in missing_columns; POST /v1/imports lists all of them in its description.",
    "请补充 missing_columns 所列的列；全部列名见 POST /v1/imports 的接口说明。",
)
IMPORT_GAVE_UP = ProblemType(
    "import-failed",
    500,
    "The import failed again and again",
    "导入多次失败",
    "What was imported stays; report the import_id to the operators.",
    "已导入的数据保留；请将 import_id 报给运维人员。",
)
