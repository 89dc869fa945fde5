"""The formulas of one document: which are shown as pictures, and which may be later.

Knows nothing about where in a document they go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontInfo

from chatapp import formula, typesetter
from chatapp.ui import inset, maths

if TYPE_CHECKING:
    from markdown_it.token import Token
    from PySide6.QtGui import QTextCharFormat, QTextCursor

    from chatapp.formula import Outline
    from chatapp.ui.paper import Rendered

_MOST = 200  # in one document


class Insets:
    """Puts what is drawn already into a document, and notes what is not."""

    def __init__(self, made: Rendered, pictured: bool) -> None:
        """`pictured`: pictures may be shown; else every formula is its source."""
        self._made = made
        self._pictured = pictured

    def outline(self, token: Token) -> Outline | None:
        """The outline to show for a token; None for its source, and for what is no formula."""
        made, wanted = self._made, maths.read(token) if formula.can_draw() else None
        if wanted is None or len(made.pictures) + len(made.awaited) >= _MOST:
            return None
        outline = typesetter.shared.outline(wanted)
        if outline and self._pictured:
            return outline
        if outline or not typesetter.shared.knows(wanted):
            made.awaited.append(wanted)
        return None

    def put(
        self,
        cursor: QTextCursor,
        outline: Outline,
        source: str,
        worn: QTextCharFormat,
        alone: bool = False,
    ) -> None:
        """Leave a gap at the cursor, in which the formula is painted. `alone`: in its line."""
        document = self._made.document
        if not self._made.pictures:
            inset.prepare(document)
        font = document.defaultFont()
        points = worn.fontPointSize() or font.pointSizeF()
        em = QFontInfo(font).pixelSize() * points / font.pointSizeF()
        self._made.pictures.append(inset.insert(cursor, outline, source, worn, em, alone))
