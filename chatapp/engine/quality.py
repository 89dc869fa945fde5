"""What a precision costs in words: how far its scores are from transformers' own, on real weights.

On random weights the best two scores lie so near that the comparison says nothing. Knows nothing
about speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from chatapp.settings import Sampling

if TYPE_CHECKING:
    from chatapp.engine.decoding import Decoder, Forward

TOKENS = 512
MOST_KL, LEAST_AGREEMENT = 0.02, 0.95  # nats, share: the proposal for a format that may be default
FREE = Sampling(temperature=1.0, seed=1, top_k=0, top_p=1.0, min_p=0.0)


@torch.inference_mode()
def own_text(decoder: Decoder, start: int, tokens: int = TOKENS) -> list[int]:
    """What the model writes when nothing filters it: text that it finds likely."""
    ids = [start]
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    return ids + [picks[0].token for picks in decoder.decode(FREE, ids, tokens - 1)]


@torch.inference_mode()
def compare(model: Any, forward: Forward, ids: list[int]) -> dict[str, Any]:
    """Mean KL divergence in nats, and how often the likeliest token is the same.

    `forward` reads one id at a time, as in decoding; the model reads all at once in its own type.
    """
    row = torch.tensor([ids], device=model.device)
    expected = torch.log_softmax(model(row).logits[0].float(), -1)  # (ids, vocab)
    forward.forget()
    apart, same = 0.0, 0
    for place in range(len(ids)):
        told = torch.log_softmax(forward.run(row[:, place : place + 1])[0].float(), -1)
        true = expected[place]
        apart += float((true.exp() * (true - told)).sum())
        same += int(told.argmax() == true.argmax())
    forward.forget()
    kl, agreement = apart / len(ids), same / len(ids)
    return {
        "mean_kl": round(kl, 5),
        "top1_agreement": round(agreement, 4),
        "quality_ok": kl <= MOST_KL and agreement >= LEAST_AGREEMENT,
    }
