"""A conversation through a model's chat template, within a budget of time, text and memory.

A template is a program of strangers. transformers runs it in jinja2's sandbox, which keeps it from
our objects but lets it run and write for ever; here the sandbox also counts. Every loop, call,
filter and test looks at the clock, and whatever could grow is measured before it is made. What
stays possible is one long comparison of nested lists. Knows nothing about models or answers.
"""

from __future__ import annotations

import functools
import operator
import re
import threading
import time
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import filters, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from transformers.utils import chat_template_utils

from chatapp.chat import UserError
from chatapp.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LONGEST_SOURCE = 256_000  # characters of a template; the longest in use has a tenth of it
LONGEST_S = 2.0
LONGEST_TEXT = 4_000_000  # characters, and twice those of the conversation
MOST_MADE = 256_000_000  # characters of all texts on the way, and a hundred times the conversation
MOST_ITEMS = 100_000  # of a list, and of all in it
WIDEST = 64  # characters of an indentation or a field's padding
DEEPEST = 64
LONGEST_NUMBER = 4096  # bits
ENTRY = 16  # what an item of a list counts, in characters

_FILTERS = {
    "abs", "attr", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first",
    "float", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower",
    "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "safe",
    "select", "selectattr", "sort", "string", "sum", "title", "tojson", "trim", "truncate",
    "unique", "upper", "urlencode", "wordcount",
}  # fmt: skip
_OF_TEXT = {
    "capitalize", "casefold", "count", "endswith", "find", "format", "format_map", "index",
    "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "islower", "isnumeric",
    "isspace", "istitle", "isupper", "join", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split",
    "splitlines", "startswith", "strip", "swapcase", "title", "upper",
}  # fmt: skip
# Of a format: a long number, or a width from elsewhere.
_WIDE = re.compile(r"\d{3,}|\*|\{[^{}]*:[^{}]*\{")


class _Budget(threading.local):
    """What the rendering on this thread may still use; outside of one, what compiling may."""

    end = float("inf")
    text = LONGEST_TEXT
    made = MOST_MADE

    def start(self, characters: int) -> None:
        self.end = time.monotonic() + LONGEST_S
        self.text = LONGEST_TEXT + 2 * characters
        self.made = MOST_MADE + 100 * characters

    def stop(self) -> None:
        self.end, self.text, self.made = float("inf"), LONGEST_TEXT, MOST_MADE

    def spend(self) -> bool:
        """One step. Raises UserError when the time is over."""
        if time.monotonic() > self.end:
            raise stopped(Reason("it ran for more than {seconds} s", seconds=LONGEST_S))
        return True

    def allow(self, characters: int) -> None:
        """A text of so many is about to be made. Raises UserError where that is too long."""
        self.made -= characters
        if characters > self.text or self.made < 0:
            raise stopped(Reason("it writes too much"))


_budget = _Budget()


def stopped(why: Reason) -> UserError:
    """What a person reads of a template that does not end."""
    return UserError(
        "The chat template of this model was stopped ({why}).",
        "Choose another model and report this one.",
        why=why,
    )


def render(tokenizer: Any, turns: Sequence[dict[str, str]], prompt: bool, **more: Any) -> list[int]:
    """Token ids of the conversation; what a person typed never becomes a role.

    `prompt`: with the opening of an answer behind it. Raises UserError for a template that goes
    beyond its budget, and whatever else the template raises.
    """
    if len(str(tokenizer.chat_template)) > LONGEST_SOURCE:
        raise stopped(Reason("it is longer than {count} characters", count=LONGEST_SOURCE))
    _budget.start(sum(len(turn["content"]) for turn in turns))
    try:
        ids: list[int] = tokenizer.apply_chat_template(
            list(turns),
            add_generation_prompt=prompt,
            tokenize=True,
            return_dict=False,
            sanitize_control_tokens=True,
            **more,
        )
    finally:
        _budget.stop()
    return list(ids)


# -- the sandbox ----------------------------------------------------------------------------------


class Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's, with the budget of the thread that renders."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.finalize = _shown
        self.concat = _joined  # type: ignore[method-assign]
        self.globals.pop("lipsum", None)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """jinja2's own hook: the filters that others added are here by now."""
        own = {"join": _join, "replace": _replace, "sum": _sum, "string": _shown}
        known: dict[str, Any] = {**self.filters, **own}
        self.filters = {name: _guarded(known[name], _CHECKS.get(name)) for name in _FILTERS}
        tests: dict[str, Any] = dict(self.tests)
        self.tests = {name: _guarded(test, None) for name, test in tests.items()}
        return super()._generate(_Counting(self).visit(source), *args, **kwargs)

    def spend(self) -> bool:
        """A loop begins another round."""
        return _budget.spend()

    def told(self, *values: Any) -> str:
        """What `~` makes."""
        return _joined([str(_shown(value)) for value in values])

    def cut(self, value: Any) -> Any:
        """What `[a:b]` made."""
        return _measured(value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """`+ * ** %`, measured before they are done."""
        _budget.spend()
        _check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of a text only the methods that cannot blow it up, of a number none."""
        if isinstance(obj, str) and attr not in _OF_TEXT:
            return False
        return not isinstance(obj, (int, float, bytes)) and super().is_safe_attribute(
            obj, attr, value
        )

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`.format` without wide fields."""
        made = super().wrap_str_format(value)
        if made is None:
            return None

        def write(*args: Any, **kwargs: Any) -> str:
            _check_format(value.__self__, "{", (args, kwargs))
            return made(*args, **kwargs)

        return write

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Every call of a template: its own macros, our functions, methods of values."""
        _budget.spend()
        text = getattr(obj, "__self__", None)
        if isinstance(text, str) and obj.__name__ in ("join", "replace"):
            own = _replace if obj.__name__ == "replace" else _put_between
            return _measured(own(text, *args, **kwargs))
        return _measured(super().call(context, obj, *args, **kwargs))


class _Counting(NodeTransformer):
    """Puts the budget into what jinja2 compiles to plain Python: loops, `~` and `[a:b]`."""

    def __init__(self, environment: Sandbox) -> None:
        self._environment = environment

    def _call(self, name: str, given: list[nodes.Expr], line: int) -> nodes.Call:
        made = nodes.Call(nodes.EnvironmentAttribute(name), given, [], None, None)
        made.set_lineno(line).set_environment(self._environment)
        return made

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        round_ = self._call("spend", [], node.lineno)
        node.body.insert(0, nodes.ExprStmt(round_).set_lineno(node.lineno))
        if node.test is not None:
            test = nodes.And(self._call("spend", [], node.lineno), node.test)
            node.test = test.set_lineno(node.lineno).set_environment(self._environment)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return self._call("told", node.nodes, node.lineno)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            return self._call("cut", [node], node.lineno)
        return node


def _guarded(work: Callable[..., Any], check: Callable[..., None] | None) -> Callable[..., Any]:
    """The same filter or test within the budget."""
    hidden = 1 if hasattr(work, "jinja_pass_arg") else 0  # jinja2's own first argument

    @functools.wraps(work)
    def run(*args: Any, **kwargs: Any) -> Any:
        _budget.spend()
        if check is not None:
            check(*args[hidden:], **kwargs)
        return _measured(work(*args, **kwargs))

    return run


# -- what could grow ------------------------------------------------------------------------------


def _measured(value: Any) -> Any:
    """The same, counted."""
    if isinstance(value, str):
        _budget.allow(len(value))
    elif isinstance(value, (list, tuple)):
        _budget.allow(ENTRY * len(value))
    return value


def _weight(value: Any) -> int:
    """The characters that its text will have, about. Raises UserError where they are too many."""
    if isinstance(value, str):
        return len(value)
    total = items = 0
    open_values: list[tuple[Any, int]] = [(value, 0)]
    while open_values:
        one, depth = open_values.pop()
        items += 1
        total += len(one) if isinstance(one, str) else ENTRY
        if items > MOST_ITEMS or depth > DEEPEST or total > _budget.text:
            raise stopped(Reason("it writes too much"))
        if isinstance(one, dict):
            open_values += [(inner, depth + 1) for pair in one.items() for inner in pair]
        elif isinstance(one, (list, tuple)):
            open_values += [(inner, depth + 1) for inner in one]
    return total


def _shown(value: Any) -> str:
    """Its text: what `{{ }}` writes and the filter `string` gives."""
    _budget.spend()
    _budget.allow(_weight(value))
    return value if isinstance(value, str) else str(value)


def _joined(pieces: Iterable[str]) -> str:
    """What a template, a macro or a block has written so far, until it is too much."""
    return "".join(_counted(pieces))


def _counted(pieces: Iterable[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        _budget.spend()
        length += len(piece)
        if length > _budget.text:
            raise stopped(Reason("it writes too much"))
        yield piece
    _budget.allow(length)


def _put_between(text: str, values: Iterable[str]) -> str:
    found = list(values)
    _budget.allow(len(text) * len(found))
    list(_counted(value for value in found if isinstance(value, str)))
    return text.join(found)


def _join(value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    """jinja2's filter, which joins whatever it is given."""
    if attribute is not None:
        value = map(filters.make_attrgetter(_PLAIN, attribute), value)
    return _put_between(str(_shown(d)), [_shown(one) for one in value])


def _replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    text, old, new = (str(_shown(one)) for one in (text, old, new))
    _budget.allow(len(text) + text.count(old) * len(new))
    return text.replace(old, new, -1 if count is None else count)


def _sum(values: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    """Of numbers only: lists would grow with every step."""
    if attribute is not None:
        values = map(filters.make_attrgetter(_PLAIN, attribute), values)
    numbers = [start, *values]
    if not all(isinstance(one, (int, float)) for one in numbers):
        raise jinja2.TemplateRuntimeError("only numbers can be summed")
    return functools.reduce(operator.add, numbers)


def _check_operation(name: str, left: Any, right: Any) -> None:
    """Before it is done. Raises UserError where the outcome would be too large."""
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if numbers:
        _check_numbers(name, left, right)
    elif name == "%" and isinstance(left, str):
        _check_format(left, "%", right)
    elif name == "+":
        _budget.allow(sum(map(_length, (left, right))))
    elif name == "*":
        times = next((one for one in (left, right) if isinstance(one, int)), 0)
        _budget.allow((_length(left) + _length(right)) * max(times, 0))


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    return ENTRY * len(value) if isinstance(value, (list, tuple)) else 0


def _check_numbers(name: str, left: float, right: float) -> None:
    if not (isinstance(left, int) and isinstance(right, int)):
        return
    bits = left.bit_length() + right.bit_length()
    if name == "**":
        bits = left.bit_length() * max(right, 0)
    if bits > LONGEST_NUMBER:
        raise stopped(Reason("it counts too far"))


def _check_format(text: str, sign: str, values: Any) -> None:
    """`%` and `.format`: no field may be wide, and each value may stand in each field."""
    if _WIDE.search(text):
        raise stopped(Reason("it writes too much"))
    _budget.allow(len(text) + text.count(sign) * _weight(values))


def _check_indent(text: str, width: int | str = 4, *_: Any, **__: Any) -> None:
    size = len(width) if isinstance(width, str) else width
    if size > WIDEST:
        raise stopped(Reason("it writes too much"))
    _budget.allow(len(text) + size * (text.count("\n") + 1))


def _check_json(value: Any, *args: Any, indent: Any = None, **kwargs: Any) -> None:
    size = len(indent) if isinstance(indent, str) else indent or 0
    if size > WIDEST or args:
        raise stopped(Reason("it writes too much"))
    _budget.allow(_weight(value))


def _check_round(value: Any, precision: int = 0, *_: Any, **__: Any) -> None:
    if precision > DEEPEST:
        raise stopped(Reason("it counts too far"))


_CHECKS: dict[str, Callable[..., None]] = {
    "indent": _check_indent,
    "tojson": _check_json,
    "round": _check_round,
}
_PLAIN = ImmutableSandboxedEnvironment()
# transformers compiles every template in the class that this name has there.
chat_template_utils.ImmutableSandboxedEnvironment = Sandbox
chat_template_utils._compile_jinja_template.cache_clear()
