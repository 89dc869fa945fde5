"""Formulas in Markdown: found by their marks, to be shown as pictures or as their source.

Without this, `\\\\(x\\\\)` would lose its backslashes and `a_1 + b_1` between dollars would turn
italic. "$5 and $10" stays text, and so does what holds Japanese between single dollars: two prices
in a sentence look like a formula. Knows nothing about how a formula is drawn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatapp.formula import LONGEST, Formula

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_PAIRS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_LONGEST = 4_000  # characters between two marks
_DOLLARS = re.compile(r"\$(?![\s$])[^$\n`]{0,400}?[^\s$\\`]\$(?!\d)|\$[^\s$\d`]\$(?!\d)")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def enable(parser: MarkdownIt) -> None:
    """Teach the parser formulas."""
    parser.inline.ruler.before("escape", "maths", _inline)
    around = ["paragraph", "reference", "blockquote", "list"]  # what it may interrupt
    parser.block.ruler.before("fence", "maths", _block, {"alt": around})


def read(token: Token) -> Formula | None:
    """The formula that a token is; None for another one, and for what is never drawn."""
    source = token.content.strip()
    if token.type == "fence" and token.info.split()[:1] == ["math"]:
        return _formula(source, True)
    if not token.meta.get("formula"):
        return None
    mark = 2 if source[:2] in _PAIRS else 1
    return _formula(source[mark:-mark], source[:2] in {"\\[", "$$"})


def _formula(latex: str, display: bool) -> Formula | None:
    latex = " ".join(latex.split())
    drawn = latex and len(latex) <= LONGEST and not _CJK.search(latex)
    return Formula(latex, display) if drawn else None


def _inline(state: StateInline, silent: bool) -> bool:
    end = _end(state.src, state.pos)
    if not end or end > state.posMax:
        return False
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.content, token.meta = state.src[state.pos : end].replace("\n", " "), {"formula": True}
    state.pos = end
    return True


def _end(text: str, start: int) -> int:
    """Behind the formula that begins here, 0 = there is none."""
    closing = _PAIRS.get(text[start : start + 2])
    if closing:
        found = text.find(closing, start + 2, start + _LONGEST)
        return found + 2 if found > start + 2 else 0
    match = _DOLLARS.match(text, start) if text[start : start + 1] == "$" else None
    return match.end() if match and not _CJK.search(match[0]) else 0


def _block(state: StateBlock, start: int, last: int, silent: bool) -> bool:
    """Lines from one that begins with a mark to one that ends with its partner."""
    first = _line(state, start)
    closing = _PAIRS.get(first[:2])
    if closing is None or closing == "\\)" or state.is_code_block(start):
        return False
    for number in range(start, last):
        line = _line(state, number)
        if not line or state.sCount[number] < state.blkIndent:
            return False
        if line.endswith(closing) and (number > start or len(first) > 4):
            break
        if closing in (line[2:] if number == start else line):
            return False  # text goes on behind it: it stands inside a line
    else:
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.map = "latex", [start, number + 1]
        token.meta = {"formula": True}
        token.content = state.getLines(start, number + 1, state.sCount[start], True)
        state.line = number + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()
