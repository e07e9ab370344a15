"""The memo as DOCX: headings as headings, citations as links within the file, pictures as images with their text.

Word files are zip archives that carry times; they are packed again with fixed ones, so that the same memo gives the
same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime, time
from io import BytesIO
from typing import Any

from agent.errors import SettingsError
from agent.memo.model import Memo
from agent.memo.outline import (
    AnyBlock,
    Bullets,
    Callout,
    Fields,
    Figure,
    Heading,
    Paragraph,
    Quotation,
    Run,
    Runs,
    Sources,
    Table,
    blocks,
)
from agent.memo.pictures import Picture

PAGE_CENTIMETRES = 16.0
PROPERTY_CHARACTERS = 255
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
FONT = "Georgia"
CODE_FONT = "Courier New"
SOFT = "5C5C5C"


def render(memo: Memo, pictures: tuple[Picture, ...], draw_png: Callable[[str], bytes]) -> bytes:
    """Return the document; `draw_png` turns an SVG into a PNG."""
    try:
        import docx
    except ImportError:
        raise SettingsError("the DOCX form needs python-docx", hint='pip install "rung[memo]"') from None
    writer = _Writer(docx.Document(), {picture.name: picture for picture in pictures}, draw_png)
    return writer.write(memo)


class _Writer:
    """One document in the making."""

    def __init__(self, document: Any, pictures: dict[str, Picture], draw_png: Callable[[str], bytes]) -> None:
        self.document = document
        self.pictures = pictures
        self.draw_png = draw_png
        self.bookmarks = 0

    def write(self, memo: Memo) -> bytes:
        self._set_up(memo)
        self._runs(self.document.add_paragraph(), (Run("Decision record", "soft"),))
        self.document.add_heading(memo.title, 0)
        for block in blocks(memo):
            self._block(block)
        raw = BytesIO()
        self.document.save(raw)
        return _repacked(raw.getvalue())

    def _set_up(self, memo: Memo) -> None:
        from docx.shared import Cm, Pt, RGBColor

        section, styles = self.document.sections[0], self.document.styles
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm((21 - PAGE_CENTIMETRES) / 2)
        section.top_margin = section.bottom_margin = Cm(2.2)
        styles["Normal"].font.name, styles["Normal"].font.size = FONT, Pt(10.5)
        for name, size in (("Title", 20), ("Heading 1", 14), ("Heading 2", 11.5)):
            font = styles[name].font
            font.name, font.size, font.color.rgb = FONT, Pt(size), RGBColor(0x1A, 0x1A, 0x1A)
            # The theme's own font would win over the name given.
            fonts = styles[name].element.rPr.rFonts
            for attribute in [key for key in fonts.attrib if key.endswith("Theme")]:
                del fonts.attrib[attribute]
        about, properties = memo.about, self.document.core_properties
        properties.title, properties.subject = memo.title[:PROPERTY_CHARACTERS], f"Decision record, {about.status}"
        properties.author = "; ".join(about.decision_makers)[:PROPERTY_CHARACTERS]
        properties.comments, properties.keywords = "", memo.outcome.name
        stamp = datetime.combine(about.dated, time())
        properties.created = properties.modified = stamp
        properties.last_modified_by = ""

    def _block(self, block: AnyBlock) -> None:
        if isinstance(block, Heading):
            self.document.add_heading(block.text, block.level)
        elif isinstance(block, Paragraph):
            self._runs(self.document.add_paragraph(), block.runs)
        elif isinstance(block, Quotation):
            self._quotation(block.text)
        elif isinstance(block, Callout):
            self._callout(block)
        elif isinstance(block, Bullets):
            self._bullets(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Fields):
            self._fields(block)
        elif isinstance(block, Figure):
            self._figure(block)
        else:
            self._sources(block)

    def _runs(self, paragraph: Any, runs: Runs, *, size: float = 0) -> Any:
        from docx.shared import Pt, RGBColor

        for run in runs:
            added = paragraph.add_run(run.text)
            added.bold = run.style == "bold" or None
            added.italic = run.style == "title" or None
            if run.style == "soft":
                added.font.color.rgb = RGBColor.from_string(SOFT)
            if run.style == "code":
                added.font.name, added.font.size = CODE_FONT, Pt(8)
            elif size or run.cites:
                added.font.size = Pt(size or 8.5)
            if run.cites:
                _link(added, f"citation_{run.cites}")
        return paragraph

    def _quotation(self, text: str) -> None:
        from docx.shared import Cm

        paragraph = self.document.add_paragraph(style="Quote")
        paragraph.paragraph_format.left_indent = Cm(0.6)
        for number, line in enumerate(text.split("\n")):
            run = paragraph.add_run()
            if number:
                run.add_break()
            run.add_text(line)

    def _callout(self, block: Callout) -> None:
        table = self.document.add_table(rows=1, cols=1, style="Table Grid")
        cell = table.rows[0].cells[0]
        for number, runs in enumerate(block.paragraphs):
            self._runs(cell.paragraphs[0] if number == 0 else cell.add_paragraph(), runs)
        self.document.add_paragraph()

    def _bullets(self, block: Bullets) -> None:
        for item in block.items:
            style = "List Number" if block.is_numbered else "List Bullet"
            self._runs(self.document.add_paragraph(style=style), item.runs)
            for runs in item.under:
                self._runs(self.document.add_paragraph(style="List Bullet 2"), runs)

    def _table(self, block: Table) -> None:
        table = self.document.add_table(rows=1, cols=len(block.heads), style="Table Grid")
        heads = tuple((Run(head, "bold"),) for head in block.heads)
        for cells, row in zip(
            (table.rows[0].cells, *self._added(table, len(block.rows))), (heads, *block.rows), strict=True
        ):
            for cell, runs in zip(cells, row, strict=True):
                self._runs(cell.paragraphs[0], runs, size=9)
        _repeat_header(table.rows[0])
        _set_widths(table, [PAGE_CENTIMETRES * share / sum(block.widths) for share in block.widths])
        self.document.add_paragraph()

    def _added(self, table: Any, number: int) -> list[Any]:
        return [table.add_row().cells for _ in range(number)]

    def _fields(self, block: Fields) -> None:
        table = self.document.add_table(rows=0, cols=2)
        for name, value in block.pairs:
            cells = table.add_row().cells
            self._runs(cells[0].paragraphs[0], (Run(name, "soft"),))
            self._runs(cells[1].paragraphs[0], (Run(value, "code" if block.is_code else ""),))
        narrow = 2.2 if block.is_code else 3.6
        _set_widths(table, [narrow, PAGE_CENTIMETRES - narrow])
        self.document.add_paragraph()

    def _figure(self, block: Figure) -> None:
        from docx.shared import Cm

        picture = self.pictures.get(block.name)
        if picture is None:
            return
        shape = self.document.add_picture(BytesIO(self.draw_png(picture.svg)), width=Cm(PAGE_CENTIMETRES * 0.94))
        properties = shape._inline.docPr
        properties.set("descr", picture.alt)
        properties.set("name", picture.name)
        self._runs(self.document.add_paragraph(), (Run(picture.caption, "soft"),), size=9)

    def _sources(self, block: Sources) -> None:
        from docx.shared import Cm, Pt

        for source in block.items:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.6), Cm(-0.6)
            paragraph.paragraph_format.space_after = Pt(3)
            self.bookmarks += 1
            _bookmark(paragraph, f"citation_{source.number}", self.bookmarks)
            self._runs(paragraph, (*source.runs, Run(f" {source.quote}")), size=9)


def _link(run: Any, anchor: str) -> None:
    """Make a run a link to a bookmark; python-docx has no call for it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), anchor)
    run._r.addprevious(link)
    link.append(run._r)


def _bookmark(paragraph: Any, name: str, number: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(number))
        if tag.endswith("Start"):
            mark.set(qn("w:name"), name)
        paragraph._p.append(mark)


def _repeat_header(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _tighten(table: Any) -> None:
    """Keep rows whole and their lines close."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    for row in table.rows:
        row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(2)


def _set_widths(table: Any, centimetres: list[float]) -> None:
    """Set the columns' widths; Word reads them off the cells, LibreOffice off the grid."""
    from docx.shared import Cm

    table.autofit = False
    _tighten(table)
    for column, width in zip(table.columns, centimetres, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _repacked(raw: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            new.writestr(zipfile.ZipInfo(name, ZIP_TIME), old.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
