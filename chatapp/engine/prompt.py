"""Messages -> token ids by the chat template; token ids -> pieces of text as they come.

A base model has no template: its prompt is the plain text. Knows nothing about models or devices.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatapp.chat import Choice, UserError
from chatapp.engine import rendering
from chatapp.engine.cache import common_prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Message

log = logging.getLogger(__name__)

BROKEN = "\ufffd"
LONGEST_CHARACTER = 8  # tokens: byte-level tokenizers need at most 4 for one character
NEIGHBOURS = 4  # tokens before a continuation that may decide about its first space
THINK = "<think>"
LONGEST_OPENING = 16  # tokens
COUNTED = 20_000  # messages whose token counts are remembered


class Prompt:
    """Renders messages for one tokenizer and checks every id against the embedding's rows."""

    def __init__(self, tokenizer: Any, rows: int) -> None:
        self._tokenizer = tokenizer
        self._rows = rows
        template = tokenizer.chat_template or ""
        self.has_template = bool(template)
        self.thinks = "enable_thinking" in str(template)
        self._counts: dict[str, int] = {}
        self._names: dict[int, str] = {}
        added = tokenizer.added_tokens_decoder.items()
        self._special = {token for token, about in added if about.special}

    def ids(
        self, messages: Sequence[Message], complete: bool = False, thinking: str = "auto"
    ) -> list[int]:
        """Token ids of the prompt, never empty. Raises UserError when the template refuses.

        When the last message is the assistant's, the answer is to continue it.
        """
        if complete or not self.has_template:
            texts = [message.text for message in messages]
            ids = self._tokenizer("\n".join(texts)).input_ids
        elif messages and messages[-1].role == "assistant":
            ids = self._render(messages[:-1], thinking)
            ids += self.answer(ids, messages[-1].text)
        else:
            ids = self._render(messages, thinking)
        if not ids:
            raise UserError("There is nothing to answer.", "Write a message first.")
        if max(ids) >= self._rows:
            raise UserError(
                "The tokenizer has {tokens} tokens but the model only {rows}.",
                "Use the tokenizer that belongs to this model.",
                tokens=max(ids) + 1,
                rows=self._rows,
            )
        return list(ids)

    def text(self, ids: list[int]) -> str:
        """What these ids say, special tokens included."""
        told: str = self._tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return told

    def pieces(self, ids: list[int]) -> list[str]:
        """What each id adds to their text; the last one of a character has all of it."""
        reader = Detokenizer(self._tokenizer, special=True)
        pieces = [reader.push(token) for token in ids]
        pieces[-1] += reader.flush()
        return pieces

    def name(self, token: int) -> str:
        """What this token would add to a text. A space in front shows only behind another token."""
        if token not in self._names:
            anchor = self._plain("a")[-1:]
            self._names[token] = self.text([*anchor, token])[len(self.text(anchor)) :]
        return self._names[token]

    def choice(self, token: int, chance: float) -> Choice:
        """This token as one that could stand at a place."""
        return Choice(self.name(token), token, chance, token in self._special)

    def counts(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The tokens of each message's own text, without what the template puts around it."""
        if len(self._counts) > COUNTED:
            self._counts.clear()
        fresh = list({message.text for message in messages} - self._counts.keys())
        if fresh:  # all at once: a tokenizer is several times faster with many texts
            ids = self._tokenizer(fresh, add_special_tokens=False).input_ids
            self._counts.update(zip(fresh, map(len, ids), strict=True))
        return tuple(self._counts[message.text] for message in messages)

    def answer(self, prompt: list[int], text: str) -> list[int]:
        """The ids of an answer so far, without what the template writes of it."""
        return self._plain(text.removeprefix(self.opening(prompt)))

    def continued(self, messages: Sequence[Message], text: str) -> list[int]:
        """The ids of plain texts that this one goes on."""
        before = "\n".join(message.text for message in messages)
        return list(self._tokenizer(before + text).input_ids)

    def opening(self, ids: list[int]) -> str:
        """What the template has begun of the answer: a thought, with some reasoning models."""
        tail = self.text(ids[-LONGEST_OPENING:])
        return THINK + "\n" if tail.rstrip("\n").endswith(THINK) else ""

    def history(self, messages: Sequence[Message], thinking: str = "auto") -> list[int]:
        """What every next prompt begins with, whatever the person will write."""
        from_user = [
            self._render([*messages, replace(messages[-1], role="user", text=text)], thinking)
            for text in ("a", "1")
        ]
        return from_user[0][: common_prefix(*from_user)]

    def _plain(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _render(self, messages: Sequence[Message], thinking: str) -> list[int]:
        reason = ""
        for turns in (messages, without_system(messages)):
            try:
                return self._templated(turns, thinking)
            except UserError:  # it was stopped: a second try would be too
                raise
            except Exception as error:  # a template is a program: whatever it raises, it refused
                # Not its words: they may hold the conversation's.
                log.info("prompt: the chat template refused (%s)", type(error).__name__)
                reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            if messages[0].role != "system":
                break
        raise UserError(
            "This model's chat template refused the conversation ({reason}).",
            "Choose another model, or start a new chat.",
            "choose_model",
            "new_chat",
            reason=reason,
        )

    def _templated(self, messages: Sequence[Message], thinking: str) -> list[int]:
        wished = {} if thinking == "auto" else {"enable_thinking": thinking == "on"}
        told = [{"role": message.role, "content": message.text} for message in messages]
        return rendering.render(self._tokenizer, told, prompt=True, **wished)

    def ends(self, generation_config: Any) -> frozenset[int]:
        """Every id that ends an answer; not those that the model cannot write."""
        named = generation_config.eos_token_id if generation_config else None
        told = [*(named if isinstance(named, list) else [named]), self._tokenizer.eos_token_id]
        return frozenset(end for end in told if type(end) is int and 0 <= end < self._rows)

    def detokenizer(self, before: list[int]) -> Detokenizer:
        """A fresh one for one answer; `before` are the ids of a text that it continues."""
        return Detokenizer(self._tokenizer, before[-NEIGHBOURS:])


class Detokenizer:
    """Joins tokens to text in O(1) each; holds back only a character that is not complete.

    A token's text depends on its left neighbour (a leading space, say), so each piece is the
    difference of two short decodes that start at the same, already shown token.
    """

    def __init__(
        self, tokenizer: Any, before: list[int] | None = None, special: bool = False
    ) -> None:
        self._tokenizer = tokenizer
        self._special = special  # told too, as the template writes them
        self._ids = list(before or ())
        self._start = 0  # where both decodes begin
        self._shown = len(self._ids)  # ids whose text is out

    def push(self, token: int) -> str:
        """The text that this token completes; empty while a character is incomplete."""
        self._ids.append(token)
        before, after = self._pair()
        waiting = len(self._ids) - self._shown
        if len(after) <= len(before) or (after.endswith(BROKEN) and waiting < LONGEST_CHARACTER):
            return ""
        return self._release(before, after)

    def flush(self) -> str:
        """What is still held back: at the end an incomplete character shows as U+FFFD."""
        before, after = self._pair()
        return self._release(before, after)

    def _pair(self) -> tuple[str, str]:
        before = self._decode(self._ids[self._start : self._shown])
        return before, self._decode(self._ids[self._start :])

    def _release(self, before: str, after: str) -> str:
        self._start, self._shown = self._shown, len(self._ids)
        return after[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(
            ids, skip_special_tokens=not self._special, clean_up_tokenization_spaces=False
        )


class Stopper:
    """Ends a text at the first stop string; holds back what could be the beginning of one."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.found = ""  # the stop string that ended the text

    def push(self, piece: str) -> str:
        """What of the text is certain to be shown; nothing after `found`."""
        text = self._held + piece
        places = [(text.find(stop), stop) for stop in self._stops if stop in text]
        if places:
            place, self.found = min(places)
            self._held = ""
            return text[:place]
        held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def flush(self) -> str:
        """What was held back, once no more comes."""
        held, self._held = self._held, ""
        return held


def without_system(messages: Sequence[Message]) -> Sequence[Message]:
    """The system prompt in front of the first message: some templates know no such role."""
    if len(messages) < 2 or messages[0].role != "system":
        return messages
    first = replace(messages[1], text=f"{messages[0].text}\n\n{messages[1].text}")
    return [first, *messages[2:]]


def _overlap(text: str, stop: str) -> int:
    """How much of the text's end could begin this stop string."""
    most = min(len(text), len(stop) - 1)
    return next((n for n in range(most, 0, -1) if text.endswith(stop[:n])), 0)
