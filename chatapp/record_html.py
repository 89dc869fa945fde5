"""Conversations as one HTML file to read, print or send: no scripts, nothing is fetched.

What an answer wrote as Markdown is set; HTML in any text is shown as text, pictures as their
words, and only http and https links are links. The file forbids the browser everything but its
own few styles. Knows nothing about files.
"""

from __future__ import annotations

import time
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from chatapp.record import one_line
from chatapp.record_markdown import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from chatapp.record import Node, Record

DEEPEST = 32  # nested quotes and lists
LONGEST = 200_000  # characters; a longer text is not set, but shown as it is
_HEAD = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.6 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem;
 max-width: 46rem }}
h1 {{ font-size: 1.5rem }}
h2 {{ font-size: .85rem; margin: 2rem 0 .25rem }}
h2 span {{ font-weight: normal }}
.typed, pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
.typed, pre, code {{ background: rgba(127, 127, 127, .13); border-radius: .4rem }}
.typed, pre {{ padding: .7rem .9rem }}
pre code {{ background: none }}
table {{ border-collapse: collapse }}
th, td {{ border: 1px solid rgba(127, 127, 127, .5); padding: .25rem .6rem }}
blockquote {{ border-left: 3px solid rgba(127, 127, 127, .5); margin: 0; padding-left: 1rem }}
</style>
</head>
<body>
"""
_TAIL = "</body>\n</html>\n"


def pieces(records: Iterable[Record]) -> Iterator[str]:
    """The file, a message at a time."""
    title = ""
    for number, record in enumerate(records):
        title = one_line(record.title) or "Chat"
        if not number:
            yield _HEAD.format(title=escape(title))
        yield f"<h1>{escape(title)}</h1>\n"
        if record.manner.system:
            yield f"<h2>{NAMES['system']}</h2>\n{_typed(record.manner.system)}\n"
        yield from map(_section, record.branch())
    if not title:
        yield _HEAD.format(title="ChatApp")
    yield _TAIL


def _section(node: Node) -> str:
    about = [node.model] if node.model else []
    if node.created:
        about.append(time.strftime("%Y-%m-%d %H:%M", time.localtime(node.created)))
    body = _set(node.text) if node.role == "assistant" else _typed(node.text)
    return f"<h2>{NAMES[node.role]} <span>{escape(' · '.join(about))}</span></h2>\n{body}\n"


def _typed(text: str) -> str:
    return f'<div class="typed">{escape(text)}</div>'


def _set(text: str) -> str:
    """The Markdown as HTML; as it is where it is too long or nested too deep."""
    if len(text) > LONGEST:
        return _typed(text)
    tokens = _parser().parse(text)
    if max((token.level for token in tokens), default=0) >= DEEPEST - 1:
        return _typed(text)
    return str(_parser().renderer.render(tokens, _parser().options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # 50 ms that only an export to HTML needs
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_web  # type: ignore
    parser.add_render_rule("image", _picture)
    return parser


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def _picture(renderer: Any, tokens: Sequence[Token], place: int, options: Any, known: Any) -> str:
    """A picture is told, never shown: showing it would fetch it."""
    token = tokens[place]
    return escape(f"[{token.content}] ({token.attrs.get('src', '')})")
