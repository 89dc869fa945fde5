"""The look: two sets of colours, the style sheet, icons and fonts, followed live.

`apply` dresses the application; whoever paints by hand asks `colours()` at paint time and repaints
on `PaletteChange`. Knows nothing about any page or message.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from string import Template
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer

from chatapp import places

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

Scheme = Literal["system", "light", "dark"]

FALLBACKS = ("Noto Sans CJK JP", "Yu Gothic UI", "Hiragino Sans", "IPAGothic")
CODE_FALLBACKS = ("Noto Sans Mono CJK JP", *FALLBACKS)
READING_SCALE = 1.1  # conversation text, relative to the controls' text
_SMALLEST_POINTS = 10.0  # some systems hand out 9, too small for long reading
_ICON_INK = "#808080"  # the stroke in our SVG files, replaced by the wanted colour


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour by its job, as `#rrggbb`. Text colours reach 4.5:1 on each ground they meet."""

    dark: bool
    window: str  # behind toolbars and pages
    pane: str  # sidebar, strip
    base: str  # behind the conversation and in input fields
    raised: str  # cards, menus
    bubble: str  # what the person wrote
    code: str
    border: str
    border_strong: str  # edges of controls: 3:1
    handle: str  # of a scroll bar
    hover: str
    text: str
    muted: str
    link: str
    accent: str
    accent_text: str
    accent_soft: str
    selection: str
    found: str  # behind what a search found
    danger: str
    danger_soft: str
    warning: str
    warning_soft: str
    code_keyword: str
    code_text: str  # strings
    code_number: str
    code_comment: str
    code_name: str  # functions and classes where they are defined or built in
    code_kind: str  # types, decorators, tags


LIGHT = Colours(
    dark=False,
    window="#f7f6f3",
    pane="#f1efeb",
    base="#fdfcfa",
    raised="#ffffff",
    bubble="#efece6",
    code="#f5f3ee",
    border="#e1ddd5",
    border_strong="#8c877b",
    handle="#cfcabf",
    hover="#e7e4dc",
    text="#1f1e1b",
    muted="#625e56",
    link="#1b5e8c",
    accent="#256b5e",
    accent_text="#ffffff",
    accent_soft="#dcebe6",
    selection="#bcdcd2",
    found="#f4de96",
    danger="#a3301e",
    danger_soft="#fbebe6",
    warning="#795000",
    warning_soft="#fbf2de",
    code_keyword="#8a2a7b",
    code_text="#2c6832",
    code_number="#964700",
    code_comment="#69655c",
    code_name="#1c57a0",
    code_kind="#755000",
)

DARK = Colours(
    dark=True,
    window="#1b1c1e",
    pane="#17181a",
    base="#1f2023",
    raised="#282a2d",
    bubble="#2d3034",
    code="#18191b",
    border="#36393e",
    border_strong="#7d8087",
    handle="#4a4d53",
    hover="#33363b",
    text="#e8e6e1",
    muted="#a9a69f",
    link="#8ec0f0",
    accent="#6fc7b2",
    accent_text="#0d1f1b",
    accent_soft="#24403a",
    selection="#2f5f54",
    found="#5a4a17",
    danger="#f2978a",
    danger_soft="#3a2523",
    warning="#e5be6b",
    warning_soft="#352d1c",
    code_keyword="#d9a2e0",
    code_text="#a5cf8f",
    code_number="#e9b07b",
    code_comment="#95938c",
    code_name="#8dbdf5",
    code_kind="#e3c77c",
)

_worn: list[Colours] = [LIGHT]  # what `apply` chose last
_zoom = [100]  # percent, of the conversation's text


def colours() -> Colours:
    """The colours worn now."""
    return _worn[0]


def zoom() -> int:
    """The size of the conversation's text. Percent."""
    return _zoom[0]


def set_zoom(percent: int) -> None:
    """Choose it; whoever shows such text lays it out again."""
    _zoom[0] = percent


