"""What the losses of a training are said to mean."""

from __future__ import annotations

from chatapp.chat import Loss
from chatapp.commentary import Remark, remark


def losses(values: list[float], checks: dict[int, float] | None = None) -> list[Loss]:
    """One step a value; `checks` are held-out losses by step."""
    checks = checks or {}
    return [
        Loss(step, len(values), value, 1e-3, 100.0, checks.get(step))
        for step, value in enumerate(values, start=1)
    ]


FALLING = [5.0 - 0.1 * step for step in range(40)]


def test_nothing_is_said_of_a_few_steps() -> None:
    assert remark([]).kind == "begins"
    assert remark(losses(FALLING[:19])).kind == "begins"


def test_a_falling_loss_is_learning_only_beside_held_out_examples() -> None:
    assert remark(losses(FALLING, {20: 3.0, 40: 2.0})).kind == "learns"
    assert remark(losses(FALLING)).kind == "alone"


def test_three_worse_checks_are_memorising_and_name_the_best_step() -> None:
    checks = {10: 3.0, 20: 2.0, 30: 2.1, 35: 2.2}
    assert remark(losses(FALLING, checks)).kind == "learns"
    assert remark(losses(FALLING, {**checks, 40: 2.3})) == Remark("memorises", 20, 3)


def test_a_loss_that_rises_far_jumps() -> None:
    assert remark(losses([1.0] * 20 + [2.0] * 10)).kind == "jumps"


def test_a_loss_that_stays_stands() -> None:
    assert remark(losses([3.0] * 30)).kind == "stands"
