"""What the conversation view says about a message: how it stands, what it cost, why it ended.

Every phrase is a whole one with values filled in. Knows nothing about where it is painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject

from chatapp.chat import BUILT_IN
from chatapp.ui import habits
from chatapp.ui.amounts import moment

if TYPE_CHECKING:
    from chatapp.chat import Message


BETWEEN = "  ·  "  # facts of one line


class Phrases(QObject):
    """Asked at paint time, so that a change of language shows at once."""

    def author(self, message: Message) -> str:
        """Who wrote the message."""
        if message.role == "user":
            return self.tr("You")
        name = self.tr("Built-in guide") if message.model == BUILT_IN else message.model
        name = name or self.tr("Answer")
        return self.tr("{name}, edited by you").format(name=name) if message.edited else name

    def when(self, message: Message) -> str:
        """When it was written; empty where that was not kept."""
        return moment(message.created) if message.created else ""

    def reading(self, done: int, total: int) -> str:
        """The prompt is being read. Tokens."""
        text = self.tr("Reading the prompt, {done} of {total} tokens")
        return text.format(done=_count(done), total=_count(total))

    def writing(self) -> str:
        """An answer is expected and has no text yet."""
        return self.tr("Writing the answer")

    def empty(self) -> str:
        """An answer that ended before its first word."""
        return self.tr("This answer has no text.")

    def unseen(self) -> str:
        """Above the first message that the model saw."""
        return self.tr("Not seen by the model from here up")

    def finish(self, message: Message) -> str:
        """Why the answer ended; empty while it grows."""
        if message.finish == "stop" and message.stats and message.stats.stop_string:
            string = message.stats.stop_string.replace("\n", "\u23ce")
            return self.tr("stopped at “{string}”").format(string=string)
        words = {
            "stop": self.tr("done"),
            "stopped": self.tr("stopped by you"),
            "length": self.tr("length reached"),
            "context": self.tr("context full"),
            "interrupted": self.tr("interrupted"),
            "error": self.tr("error"),
        }
        return words[message.finish] if message.finish else ""

    def cost(self, message: Message) -> str:
        """How long an answer is, and why it ended."""
        length = message.stats.new_tokens if message.stats else 0
        tokens = self.tr("{count} tokens").format(count=_count(length)) if length else ""
        return BETWEEN.join(part for part in (tokens, self.finish(message)) if part)

    def stats(self, message: Message) -> str:
        """The line below an answer; without its figures, where it ended by itself, nothing."""
        told = habits.tells_figures()
        parts = []
        if told and (cost := message.stats):
            digits = 0 if cost.tokens_per_s >= 100 else 1
            rate = QLocale().toString(cost.tokens_per_s, "f", digits)
            first = QLocale().toString(cost.first_token_s, "f", 2)
            parts.append(self.tr("{count} tokens").format(count=_count(cost.new_tokens)))
            if cost.tokens_per_s > 0:
                parts.append(self.tr("{rate} tokens/s").format(rate=rate))
            parts.append(self.tr("first token after {seconds} s").format(seconds=first))
            if cost.reused_tokens:
                reused = _count(cost.reused_tokens)
                parts.append(self.tr("{count} prompt tokens reused").format(count=reused))
            if cost.context_length:
                used, limit = cost.prompt_tokens + cost.new_tokens, cost.context_length
                text = self.tr("context {used} of {limit}")
                parts.append(text.format(used=_count(used), limit=_count(limit)))
            parts.append(self.tr("seed {number}").format(number=cost.seed))
            if cost.dropped_messages:
                dropped = _count(cost.dropped_messages)
                parts.append(self.tr("oldest {count} messages left out").format(count=dropped))
        if told or message.finish != "stop":
            parts.append(self.finish(message))
        whole = (part.replace(" ", "\u00a0") for part in parts if part)  # breaks between only
        return BETWEEN.join(whole)


def _count(number: int) -> str:
    return QLocale().toString(number)
