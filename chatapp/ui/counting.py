"""Counts the tokens of the next prompt whenever conversation, draft or knobs have changed.

Between what changes, the host that can count, and the meter that shows it. The count waits until
the draft rests; what an input method still composes is not part of it. Knows nothing about how a
prompt is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from chatapp.ui.bridge import Stream, told
from chatapp.ui.xray import XRay

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed, Rendered
    from chatapp.host import Host
    from chatapp.ui.composer import Composer
    from chatapp.ui.loads import Loads
    from chatapp.ui.meter import Meter
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk

REST_MS = 300  # after the last key


class Counting(QObject):
    """Asks when things have come to rest; the newest question is the only one that counts."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        composer: Composer,
        loads: Loads,
        panel: SettingsPanel,
        meter: Meter,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._host, self._talk, self._composer = host, talk, composer
        self._meter, self._window = meter, window
        self._stream: Stream | None = None
        self._asked = 0  # counts the questions
        self._page: XRay | None = None  # the prompt, while it is shown
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        for changed in (composer.edited, loads.loaded, panel.sampling_changed, talk.shown,
                        talk.writing):  # fmt: skip
            changed.connect(self._wait)
        meter.clicked.connect(self._on_meter_clicked)

    def close(self) -> None:
        """Ask no more."""
        self._timer.stop()
        if self._stream:
            self._stream.close()
            self._stream = None

    # -- private --

    def _wait(self, *_: object) -> None:
        self._timer.start()

    def _ask(self, borders: bool) -> None:
        self.close()
        self._asked += 1
        request = self._talk.request(self._composer.text())
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

    def _on_timer_timeout(self) -> None:
        info = self._host.info
        if info is None:
            self._meter.show_nothing()
        elif self._talk.is_writing():
            return  # its end asks again
        elif not self._talk.request(self._composer.text()).messages:
            self._meter.show_count(0, info.context_length)
        else:
            self._meter.show_counting(info.context_length)
            self._ask(borders=False)

    def _on_meter_clicked(self) -> None:
        page = self._page = XRay(self._window)
        page.finished.connect(self._on_page_finished)
        page.open()
        request = self._talk.request(self._composer.text())
        if request.messages:
            page.expect(request.messages)
            self._ask(borders=True)

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
