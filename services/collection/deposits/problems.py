"""The problems of photos of slips."""

from libs.common.web.problems import ProblemType

PHOTO_UNUSABLE = ProblemType(
    "photo-unusable",
    422,
    "This is no photo that can be kept",
    "该文件不能作为存款单照片保存",
    "Send a whole JPEG, PNG or PDF file of at most 2 MB; make the photo smaller, save it in one of these "
    "forms, or send it again where it broke off.",
    "请上传不超过 2 MB 的完整 JPEG、PNG 或 PDF 文件；过大的请压缩，其他格式请转换，文件不完整的请重新上传。",
)
PHOTOS_ENOUGH = ProblemType(
    "photos-enough",
    409,
    "The deposit has as many photos as can be kept",
    "该笔解款的照片已达上限",
    "Look at those there are; where the slip itself was wrong, withdraw the deposit and enter it anew.",
    "请查看已有照片；存款单本身有误的，请撤销该笔解款后重新登记。",
)
PHOTO_ERASED = ProblemType(
    "photo-erased",
    410,
    "The photo was erased when its time of keeping was over",
    "照片已按保管期限销毁",
    "Its hash and size are on record in the list of photos.",
    "照片列表中仍保留其哈希值和大小。",
)
