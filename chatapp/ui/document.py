"""One block of Markdown as a QTextDocument, written token by token through a cursor.

No HTML is ever made and no resource ever loaded: a picture is its description and host, a link that
is not for a browser is plain text. Cards, bars, rules and drawn formulas are not in the document;
`Rendered` says where they belong and the transcript paints them. Knows nothing about messages or
scrolling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QGuiApplication,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)

from chatapp.chat import clean
from chatapp.ui import lexing, look, markdown
from chatapp.ui.insets import Insets
from chatapp.ui.paper import (
    BREAK,
    CODE_HEADER,
    CODE_PAD,
    CODE_TOP,
    INDENT,
    JOINT,
    LONG_LINE,
    MARK,
    QUOTE_STEP,
    Code,
    Mark,
    Paper,
    Quote,
    Rendered,
    add_code,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_HEADINGS = {"h1": 1.42, "h2": 1.25, "h3": 1.1}  # relative to the text
_LEADING = 1.6  # line height relative to the text
_CODE_LEADING = 1.55
_CELL_LEADING = 1.4
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_Length = QTextLength
_BULLETS = "•◦▪"
_BOXES = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}


def can_be_coloured(block: markdown.Block) -> bool:
    """Short enough for colours in its code."""
    return len(block.source) <= lexing.MOST_COLOURED


def render(
    block: markdown.Block,
    known: dict[str, Any] | None = None,
    coloured: bool = True,
    quiet: bool = False,
    pictured: bool = False,
) -> Rendered:
    """The block in the colours and fonts worn now. `coloured`: the code as well.

    `pictured`: with a picture for each formula that is drawn already.
    """
    tokens = markdown.parse(block, known)
    if tokens is None:
        return render_plain(block.source.rstrip("\n"))
    writer = _Writer(coloured, quiet, pictured)
    writer.shares = block.shares
    outer = [token.type for token in tokens if not token.level]
    writer.made.one_code = outer in (["fence"], ["code_block"])
    writer.may_slide = writer.made.one_code or outer == ["table_open", "table_close"]
    writer.write(tokens)
    return writer.finish()


def render_plain(text: str, bold_first: bool = False) -> Rendered:
    """Text as it was typed, line for line; `bold_first` sets the first line apart."""
    writer = _Writer(False, False)
    writer.verbatim(text, bold_first)
    return writer.finish()


@dataclass(slots=True)
class _List:
    """An open list: the number of its next item, below 0 for bullets."""

    number: int
    bullet: str


class _Writer:
    """Walks the tokens once; one method for each kind that opens, closes or holds text."""

    def __init__(self, coloured: bool, quiet: bool, pictured: bool = False) -> None:
        self.coloured = coloured
        self.may_slide = False
        self.shares: tuple[int, ...] = ()  # of the columns of a table that is cut, in percent
        self.wear = look.colours()
        self.font = look.text_font(QGuiApplication.font())
        self.code_font = look.code_font(QGuiApplication.font())
        self.em = QFontInfo(self.font).pixelSize()
        lead = (self.em * _LEADING - QFontMetricsF(self.font).height()) / 2
        self.made = Rendered(Paper(self.font), lead=max(0.0, round(lead)))
        self.insets = Insets(self.made, pictured)
        self.cursor = QTextCursor(self.made.document)
        self.fresh = True  # the cursor stands in a block that nothing was written to
        self.padding = 0.0  # of a card above, still owed
        self.skirt = 0.0  # below a table: Qt drops the margin of what follows one
        self.lists: list[_List] = []
        self.waiting = False  # a list item that has no block yet
        self.box = ""  # what that item has instead of a bullet
        self.loose = [True]
        self.quotes: list[int] = []  # the first block of each open quote
        self.format = QTextCharFormat()
        self.format.setForeground(QColor(self.wear.muted if quiet else self.wear.text))
        self.formats: list[QTextCharFormat] = []

    def finish(self) -> Rendered:
        """What was written."""
        self.made.below = self.padding - (self.skirt if self.fresh else 0)
        return self.made

    def write(self, tokens: Sequence[Token]) -> None:
        """Write the tokens of a block."""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
                self._table(tokens[at:end])
                at = end
            elif act := getattr(self, f"_{token.type}", None):
                if self.waiting and token.type == "paragraph_open":
                    self.box = _BOXES.get(tokens[at + 1].content[:4], "")
                act(token)
            at += 1

    def verbatim(self, text: str, bold_first: bool = False) -> None:
        """Write source as it is."""
        for number, line in enumerate(text.split("\n")):
            self._start(0, joint=1)
            shape = QTextCharFormat(self.format)
            if bold_first and not number:
                shape.setFontWeight(QFont.Weight.DemiBold)
            self.cursor.insertText(line, shape)

    # -- where text goes ---------------------------------------------------------------------------

    @property
    def _next(self) -> int:
        """The number of the block that comes next."""
        return self.cursor.blockNumber() + (0 if self.fresh else 1)

    def _gap(self) -> float:
        return self.em * (0.8 if self.loose[-1] else 0.3)

    def _start(self, gap: float, leading: float = _LEADING, joint: int = 2) -> None:
        """Stand in a new block of text, as the next list item when one waits."""
        shape = QTextBlockFormat()
        shape.setLineHeight(round(self.em * leading), _FIXED)
        shape.setTopMargin(round(gap + self.padding))
        shape.setLeftMargin(len(self.quotes) * QUOTE_STEP)
        shape.setProperty(JOINT, 1 if self.waiting else joint)
        shape.setIndent(len(self.lists))
        if self.waiting:
            self._mark(shape)
        self._put(shape)

    def _mark(self, shape: QTextBlockFormat) -> None:
        """The block becomes the list item that waited."""
        self.waiting = False
        inner = self.lists[-1]
        text = self.box or (f"{inner.number}." if inner.number >= 0 else inner.bullet)
        inner.number += 1 if inner.number >= 0 else 0
        self.made.marks.append(Mark(self._next, text))
        shape.setProperty(MARK, "  " * (len(self.lists) - 1) + text)

    def _put(self, shape: QTextBlockFormat) -> None:
        if self.fresh:
            self.cursor.setBlockFormat(shape)
        else:
            self.cursor.insertBlock(shape)
        self.cursor.setBlockCharFormat(self.format)
        self.fresh = False
        self.padding = 0

    def _settle_item(self) -> None:
        """Give a waiting item its own line before something that is not text."""
        if self.waiting:
            self._start(self._gap())

    def _push(self) -> QTextCharFormat:
        self.formats.append(self.format)
        self.format = QTextCharFormat(self.format)
        return self.format

    def _pop(self, token: Token | None = None) -> None:
        self.format = self.formats.pop()

    # -- blocks ------------------------------------------------------------------------------------

    def _paragraph_open(self, token: Token) -> None:
        self._start(self._gap())

    def _heading_open(self, token: Token) -> None:
        size = _HEADINGS.get(token.tag, 1.0)
        self._start(self.em * 1.1, size * 1.4)
        shape = self._push()
        shape.setFontWeight(QFont.Weight.DemiBold)
        shape.setFontPointSize(self.font.pointSizeF() * size)

    _heading_close = _pop

    def _bullet_list_open(self, token: Token) -> None:
        self._open_list(-1)

    def _ordered_list_open(self, token: Token) -> None:
        self._open_list(int(token.attrs.get("start", 1)))

    def _open_list(self, number: int) -> None:
        self._settle_item()
        self.lists.append(_List(number, _BULLETS[min(len(self.lists), 2)]))
        self.loose.append(False)

    def _bullet_list_close(self, token: Token) -> None:
        self.lists.pop()
        self.loose.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        self.waiting = True
        self.box = ""

    def _list_item_close(self, token: Token) -> None:
        self._settle_item()

    def _blockquote_open(self, token: Token) -> None:
        self._settle_item()
        self.quotes.append(self._next)
        self._push().setForeground(QColor(self.wear.muted))

    def _blockquote_close(self, token: Token) -> None:
        self._pop()
        first, last = self.quotes.pop(), self._next - 1
        if last >= first:
            left = len(self.quotes) * QUOTE_STEP + len(self.lists) * INDENT
            self.made.quotes.append(Quote(first, last, left))

    def _hr(self, token: Token) -> None:
        self._settle_item()
        self._start(self.em * 0.5, 1.0)
        self.made.rules.append(self.cursor.blockNumber())

    def _fence(self, token: Token) -> None:
        if outline := self.insets.outline(token):
            self._settle_item()
            self._start(self._gap())
            self.made.one_code, self.made.one_picture = False, self.may_slide
            self.insets.put(self.cursor, outline, token.content.strip("\n"), self.format, True)
            return
        words = clean(token.info).split()
        self._code(token.content, words[0] if words else "")

    def _code_block(self, token: Token) -> None:
        self._code(token.content, "")

    def _code(self, content: str, language: str) -> None:
        self._settle_item()
        source = content.removesuffix("\n")
        left = len(self.quotes) * QUOTE_STEP + len(self.lists) * INDENT
        first, room = self._next, CODE_HEADER + CODE_TOP
        if first == 0:
            self.made.above = room
        shape = QTextBlockFormat()
        size = QFontInfo(self.code_font).pixelSize()
        shape.setLineHeight(round(size * _CODE_LEADING), _FIXED)
        shape.setLeftMargin(left + CODE_PAD)
        shape.setRightMargin(CODE_PAD)
        shape.setTopMargin(round(self.em * 0.8) + self.padding + room)
        shape.setProperty(JOINT, 2)
        short = max(map(len, source.split("\n"))) <= LONG_LINE
        shape.setNonBreakableLines(self.may_slide and short)
        self.made.one_code &= short
        ink = self._push()
        ink.setForeground(QColor(self.wear.text))
        ink.setFont(self.code_font)
        self._put(shape)
        shape.setTopMargin(0)
        shape.setProperty(JOINT, 1)
        for text, name in lexing.runs(source, language if self.coloured and short else ""):
            ink.setForeground(QColor(getattr(self.wear, name)))
            add_code(self.cursor, text, shape, ink)
        self._pop()
        self.padding = CODE_PAD
        self.made.codes.append(Code(first, self.cursor.blockNumber(), left, language, source))

    # -- tables ------------------------------------------------------------------------------------

    def _table(self, tokens: Sequence[Token]) -> None:
        self._settle_item()
        rows: list[list[tuple[Token, Token]]] = []
        for token, inside in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                rows[-1].append((token, inside))
        if not rows:
            return
        if self.fresh:
            self._shrink()
        self.made.columns = len(rows[0]) if self.may_slide else 0
        outer = self.cursor
        shape = self._table_format()
        if self.shares:
            self.made.cut = True
            shape.setWidth(_Length(_Length.Type.PercentageLength, 100))
            shape.setColumnWidthConstraints(
                [_Length(_Length.Type.PercentageLength, share) for share in self.shares]
            )
        table = outer.insertTable(len(rows), len(rows[0]), shape)
        for row, cells in enumerate(rows):
            for column, (token, inside) in enumerate(cells):
                self._cell(table, row, column, token, inside)
        self.cursor = outer
        self.cursor.movePosition(QTextCursor.MoveOperation.End)
        self._shrink()
        self.fresh, self.padding, self.skirt = True, 0, self.em * 0.8

    def _table_format(self) -> QTextTableFormat:
        made = QTextTableFormat()
        made.setBorder(1)
        made.setBorderCollapse(True)
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBorderBrush(QBrush(QColor(self.wear.border)))
        made.setCellPadding(8)
        made.setCellSpacing(0)
        made.setTopMargin(round(self._gap() + self.padding) if self._next else 0)
        made.setBottomMargin(self.em * 0.8)
        made.setLeftMargin(len(self.quotes) * QUOTE_STEP + len(self.lists) * INDENT)
        return made

    def _cell(self, table: QTextTable, row: int, column: int, token: Token, inside: Token) -> None:
        cell = table.cellAt(row, column)
        self.cursor = cell.firstCursorPosition()
        shape = QTextBlockFormat()
        shape.setLineHeight(round(self.em * _CELL_LEADING), _FIXED)
        style = str(token.attrs.get("style", ""))
        if "center" in style:
            shape.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        elif "right" in style:
            shape.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.cursor.setBlockFormat(shape)
        ink = self._push()
        if token.type == "th_open":
            ink.setFontWeight(QFont.Weight.DemiBold)
            ground = cell.format()
            ground.setBackground(QColor(self.wear.code))
            cell.setFormat(ground)
        if inside.type == "inline":
            self._inline(inside)
        self._pop()

    def _shrink(self) -> None:
        """Make the empty block that Qt wants beside a table one pixel high."""
        shape = QTextBlockFormat()
        shape.setLineHeight(1, _FIXED)
        shape.setProperty(JOINT, 0)
        tiny = QTextCharFormat()
        tiny.setFontPointSize(1)
        self.cursor.setBlockFormat(shape)
        self.cursor.setBlockCharFormat(tiny)

    # -- text --------------------------------------------------------------------------------------

    def _inline(self, token: Token) -> None:
        for child in token.children or []:
            getattr(self, f"_{child.type}")(child)

    def _text(self, token: Token) -> None:
        text = clean(token.content)  # an entity may have become what was cleaned away before
        if self.box and not self.cursor.positionInBlock():
            text, self.box = text[4:], ""
        self.cursor.insertText(text, self.format)

    def _softbreak(self, token: Token) -> None:
        self.cursor.insertText(BREAK, self.format)

    _hardbreak = _softbreak

    def _code_inline(self, token: Token) -> None:
        if outline := self.insets.outline(token):
            self.insets.put(self.cursor, outline, token.content, self.format)
            return
        shape = QTextCharFormat(self.format)
        shape.setFontFamilies(self.code_font.families())
        shape.setFontFixedPitch(True)
        shape.setFontPointSize(self.code_font.pointSizeF())
        start = self.cursor.position()
        self.cursor.insertText(token.content, shape)
        self.made.chips.append((start, self.cursor.position()))

    def _strong_open(self, token: Token) -> None:
        self._push().setFontWeight(QFont.Weight.Bold)

    def _em_open(self, token: Token) -> None:
        self._push().setFontItalic(True)

    def _s_open(self, token: Token) -> None:
        self._push().setFontStrikeOut(True)

    def _link_open(self, token: Token) -> None:
        shape = self._push()
        target = markdown.web_link(str(token.attrs.get("href", "")))
        if target:
            shape.setAnchor(True)
            shape.setAnchorHref(target)
            shape.setForeground(QColor(self.wear.link))
            shape.setFontUnderline(True)

    _strong_close = _em_close = _s_close = _link_close = _pop

    def _image(self, token: Token) -> None:
        shape = QTextCharFormat(self.format)
        shape.setFontItalic(True)
        where = markdown.host(str(token.attrs.get("src", "")))
        alt = clean("".join(child.content for child in token.children or []))
        self.cursor.insertText(" ".join(filter(None, (alt, where and f"({where})"))), shape)
