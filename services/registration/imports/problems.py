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
ROWS_OF_OTHERS = ProblemType(
    "rows-of-others",
    403,
    "Rows are given back whole to whoever sent them, or may see personal data",
    "原样退回的行仅限上传人或有权查看个人信息的人员下载",
    "Ask whoever sent the file, or an officer with pii:read.",
    "请联系上传人，或由有权查看个人信息的人员下载。",
)
NOT_TO_APPLY = ProblemType(
    "dry-run-not-to-apply",
    409,
    "There is nothing to apply",
    "没有可以正式导入的试运行",
    "Apply a dry run that is done and was not applied yet; otherwise upload the file again.",
    "请选择已完成且尚未正式导入的试运行；否则请重新上传文件。",
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
COLUMN_TWICE = ProblemType(
    "column-twice",
    422,
    "Two columns of the file are one",
    "文件中有重复的列",
    "Keep one of the two columns named in columns_twice, the one with the members' own values.",
    "columns_twice 所列两列请只保留一列，保留填写成员本人信息的那一列。",
)
QUOTES_UNBALANCED = ProblemType(
    "quotes-unbalanced",
    422,
    "A quotation mark is not closed",
    "引号未成对",
    "Close or remove the quotation mark in the line that is named; rows behind it were not read.",
    "请在所指行补上或删除引号；该引号之后的行无法读取。",
)
ENCODING_MIXED = ProblemType(
    "encoding-mixed",
    422,
    "The file mixes encodings",
    "文件混用了多种编码",
    "Save the whole file in one encoding, UTF-8 or GB18030; files that were joined are best sent one by one.",
    "请将整个文件以同一编码（UTF-8 或 GB18030）保存；拼接而成的文件请分开上传。",
)
FILE_TOO_LARGE = ProblemType(
    "file-beyond-bounds",
    422,
    "The file is larger inside than an import can be",
    "文件内容超出导入上限",
    "Delete stray cells outside the table, or split the file, and upload it again.",
    "请删除表格之外的多余单元格，或将文件拆分后重新上传。",
)
SHEET_NOT_READ = ProblemType(
    "sheet-not-read",
    422,
    "A sheet of the workbook was not read",
    "工作表未被读取",
    "If people stand on it, show the sheet, put the column names above them, and upload the file again.",
    "如该表中有人员，请取消隐藏、在人员上方写明列名后重新上传。",
)
IMPORT_GAVE_UP = ProblemType(
    "import-failed",
    500,
    "The import failed again and again",
    "导入多次失败",
    "What was imported stays; report the import_id to the operators.",
    "已导入的数据保留；请将 import_id 报给运维人员。",
)
