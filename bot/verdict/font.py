"""字 (font): the characters a page needs, out of the font that comes with the reports extra, so that none is a box."""

from __future__ import annotations

import base64
import io
import logging
from pathlib import Path

log = logging.getLogger(__name__)

FAMILY = "Yizhan"


def face(text: str) -> str:
    """A CSS ``@font-face`` with just these characters; ``""`` without the extra: the reader's own fonts serve."""
    source = file()
    if source is None:
        return ""
    from fontTools import subset, ttLib

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[1, 2])
    out = io.BytesIO()
    with ttLib.TTFont(source, lazy=True) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(set(text) | set(map(chr, range(32, 127))))))
        cutter.subset(font)
        font.flavor = "woff"
        font.save(out)
    data = base64.b64encode(out.getvalue()).decode()
    return f"@font-face{{font-family:{FAMILY};src:url(data:font/woff;base64,{data}) format('woff')}}"


def file() -> Path | None:
    """The font's file, if it is installed."""
    try:
        import fontTools  # noqa: F401
        import pylopdf_fonts_zh_cn
    except ImportError:
        log.info("reports extra not installed; the page uses the reader's fonts")
        return None
    found = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
    return found if found.is_file() else None
