"""Which keys belong to the input method: one watcher for each text field of the app.

While a Japanese or Chinese text is being composed, Enter chooses a conversion, Esc drops it and
arrows walk through it. Input methods differ in whether the key reaches us as well, and in whether
it comes before or after the commit; both orders are covered. Knows nothing about what the field is
for.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

_ENDING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
_CHOOSING = (
    *_ENDING,
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End),
)
_SHORTCUT = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Composing(QObject):
    """Filters the keys of `field` that an input method has a claim on.

    The field is the widget with the focus: of a spin box, the box and not its line edit.
    """

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        self._line_preedit = ""
        self._just_ended = False
        field.installEventFilter(self)

    @property
    def active(self) -> bool:
        """True while a text is being composed."""
        if isinstance(self._field, QPlainTextEdit):
            # the layout knows best: Qt also empties it when the field loses the focus
            return bool(self._field.textCursor().block().layout().preeditAreaText())
        return bool(self._line_preedit)

    def claims(self, event: QKeyEvent) -> bool:
        """True for a key that must not do anything of ours."""
        if self.active:
            return event.key() in _CHOOSING or bool(event.modifiers() & _SHORTCUT)
        return self._just_ended and event.key() in _ENDING

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow claimed keys before the field sees them."""
        if isinstance(event, QInputMethodEvent):
            self._follow(event)
        elif event.type() == QEvent.Type.FocusOut:
            self._line_preedit = ""
        elif isinstance(event, QKeyEvent) and self.claims(event):
            event.accept()  # an accepted ShortcutOverride keeps the shortcut from firing
            return True
        return False

    def _follow(self, event: QInputMethodEvent) -> None:
        dropped = self.active and not event.preeditString()
        self._line_preedit = event.preeditString()
        if event.commitString() or dropped:
            # the key that ended the composition may still be on its way in this turn
            self._just_ended = True
            QTimer.singleShot(0, self, self._forget)

    def _forget(self) -> None:
        self._just_ended = False
