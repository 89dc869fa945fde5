"""Counts the tokens of the next prompt whenever conversation, draft or knobs have come to rest.

Between the host that can count and the meter that shows it. Knows nothing about how a prompt is
made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp.ui.bridge import Stream, told
from chatapp.ui.xray import XRay

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed, Rendered, Request
    from chatapp.host import Host
    from chatapp.ui.meter import Meter
    from chatapp.ui.resting import Resting


class Counting(QObject):
    """The newest question is the only one that counts."""

    def __init__(self, host: Host, resting: Resting, meter: Meter, window: QWidget) -> None:
        super().__init__(window)
        self._host, self._resting, self._meter, self._window = host, resting, meter, window
        self._stream: Stream | None = None
        self._asked = 0  # counts the questions
        self._page: XRay | None = None  # the prompt, while it is shown
        resting.rested.connect(self._on_resting_rested)
        meter.clicked.connect(self._on_meter_clicked)

    def close(self) -> None:
        """Ask no more."""
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
