"""Makes the PDF of an agreement: a process of its own, with limits of its own, since the library and the fonts cost more memory than a
server has to spare, and titles are made by strangers.

`python -m coopfed.printing` reads one line of JSON from its input, what `coopfed.features.agreements.printing.Sheet` holds, and writes the
PDF. Of the server only its bounds are imported. The fonts are embedded, so that the letters of our languages are the same everywhere.
"""

import json
import logging
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segno
from fpdf import FPDF, XPos, YPos

MEMORY_BYTES, CPU_SECONDS = 512 * 1024 * 1024, 15
FONTS = Path(__file__).parent / "fonts"
_MARGIN, _QR, _LABEL = 20.0, 34.0, 46.0
"""Millimetres: around the sheet, the code's edge, the column of labels."""


def main() -> int:
    """The status of the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # It tells of each letter that the fonts have not.
    logging.disable(logging.WARNING)
    sys.stdout.buffer.write(printed(json.load(sys.stdin.buffer)))
    return 0


def printed(sheet: dict[str, Any]) -> bytes:
    """The PDF of a sheet."""
    pdf = _begun(sheet)
    _head(pdf, sheet)
    for label, value in sheet["facts"]:
        _row(pdf, label, value)
    for heading, rows in sheet["sections"]:
        pdf.ln(5)
        _line(pdf, heading, 12, bold=True)
        for label, value in rows:
            _row(pdf, label, value)
    pdf.ln(5)
    for note in sheet["notes"]:
        _line(pdf, note, 8.5, grey=True)
    pdf.embed_file(bytes=sheet["document"].encode(), basename="agreement.json", desc=sheet["kind"], compress=True)
    return bytes(pdf.output())


def _begun(sheet: dict[str, Any]) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime.fromtimestamp(sheet["moment"] / 1000, UTC))
    pdf.set_title(f"{sheet['kind']}: {sheet['title']}")
    pdf.set_lang(sheet["language"])
    pdf.set_creator("CoopFed")
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(True, _MARGIN)
    pdf.add_font("DejaVu", fname=FONTS / "DejaVuSans.ttf")
    pdf.add_font("DejaVu", "B", fname=FONTS / "DejaVuSans-Bold.ttf")
    pdf.add_page()
    return pdf


def _head(pdf: FPDF, sheet: dict[str, Any]) -> None:
    right = pdf.w - _MARGIN - _QR
    _draw(pdf, sheet["address"], right, _MARGIN)
    pdf.set_right_margin(_MARGIN + _QR + 6)
    _line(pdf, sheet["kind"], 11, grey=True)
    _line(pdf, sheet["title"], 16, bold=True)
    _line(pdf, sheet["state"], 11, bold=True)
    pdf.ln(2)
    _line(pdf, sheet["code"], 13, bold=True)
    _line(pdf, sheet["address"], 8.5, grey=True, link=sheet["address"])
    pdf.set_right_margin(_MARGIN)
    pdf.set_y(max(pdf.get_y(), _MARGIN + _QR) + 5)


def _draw(pdf: FPDF, address: str, x: float, y: float) -> None:
    """The address as a QR code, of squares: sharp at any size."""
    rows = [list(row) for row in segno.make(address, error="m", micro=False).matrix]
    size = _QR / len(rows)
    pdf.set_fill_color(0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                pdf.rect(x + across * size, y + down * size, size, size, style="F")


def _row(pdf: FPDF, label: str, value: str) -> None:
    top, page = pdf.get_y(), pdf.page
    pdf.set_font("DejaVu", size=9.5)
    pdf.set_text_color(90)
    pdf.multi_cell(_LABEL - 2, 5, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    low = pdf.get_y()
    pdf.set_text_color(0)
    if pdf.page == page:
        pdf.set_y(top)
    pdf.set_x(_MARGIN + _LABEL)
    pdf.multi_cell(0, 5, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_y(max(pdf.get_y(), low if pdf.page == page else 0) + 1)


def _line(pdf: FPDF, text: str, size: float, *, bold: bool = False, grey: bool = False, link: str = "") -> None:
    pdf.set_font("DejaVu", "B" if bold else "", size)
    pdf.set_text_color(90 if grey else 0)
    pdf.multi_cell(0, size * 0.5, text, align="L", link=link, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_text_color(0)


if __name__ == "__main__":
    sys.exit(main())
