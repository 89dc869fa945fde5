"""An answer as a short Python program: transformers, the same numbers, the same dice.

In float32 on a CPU the program prints the same words; in fewer bits rounding may choose others,
and the program says so. Whatever it quotes is a literal: a text can never become code. Knows
nothing about windows, and imports nothing of what it writes about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatapp import settings
from chatapp.settings import Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Message, Origin

SHORT = 256  # scores among which ChatApp draws when top-k is at most this
DEVICES = {"CPU": "cpu", "Apple GPU": "mps"}  # any other is CUDA's
EXACT = {"float32", "bfloat16", "float16"}  # precisions that transformers has too

_HEAD = '''"""{about}"""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers import generation as steps

FOLDER = {folder}
MESSAGES = [
{messages}]
START = {start}  # what the answer began with
STOPS = {stops}

tokenizer = AutoTokenizer.from_pretrained(FOLDER)
model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.{dtype}).to("{device}")
{adapter}if tokenizer.chat_template:
    ids = tokenizer.apply_chat_template(
        MESSAGES, add_generation_prompt=True, tokenize=True, return_dict=False,
        sanitize_control_tokens=True{thinking}
    )
    ids += tokenizer(START, add_special_tokens=False).input_ids
else:
    texts = [message["content"] for message in MESSAGES] + [START] * bool(START)
    ids = tokenizer("\\n".join(texts)).input_ids
'''
_COUNTING = '''

class Discourage(steps.LogitsProcessor):
    """Lowers the words that the answer has used."""

    def __call__(self, seen, scores):
        counts = torch.bincount(seen[0, len(ids):], minlength=scores.shape[1])
        return scores - {presence} * (counts > 0) - {frequency} * counts
'''
_DRAW = '''

class Draw(steps.LogitsProcessor):
    """Chooses a word in proportion to the scores (the Gumbel-max trick), with ChatApp's dice."""

    dice = torch.Generator(model.device).manual_seed({seed})

    def __call__(self, seen, scores):
        best, places = scores.float().topk({width})
        noise = torch.empty({width}, device=model.device).exponential_(generator=self.dice)
        noise.clamp_(min=torch.finfo(torch.float32).tiny)
        choice = places[0, (best[0] - noise{order}.log()).argmax()]
        return torch.full_like(scores, -torch.inf).index_fill(1, choice[None], 0.0)
'''
_TAIL = """
ends = model.generation_config.eos_token_id
ends = {{*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id}} - {{None}}
model.generation_config = GenerationConfig(
    do_sample=False, max_new_tokens={limit}, eos_token_id=sorted(ends), pad_token_id=0,
    stop_strings=STOPS or None,
)
out = model.generate(
    torch.tensor([ids], device=model.device),
    tokenizer=tokenizer,
    logits_processor=steps.LogitsProcessorList([
{steps}    ]),
)
text = tokenizer.decode(out[0, len(ids):], skip_special_tokens=True)
for stop in STOPS:
    text = text.partition(stop)[0]
print(START + text)
"""


def script(messages: Sequence[Message], origin: Origin, seed: int | None = None) -> str:
    """The program. `messages` are what the model saw, `seed` the one of this very answer."""
    knobs = Sampling(**settings.only(Sampling, dict(origin.knobs)))
    seed = max(knobs.seed, 0) if seed is None else seed
    exact = origin.dtype in EXACT
    wished = "" if knobs.thinking == "auto" else f", enable_thinking={knobs.thinking == 'on'}"
    turns = (f'    {{"role": {m.role!r}, "content": {m.text!r}}},\n' for m in messages)
    head = _HEAD.format(
        about=_about(origin, exact),
        folder=repr(origin.path),
        messages="".join(turns),
        start=repr(origin.opening),
        stops=list(settings.stops(knobs.stop_strings)),
        dtype=origin.dtype if exact else "float32",
        device=DEVICES.get(origin.device, "cuda"),
        adapter=f"model.load_adapter({origin.adapter!r})\n" if origin.adapter else "",
        thinking=wished,
    )
    parts = [head]
    if knobs.presence_penalty or knobs.frequency_penalty:
        parts.append(
            _COUNTING.format(presence=knobs.presence_penalty, frequency=knobs.frequency_penalty)
        )
    if knobs.temperature:
        parts.append(_draw(knobs, seed))
    lines = "".join(f"        {step},\n" for step in _steps(knobs))
    parts.append(_TAIL.format(limit=knobs.max_new_tokens, steps=lines))
    return "".join(parts)


def _about(origin: Origin, exact: bool) -> str:
    """What the program is, in its first lines; nothing in them may end the string."""
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions)
    lines = [
        f"An answer of {origin.model} again, with transformers.",
        f"It was made on {origin.device} in {origin.dtype} by {versions}.",
    ]
    if not exact:
        lines.append("transformers has no such precision: in float32 other words may come.")
    elif origin.dtype != "float32":
        lines.append("In 16 bits, rounding may choose other words.")
    return "\n".join(" ".join(line.split()).replace("\\", "/").replace('"', "'") for line in lines)


def _draw(knobs: Sampling, seed: int) -> str:
    """Among few scores the noise belongs to the place in their order, among all to the word."""
    few = 0 < knobs.top_k <= SHORT
    width = f"min({SHORT}, scores.shape[1])" if few else "scores.shape[1]"
    return _DRAW.format(seed=seed, width=width, order="" if few else "[places[0]]")


def _steps(knobs: Sampling) -> list[str]:
    """ChatApp's order, which is that of transformers."""
    made = []
    if knobs.repetition_penalty != 1:
        made.append(f"steps.RepetitionPenaltyLogitsProcessor({knobs.repetition_penalty})")
    if knobs.presence_penalty or knobs.frequency_penalty:
        made.append("Discourage()")
    if biases := settings.biases(knobs.logit_bias):
        pairs = {(token,): amount for token, amount in biases}
        made.append(f"steps.SequenceBiasLogitsProcessor({pairs})")
    if not knobs.temperature:
        return made
    if knobs.temperature != 1:
        made.append(f"steps.TemperatureLogitsWarper({knobs.temperature})")
    if knobs.top_k:
        made.append(f"steps.TopKLogitsWarper({knobs.top_k})")
    if knobs.top_p < 1:
        made.append(f"steps.TopPLogitsWarper({knobs.top_p})")
    if knobs.min_p:
        made.append(f"steps.MinPLogitsWarper({knobs.min_p})")
    return [*made, "Draw()"]
