from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QCheckBox, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

SCHEMES = {"light": look.LIGHT, "dark": look.DARK}
ICONS = (
    *("plus", "send", "stop", "copy", "check", "regenerate", "chevron-left", "chevron-right"),
    *("chevron-down", "chip", "sidebar", "sliders", "trash", "pencil", "reset", "search"),
    *("warning", "chat", "library", "train", "api", "archive"),
)
READ_ON = {
    "text": "window pane base raised bubble code hover accent_soft selection warning_soft",
    "muted": "window pane base raised bubble code hover accent_soft",
    "accent": "window base raised hover accent_soft",
    "link": "base bubble",
    "accent_text": "accent",
    "danger": "window base raised hover accent_soft danger_soft",
    "warning": "window base raised hover accent_soft warning_soft",
    "code_keyword": "code",
    "code_text": "code",
    "code_number": "code",
    "code_comment": "code",
    "code_name": "code",
    "code_kind": "code",
}


def luminance(name: str) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    colour = QColor(name)
    parts = (linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF()))
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ink", READ_ON)
def test_text_can_be_read_on_each_ground_it_meets(scheme: str, ink: str) -> None:
    wear = asdict(SCHEMES[scheme])
    weak = {
        ground: contrast(wear[ink], wear[ground])
        for ground in READ_ON[ink].split()
        if contrast(wear[ink], wear[ground]) < 4.5
    }
    assert not weak


@pytest.mark.parametrize("scheme", SCHEMES)
def test_edges_of_controls_stand_out(scheme: str) -> None:
    wear = SCHEMES[scheme]
    assert min(contrast(wear.border_strong, ground) for ground in (wear.base, wear.window)) >= 3
    assert contrast(wear.accent, wear.base) >= 3


def test_the_scheme_can_be_chosen(dressed: QApplication) -> None:
    look.apply(dressed, "dark")
    assert look.colours() is look.DARK
    assert dressed.palette().color(QPalette.ColorRole.Base) == QColor(look.DARK.base)
    assert look.DARK.accent in dressed.styleSheet()


def test_the_systems_scheme_is_followed_while_the_program_runs(dressed: QApplication) -> None:
    look.apply(dressed, "system")
    dressed.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert look.colours() is look.DARK


def test_a_chosen_scheme_stays_when_the_system_changes(dressed: QApplication) -> None:
    look.apply(dressed, "light")
    dressed.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert look.colours() is look.LIGHT


def test_the_style_sheet_has_no_blank_left(dressed: QApplication) -> None:
    rules = look.style_sheet(look.LIGHT).partition("*/")[2]
    assert "$" not in rules


def test_the_style_sheets_pictures_exist() -> None:
    rules = look.style_sheet(look.LIGHT)
    named = [part.partition('"')[0] for part in rules.split('url("')[1:]]
    assert named
    assert all(QImage(name).width() for name in named)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_checked_box_stands_out_and_so_does_its_tick(dressed: QApplication, scheme: str) -> None:
    look.apply(dressed, scheme)
    wear, box = SCHEMES[scheme], QCheckBox("A box")
    box.setChecked(True)
    image = box.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(22) for y in range(image.height())}
    assert wear.accent in seen
    assert wear.accent_text in seen
    assert contrast(wear.accent, wear.window) >= 3


@pytest.mark.parametrize("name", ICONS)
def test_icons_are_drawn_in_the_wanted_colour(dressed: QApplication, name: str) -> None:
    image = look.icon(name, "#ff0000").pixmap(QSize(24, 24), 2.0).toImage()
    solid = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert solid == {"#ff0000"}


def test_icons_are_sharp_on_a_dense_screen(dressed: QApplication) -> None:
    assert look.icon("copy").pixmap(QSize(20, 20), 3.0).width() == 60


def test_an_unknown_icon_is_an_error(dressed: QApplication) -> None:
    with pytest.raises(KeyError):
        look.icon("no-such-icon")


def test_japanese_letters_have_a_font_of_their_own(dressed: QApplication) -> None:
    look.apply(dressed)
    fonts = (dressed.font(), look.code_font(dressed.font()))
    assert all("Noto Sans CJK JP" in font.families() for font in fonts)


def test_widgets_hear_of_a_new_scheme(dressed: QApplication, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    look.apply(dressed, "dark")
    qtbot.waitUntil(
        lambda: widget.palette().color(QPalette.ColorRole.Text) == QColor(look.DARK.text)
    )


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there")
def test_qt_calls_do_not_use_up_the_references_to_none(dressed: QApplication) -> None:
    widget = QWidget()
    for _ in range(20_000):
        widget.setObjectName("a")
    assert sys.getrefcount(None) > 1_000_000
