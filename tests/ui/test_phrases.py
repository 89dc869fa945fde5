"""What the conversation view says about a message."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QTime
from PySide6.QtGui import QFontMetricsF, QGuiApplication

from chatapp.chat import Message
from chatapp.ui import answer_bar
from chatapp.ui.phrases import BETWEEN, Phrases
from tests.fake import STATS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def test_the_line_under_an_answer_says_how_much_of_the_context_is_used(
    qapp: QApplication,
) -> None:
    told = Phrases().stats(Message("assistant", "x", finish="stop", stats=STATS))
    assert "context 17 of 512" in told.replace("\u00a0", " ")  # 12 of the prompt, 5 written


def test_the_line_says_what_the_answer_cost_and_its_seed(qapp: QApplication) -> None:
    told = Phrases().stats(Message("assistant", "x", finish="stop", stats=STATS))
    assert told.replace("\u00a0", " ").split("  ·  ") == [
        "5 tokens",
        "20.0 tokens/s",
        "first token after 0.10 s",
        "context 17 of 512",
        "seed 7",
        "done",
    ]


def test_an_unknown_context_is_not_told(qapp: QApplication) -> None:
    cost = dataclasses.replace(STATS, context_length=0)
    told = Phrases().stats(Message("assistant", "x", finish="stop", stats=cost))
    assert "context" not in told


def test_a_narrow_column_breaks_the_line_between_facts_only(qapp: QApplication) -> None:
    facts = ["最初のトークンまで", "シード", "完了しました"]
    column = QFontMetricsF(QGuiApplication.font()).horizontalAdvance(BETWEEN.join(facts[:2])) + 3
    told = answer_bar.in_lines(BETWEEN.join(facts), column)
    assert told.split("\n") == [BETWEEN.join(facts[:2]), facts[2]]


def test_a_message_of_today_tells_the_clock_and_an_older_one_its_day(qapp: QApplication) -> None:
    now = QDateTime.currentDateTime()
    noon = QDateTime(now.date(), QTime(12, 34))
    before = noon.addDays(-40)
    short = QLocale.FormatType.ShortFormat
    told = [
        Phrases().when(Message("user", "x", created=float(when.toSecsSinceEpoch())))
        for when in (noon, before)
    ]
    assert told == [
        QLocale().toString(noon.time(), short),
        QLocale().toString(before.date(), short),
    ]
    assert "34" in told[0]


def test_a_message_whose_time_was_not_kept_tells_none(qapp: QApplication) -> None:
    assert Phrases().when(Message("user", "x")) == ""
