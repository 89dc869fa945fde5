"""A reason inside an error's sentence, which the window can say in its own language.

Knows nothing about what went wrong.
"""

from __future__ import annotations


class Reason(str):
    """English text that remembers what it was made of: `Reason("it says {status}", status=503)`."""

    template: str
    values: dict[str, str | int | float]

    def __new__(cls, template: str, **values: str | int | float) -> Reason:
        """The template filled in; what a stranger said belongs into a value."""
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made
