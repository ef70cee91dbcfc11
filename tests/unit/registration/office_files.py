"""Makes the files that offices send, odd ones too, and reads them as an import does."""

import io
import zipfile

import openpyxl

from services.registration.imports.files import Encoding, OfficeFile, format_of

HEADER = ["户号", "村代码", "与户主关系", "姓名", "证件号码", "地址"]
PERSON = ["H1", "350426101203", "户主", "张三", "350426198006150000", "东街"]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Opened:
    """A file that was opened as an import opens it, with all of its rows."""

    def __init__(self, path, body, kind="households"):
        file = path / "upload"
        file.write_bytes(body)
        encoding = Encoding()
        for place in range(0, len(body), 65_536):
            encoding.feed(body[place : place + 65_536])
        with OfficeFile(file, format_of(body[:8]), encoding.name(), kind) as office:
            office.open()
            self.columns, self.places, self.unread = office.columns, office.places, office.unread
            self.rows = list(office.rows)

    def by_line(self):
        """The names of the people, by line."""
        place = self.columns["name"]
        return {line: row[place] for line, row in enumerate(self.rows, 2) if any(row)}


def csv_text(*rows, separator=","):
    """CSV without any quoting: rows are written as they are given."""
    return "".join(separator.join(row) + "\r\n" for row in rows)


def person(name, **others):
    cells = dict(zip(HEADER, PERSON, strict=True)) | {"姓名": name} | others
    return [cells[title] for title in HEADER]


def workbook(**sheets):
    """A workbook of sheets by name, each a list of rows; a name that begins with `hidden` is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        if name.startswith("hidden"):
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def hand_written(*sheets):
    """A workbook whose sheets are XML."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{listed}</sheets></workbook>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{related}</Relationships>",
        "xl/workbook.xml": book,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, f'<?xml version="1.0"?>{body}')
        for number, body in enumerate(sheets, 1):
            xml = f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/sheet{number}.xml", xml)
    return out.getvalue()


#: Some hundred bytes that ask for 549 GB: a value in the last cell of a sheet.
LAST_CELL = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
