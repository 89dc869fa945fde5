"""Source code as runs of colour names, by the language that the fence states and no guess.

Knows nothing about documents, and nothing about which colours the names stand for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

MOST_COLOURED = 10_000  # characters, some 40 ms; longer code stays in one colour

# Keys are Pygments' token types, which are tuples of names.
_INKS: dict[tuple[str, ...], str] = {
    ("Comment",): "code_comment",
    ("Keyword",): "code_keyword",
    ("Keyword", "Type"): "code_kind",
    ("Operator", "Word"): "code_keyword",
    ("Literal", "String"): "code_text",
    ("Literal", "Number"): "code_number",
    ("Name", "Function"): "code_name",
    ("Name", "Class"): "code_name",
    ("Name", "Builtin"): "code_name",
    ("Name", "Decorator"): "code_kind",
    ("Name", "Attribute"): "code_kind",
    ("Name", "Tag"): "code_keyword",
    ("Generic", "Inserted"): "code_text",
    ("Generic", "Deleted"): "danger",
    ("Generic", "Heading"): "code_keyword",
    ("Generic", "Subheading"): "code_keyword",
}


@lru_cache(maxsize=64)
def runs(source: str, language: str) -> list[tuple[str, str]]:
    """(text, field of `look.Colours`), which together are the source unchanged."""
    lexer = _lexer(language) if language and len(source) <= MOST_COLOURED else None
    if lexer is None:
        return [(source, "text")]
    found: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(source):
        ink = _ink(kind)
        if found and (found[-1][1] == ink or not text.strip()):
            found[-1] = (found[-1][0] + text, found[-1][1])
        else:
            found.append((text, ink))
    whole = "".join(text for text, _ in found)
    return found if whole == source else [(source, "text")]


def _lexer(language: str) -> Lexer | None:
    # Imported with the first code block: the window's first paint needs none of it.
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _ink(kind: _TokenType) -> str:
    while kind not in _INKS and kind.parent is not None:
        kind = kind.parent
    return _INKS.get(kind, "text")
