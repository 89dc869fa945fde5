"""Counts the tokens of the next prompt whenever conversation, draft or knobs have come to rest.

While an answer is written, it tells what is read of the prompt and how the context fills. Between
the host that can count and the meter that shows it. Knows nothing about how a prompt is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from chatapp.ui.bridge import Stream, told
from chatapp.ui.xray import XRay

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed, Rendered, Request
    from chatapp.host import Host
    from chatapp.ui.meter import Meter
    from chatapp.ui.resting import Resting
    from chatapp.ui.talk import Talk

PULSE_MS = 200  # between two numbers while an answer is written


class Counting(QObject):
    """The newest question is the only one that counts."""

    def __init__(
        self, host: Host, talk: Talk, resting: Resting, meter: Meter, window: QWidget
    ) -> None:
        super().__init__(window)
        self._host, self._talk, self._resting = host, talk, resting
        self._meter, self._window = meter, window
        self._pulse = QTimer(self, singleShot=True, interval=PULSE_MS)
        self._pulse.timeout.connect(self._on_pulse_timeout)
        talk.opened.connect(self._on_talk_opened)
        talk.progressed.connect(self._on_talk_progressed)
        talk.wrote.connect(self._on_talk_wrote)
        self._stream: Stream | None = None
        self._asked = 0  # counts the questions
        self._page: XRay | None = None  # the prompt, while it is shown
        resting.rested.connect(self._on_resting_rested)
        meter.clicked.connect(self._on_meter_clicked)

    def close(self) -> None:
        """Ask no more."""
        self._pulse.stop()
        if self._stream:
            self._stream.close()
            self._stream = None

    # -- private --

    def _ask(self, request: Request, borders: bool) -> None:
        self.close()
        self._asked += 1
        stream = Stream(self._host.render(request, borders), self, key=self._asked)
        stream.rendered.connect(self._on_stream_rendered)
        stream.failed.connect(self._on_stream_failed)
        stream.done.connect(self._on_stream_done)
        self._stream = stream

    def _show(self, told: Rendered) -> None:
        if told.fits:
            self._meter.show_count(told.tokens, told.limit, told.dropped, told.next_dropped)
        else:
            self._meter.show_too_long(told.tokens, told.limit)

    # -- slots --

    def _on_talk_opened(self, conversation: int) -> None:
        self.close()
        self._asked += 1
        self._meter.forget()

    def _on_talk_progressed(self, message: int, done: int, total: int) -> None:
        info = self._host.info
        if info and total and not info.remote:
            self._meter.show_growing(total, info.context_length)

    def _on_talk_wrote(self, message: int, text: str) -> None:
        if not self._pulse.isActive():
            self._pulse.start()

    def _on_pulse_timeout(self) -> None:
        info, holding = self._host.info, self._host.holding
        if info and holding and not info.remote and self._talk.is_writing():
            used = info.context_length - holding.context_left
            self._meter.show_growing(used, info.context_length)

    def _on_resting_rested(self) -> None:
        info, request = self._host.info, self._resting.request()
        if info is None or info.remote:  # nobody tells how a model elsewhere counts
            self._meter.show_nothing()
        elif not has_turns(request):
            self._meter.show_count(0, info.context_length)
        else:
            self._meter.show_counting(info.context_length)
            self._ask(request, borders=False)

    def _on_meter_clicked(self) -> None:
        page = self._page = XRay(self._window)
        page.finished.connect(self._on_page_finished)
        page.open()
        request = self._resting.request()
        if has_turns(request):
            page.expect(request.messages)
            self._ask(request, borders=True)

    def _on_page_finished(self) -> None:
        self._page = None

    def _on_stream_rendered(self, key: int, rendered: Rendered) -> None:
        if key == self._asked:
            self._show(rendered)
            if self._page:
                self._page.show_prompt(rendered)

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        if key == self._asked:
            self._stream = None
            self._meter.show_nothing()
            if self._page:
                self._page.show_failure("  ".join(told(failure)))

    def _on_stream_done(self, key: int) -> None:
        if key == self._asked:
            self._stream = None


def has_turns(request: Request) -> bool:
    """More than a system prompt."""
    return any(message.role != "system" for message in request.messages)
