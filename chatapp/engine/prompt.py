"""Messages -> token ids by the chat template; token ids -> pieces of text as they come.

A base model has no template: its prompt is the plain text. Knows nothing about models or devices.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Message

log = logging.getLogger(__name__)

BROKEN = "\ufffd"
LONGEST_CHARACTER = 8  # tokens: byte-level tokenizers need at most 4 for one character


class Prompt:
    """Renders messages for one tokenizer and checks every id against the embedding's rows."""

    def __init__(self, tokenizer: Any, rows: int) -> None:
        self._tokenizer = tokenizer
        self._rows = rows
        self.has_template = bool(tokenizer.chat_template)

    def ids(self, messages: Sequence[Message], complete: bool = False) -> list[int]:
        """Token ids of the prompt, never empty. Raises UserError when the template refuses."""
        if complete or not self.has_template:
            texts = [message.text for message in messages]
            ids = self._tokenizer("\n".join(texts)).input_ids
        else:
            ids = self._render(messages)
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

    def _render(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": message.role, "content": message.text} for message in messages]
        try:
            return self._tokenizer.apply_chat_template(
                turns,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=False,
                sanitize_control_tokens=True,  # what a person types never becomes a role
            )
        except Exception as error:  # a template is a program: whatever it raises, it refused
            log.info("prompt: the chat template refused: %r", error)
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UserError(
            "This model's chat template refused the conversation ({reason}).",
            "Choose another model, or start a new chat.",
            reason=reason,
        )

    def ends(self, generation_config: Any) -> frozenset[int]:
        """Every id that ends an answer."""
        named = generation_config.eos_token_id if generation_config else None
        ends = set(named if isinstance(named, list) else [named])
        ends.add(self._tokenizer.eos_token_id)
        return frozenset(end for end in ends if end is not None)

    def detokenizer(self) -> Detokenizer:
        """A fresh one for one answer."""
        return Detokenizer(self._tokenizer)


class Detokenizer:
    """Joins tokens to text in O(1) each; holds back only a character that is not complete.

    A token's text depends on its left neighbour (a leading space, say), so each piece is the
    difference of two short decodes that start at the same, already shown token.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._start = 0  # where both decodes begin
        self._shown = 0  # ids whose text is out

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
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
