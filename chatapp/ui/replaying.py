"""`Replaying`: makes an answer again, while its details are shown, and tells how like it is.

Nothing of the replay is kept. Between the page of details and the host. Knows nothing about how a
request is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject

from chatapp.chat import UserError
from chatapp.origins import versions
from chatapp.replay import compare, is_alike
from chatapp.ui.bridge import Stream, told

if TYPE_CHECKING:
    from chatapp.chat import Done, Failed, Message, Origin
    from chatapp.host import Host
    from chatapp.replay import Replay
    from chatapp.ui.deeds import Deeds
    from chatapp.ui.details import Details


class Replaying(QObject):
    """One replay of one page, which ends with it."""

    def __init__(
        self, host: Host, deeds: Deeds, message: Message, origin: Origin | None, page: Details
    ) -> None:
        super().__init__(page)
        self._host, self._deeds = host, deeds
        self._message, self._origin, self._page = message, origin, page
        self._stream: Stream | None = None
        self._replay: Replay | None = None
        self._text = ""
        page.replay_requested.connect(self._on_page_requested)
        page.finished.connect(self.close)

    def close(self) -> None:
        """Ask no more."""
        if self._stream:
            self._stream.close()
            self._stream = None

    # -- private --

    def _begin(self, origin: Origin) -> None:
        info = self._host.info
        if info is None or info.path != origin.path:
            missing = UserError("This answer was made by {model}.", "Load that model, then replay.",
                                model=origin.model)  # fmt: skip
            self._page.show_replay("  ".join(told(missing)))
            return
        self._replay = self._deeds.replay(self._message.id)
        if self._replay is None:
            return
        self._text = self._replay.opening
        stream = self._stream = Stream(self._host.reply(self._replay.request), self)
        stream.wrote.connect(self._on_stream_wrote)
        stream.done.connect(self._on_stream_done)
        stream.failed.connect(self._on_stream_failed)
        self._page.show_replay(self.tr("Making it again\u2026"), under_way=True)

    def _outcome(self) -> str:
        like = compare(self._message.text, self._text)
        if like.whole:
            if like.written:
                return self.tr("Made again: every character is the same.")
            return self.tr("Made again: every word is the same.")
        number = QLocale().toString
        text = self.tr("Made again: the first {same} of {count} words are the same.")
        if like.written:
            text = self.tr("Made again: the first {same} of {count} characters are the same.")
        said = text.format(same=number(like.same), count=number(like.count))
        info = self._host.info
        if info and self._origin and not is_alike(self._origin, info, versions()):
            changed = self.tr("Device, precision or libraries are others than then.")
            return f"{said} {changed}"
        return said

    # -- slots --

    def _on_page_requested(self) -> None:
        if self._stream:
            self.close()
            self._page.show_replay("")
        elif self._origin:
            self._begin(self._origin)

    def _on_stream_wrote(self, key: int, row: int, text: str) -> None:
        if self._replay and row == self._replay.row:
            self._text += text

    def _on_stream_done(self, key: int, done: Done) -> None:
        self._stream = None
        self._page.show_replay(self._outcome() if done.finish != "stopped" else "")

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        self._stream = None
        self._page.show_replay("  ".join(told(failure)))