class _Follower(QObject):
    """Dresses the application again when the system's scheme changes."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("look-follower")
        self.app = app
        self.scheme: Scheme = "system"
        app.styleHints().colorSchemeChanged.connect(self._on_hints_color_scheme_changed)

    def _on_hints_color_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if self.scheme == "system":
            _dress(self.app, DARK if scheme == Qt.ColorScheme.Dark else LIGHT)


def apply(app: QApplication, scheme: Scheme = "system", sheet: bool = True) -> None:
    """Dress the application: Fusion, fonts, colours, style sheet. May be called again any time.

    A window is built faster without the sheet, which Qt would work out anew for each widget that
    is put into another: call it without before, and with it after.
    """
    follower = app.findChild(_Follower, "look-follower")
    if not isinstance(follower, _Follower):
        follower = _Follower(app)
        app.setStyle("Fusion")
        app.setFont(_families(app.font(), FALLBACKS))
    follower.scheme = scheme
    hints = app.styleHints()
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints.setColorScheme(wanted.get(scheme, Qt.ColorScheme.Unknown))
    dark = scheme == "dark" or (scheme == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    _dress(app, DARK if dark else LIGHT, sheet)


def _dress(app: QApplication, wear: Colours, with_sheet: bool = True) -> None:
    _worn[0] = wear  # first, so that whoever hears PaletteChange reads the new colours
    app.setPalette(palette(wear))
    sheet = style_sheet(wear)
    if with_sheet and app.styleSheet() != sheet:  # polishing every widget again takes its time
        app.setStyleSheet(sheet)


def style_sheet(wear: Colours) -> str:
    """`chatapp.qss` with the colours filled in."""
    template = (places.resources() / "chatapp.qss").read_text("utf-8")
    tick = "dark" if wear.dark else "light"  # on the accent
    return Template(template).substitute(asdict(wear), icons=_icons().as_posix(), tick=tick)


def palette(wear: Colours) -> QPalette:
    """The same colours for whatever no style sheet rule reaches."""
    role = QPalette.ColorRole
    named = {
        role.Window: wear.window,
        role.WindowText: wear.text,
        role.Base: wear.base,
        role.AlternateBase: wear.pane,
        role.Text: wear.text,
        role.Button: wear.raised,
        role.ButtonText: wear.text,
        role.BrightText: wear.danger,
        role.ToolTipBase: wear.raised,
        role.ToolTipText: wear.text,
        role.PlaceholderText: wear.muted,
        role.Highlight: wear.selection,
        role.HighlightedText: wear.text,
        role.Accent: wear.accent,
        role.Link: wear.link,
        role.LinkVisited: wear.link,
        role.Light: wear.raised,
        role.Midlight: wear.hover,
        role.Mid: wear.border,
        role.Dark: wear.border_strong,
        role.Shadow: wear.border_strong,
    }
    made = QPalette()
    for which, value in named.items():
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(wear.border_strong))
    return made


def _icons() -> Path:
    return places.resources() / "icons"


def icon(name: str, colour: str | None = None) -> QIcon:
    """Our line icon `name` in `colour` (default: the text colour worn now). KeyError if unknown."""
    return _icon(name, colour or colours().text, colours().border_strong)


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, faded: str) -> QIcon:
    file = _icons() / f"{name}.svg"
    if not file.is_file():
        raise KeyError(name)
    return QIcon(_Drawing(file.read_text("utf-8"), colour, faded))


class _Drawing(QIconEngine):
    """An SVG in one colour, and a faded one when disabled; drawn in the size asked for, once."""

    def __init__(self, drawing: str, colour: str, faded: str) -> None:
        super().__init__()
        self._made = (drawing, colour, faded)
        self._normal = drawing.replace(_ICON_INK, colour).encode()
        self._disabled = drawing.replace(_ICON_INK, faded).encode()
        self._pixmaps: dict[tuple[int, int, bool], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return _Drawing(*self._made)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.pixmap(rect.size() * ratio, mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        disabled = mode == QIcon.Mode.Disabled
        key = (size.width(), size.height(), disabled)
        if key not in self._pixmaps:
            drawing = QByteArray(self._disabled if disabled else self._normal)
            self._pixmaps[key] = _painted(QSvgRenderer(drawing), size)
        return self._pixmaps[key]


def _painted(renderer: QSvgRenderer, size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return pixmap


def _families(font: QFont, fallbacks: tuple[str, ...]) -> QFont:
    made = QFont(font)
    # an alias such as "Sans Serif" may match no family when others follow it: name what it means
    named = [*font.families(), QFontInfo(font).family(), *fallbacks]
    made.setFamilies(list(dict.fromkeys(named)))
    if 0 < font.pointSizeF() < _SMALLEST_POINTS:
        made.setPointSizeF(_SMALLEST_POINTS)
    return made


def zoomed(app_font: QFont) -> QFont:
    """The application's font in the size of the conversation: what stands around its text."""
    made = QFont(app_font)
    made.setPointSizeF(app_font.pointSizeF() * zoom() / 100)
    return made


def grown(pixels: int) -> int:
    """What holds a line of that font; smaller text gets no less room."""
    return pixels * max(100, zoom()) // 100


def text_font(app_font: QFont) -> QFont:
    """The conversation's font: the application's, a little larger, and zoomed."""
    made = QFont(app_font)
    made.setPointSizeF(app_font.pointSizeF() * READING_SCALE * zoom() / 100)
    return made


def code_font(app_font: QFont) -> QFont:
    """Monospace in the application's size, zoomed, with the same Japanese fallbacks."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made = _families(system, CODE_FALLBACKS)
    made.setStyleHint(QFont.StyleHint.Monospace)
    made.setPointSizeF(app_font.pointSizeF() * zoom() / 100)
    return made
