"""`Refusal`: why a program that asks the local API gets no answer, in OpenAI's shape.

Its words hold numbers and names of fields, never a path and nothing of a prompt.
Knows nothing about HTTP connections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatapp.chat import Failed

# Values of a sentence that cannot hold a path or a piece of a prompt.
HARMLESS = {"needed", "limit", "device", "tokens", "rows"}
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class Refusal(Exception):
    """An HTTP status, and what a person is to read: what is the case, and what to do."""

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.param = param  # the field that is wrong
        self.code = code
        self.headers = headers

    def told(self) -> dict[str, Any]:
        """The body."""
        usual = "invalid_request_error" if self.status < 500 else "server_error"
        kind = KINDS.get(self.status, usual)
        about = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": about}


def refused(failed: Failed) -> Refusal:
    """What a failed answer is told as."""
    values = dict(failed.values)
    if failed.details:
        return Refusal(500, "Something went wrong in ChatApp. Its log says what.")
    if "needed" in values:
        return Refusal(400, str(failed.error), "messages", "context_length_exceeded")
    if "reason" in values:  # a template's own words, which may repeat the prompt
        return Refusal(
            400,
            "The model's chat template refused the conversation. "
            "Many want the roles user and assistant by turns.",
            "messages",
        )
    if set(values) <= HARMLESS:
        return Refusal(503, str(failed.error))
    return Refusal(503, "The model cannot answer now. ChatApp's window or log says why.")
