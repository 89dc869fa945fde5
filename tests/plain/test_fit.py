"""`chatapp fit`: the figures it tells, about which models, and the sentences when it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatapp import __main__, cards, fit, memory, places
from chatapp.cards import GIB, Card
from tests.plain.test_library import cached, model_in
from tests.plain.test_sizes import LLAMA

ROOT = Path(__file__).resolve().parents[2]
# Two tables, a final norm, and two layers of q, o; k, v; three of the feed-forward; two norms.
LLAMA_PARAMETERS = 2 * 80 + 8 + 2 * (2 * 64 + 2 * 32 + 3 * 96 + 2 * 8)


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card("a card", "cuda", 24 * GIB, 20 * GIB)
    monkeypatch.setattr(cards, "here", lambda: card)
    return card


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert __main__.main(["fit", *arguments, "--json"]) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


def readme_rows() -> list[tuple[str, ...]]:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    start = lines.index("## Which model for my GPU")
    table = (line for line in lines[start : start + 20] if line.startswith("| "))
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in table][1:]


@pytest.mark.parametrize("row", readme_rows(), ids=lambda row: row[1])
def test_the_table_of_the_readme_is_what_fit_tells(
    row: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    memory_, name, parameters, weights, cache, total = row
    figures = told(capsys, name, "--context", "8192", "--dtype", "bfloat16")
    assert parameters == f"{figures['parameters'] / 1e9:.2f} B"
    assert weights == f"{figures['weights_bytes'] / GIB:.1f}"
    assert cache == f"{figures['kv_bytes_per_token'] * 1000 / GIB:.2f}"
    assert total == f"{figures['total_bytes'] / GIB:.1f}"
    assert float(total) <= int(memory_.split()[0])


@pytest.mark.parametrize(
    ("name", "parameters", "context"),
    [
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1_100_048_384, 2048),
        ("mistralai/Mistral-Nemo-Instruct-2407", 12_247_782_400, 131072),
        ("microsoft/Phi-3-mini-4k-instruct", 3_821_079_552, 4096),
        ("meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496, 131072),
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8_030_261_248, 8192),
        ("Qwen/Qwen3-4B-Instruct-2507", 4_022_468_096, 262144),
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", 30_532_122_624, 262144),
        ("Qwen/Qwen3-4B", 4_022_468_096, 40960),
        ("allenai/OLMo-2-0425-1B-Instruct", 1_484_916_736, 4096),
    ],
)
def test_names_are_known_as_their_makers_write_them(
    name: str, parameters: int, context: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = told(capsys, name)
    assert figures["parameters"] == parameters
    assert figures["model_context"] == context


def test_a_published_name_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    figures = told(capsys, "Qwen/Qwen3-8B", "--context", "4096")
    assert figures["parameters"] == 8_190_735_360
    assert figures["weights_bytes"] == 2 * 8_190_735_360
    assert figures["kv_bytes_per_token"] == 144 * 1024
    assert figures["parts"]["kv_cache"] == 4096 * 144 * 1024
    assert figures["total_bytes"] == sum(figures["parts"].values())
    assert (figures["fits"], figures["reason"]) == (True, "")


def test_what_does_not_fit_says_why_and_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    figures = told(capsys, "qwen3-8b", "--context", "40960", "--dtype", "bfloat16")
    assert figures["fits"] is False
    assert f"{figures['largest_context']} tokens fit." in figures["reason"]


def test_auto_is_the_most_bits_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    short, long = (told(capsys, "qwen3-8b", "--context", n) for n in ("8192", "40960"))
    assert (short["dtype"], long["dtype"]) == ("bfloat16", "int8")
    assert long["fits"]


def test_the_largest_context_is_within_the_free_memory(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("qwen3-8b", "--dtype", "bfloat16")
    longest = told(capsys, *asked)["largest_context"]
    assert told(capsys, *asked, "--context", str(longest))["fits"]
    assert not told(capsys, *asked, "--context", str(longest + 1))["fits"]


def test_cards_are_told_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    figures = told(capsys, "llama-3.1-8b")
    holding = {card["name"]: card["fits"] for card in figures["cards"]}
    assert not holding["RTX 3060, 12 GB"]
    assert holding["RTX 4090, 24 GB"]
    assert all(card["fits"] != bool(card["reason"]) for card in figures["cards"])


def test_the_built_in_guide_is_counted_from_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    figures = told(capsys, "Built-in guide", "--dtype", "bfloat16")
    header_bytes = 8 + int.from_bytes(
        (places.starter() / "model.safetensors").read_bytes()[:8], "little"
    )
    file_bytes = (places.starter() / "model.safetensors").stat().st_size
    assert figures["weights_bytes"] == file_bytes - header_bytes
    assert figures["source"] == "files"


def test_candidates_need_a_cache_each(capsys: pytest.CaptureFixture[str]) -> None:
    one, four = (told(capsys, "gpt2", "--candidates", n)["parts"] for n in ("1", "4"))
    assert four["kv_cache"] == 4 * one["kv_cache"]


@pytest.mark.parametrize("how", ["lora", "full"])
def test_training_has_other_parts(capsys: pytest.CaptureFixture[str], how: str) -> None:
    figures = told(capsys, "smollm2-135m", "--train", how)
    assert {"weights", "gradients", "optimiser", "activations"} <= set(figures["parts"])
    assert (figures["context"], figures["training"]) == (512, how)


@pytest.mark.parametrize(
    ("name", "rows", "saves"), [("smollm2-135m", 2, True), ("guide", 8, False)]
)
def test_training_is_forecast_as_train_would_begin_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, rows: int,
    saves: bool,
) -> None:  # fmt: skip
    plans: list[memory.Plan] = []
    parts = memory.parts
    monkeypatch.setattr(memory, "parts", lambda s, p: plans.append(p) or parts(s, p))
    told(capsys, "Built-in guide" if name == "guide" else name, "--train", "lora")
    wanted = rows if rows == 2 else min(rows, 4)  # no more than a batch
    assert {(plan.rows, plan.saves) for plan in plans} == {(wanted, saves)}


def test_the_table_has_a_row_for_each_precision_and_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = told(capsys, "llama-3.2-1b")["table"]
    assert [(row["dtype"], row["context"]) for row in rows[:5]] == [
        ("float32", n) for n in (2048, 8192, 32768, 131072)
    ] + [("bfloat16", 2048)]


def test_eight_bits_fit_the_cards_that_have_the_product(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = told(capsys, "qwen3-0.6b", "--dtype", "int8")
    without = {card["name"] for card in figures["cards"] if not card["fits"]}
    assert without == {
        card.name for card in cards.CARDS if "V100" in card.name or "Apple" in card.name
    }


def test_windows_are_counted_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    figures = told(capsys, "gemma-3-4b", "--context", "131072", "--dtype", "bfloat16")
    assert figures["parts"]["kv_cache"] == 131072 * 136 * 1024
    assert figures["kv_bytes_windowed"] < figures["parts"]["kv_cache"] / 5


def test_a_folder_without_weights_is_counted_from_its_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    figures = told(capsys, str(tmp_path))
    assert (figures["source"], figures["parameters"]) == ("config.json", LLAMA_PARAMETERS)


def test_a_model_of_the_shared_cache_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hf" / "hub").mkdir(parents=True)
    snapshot = cached(tmp_path / "hf" / "hub", "org/name")
    (snapshot.parent.parent / "blobs" / "config.json").write_text(json.dumps(LLAMA))
    assert told(capsys, "org/name")["weights_bytes"] == 2 * 2


def test_a_quantised_model_takes_what_its_files_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = model_in(tmp_path / "packed")
    packed = LLAMA | {"quantization_config": {"quant_method": "fp8"}}
    (folder / "config.json").write_text(json.dumps(packed))
    figures = told(capsys, str(folder))
    assert (figures["dtype"], figures["weights_bytes"]) == ("stored", 8)
    assert figures["parameters"] == LLAMA_PARAMETERS


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "config.json is missing in bad. Choose the folder that contains config.json.\n"),
        ({"config.json": "{"}, "config.json is damaged. Download it again.\n"),
        ({"m.gguf": ""}, "This is a GGUF model; ChatApp chats with safetensors language models."),
        (
            {"config.json": json.dumps(LLAMA), "model.safetensors": "<!doctype html>"},
            "model.safetensors is a web page, not weights.",
        ),
    ],
)
def test_a_bad_folder_gets_the_gate_s_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], sentence: str
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    assert __main__.main(["fit", str(folder)]) == 1
    assert capsys.readouterr().err.startswith(sentence)


def test_an_unknown_id_is_one_line_without_a_look_at_the_network(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert __main__.main(["fit", "org/unheard-of"]) == 1
    assert capsys.readouterr().err == (
        "There is no model called org/unheard-of. Run 'chatapp models' to see what is here.\n"
    )


def test_more_tokens_than_the_model_can_see_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert __main__.main(["fit", "gpt2", "--context", "1025"]) == 1
    assert capsys.readouterr().err == "This model can see at most 1024 tokens. Ask for fewer.\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["gpt2", "--context", "0"], ["gpt2", "--train", "x"], ["gpt2", "--dtype", "x"]],
)
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        __main__.main(["fit", *arguments])
    assert end.value.code == 2


def test_the_text_ends_with_this_computer(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["fit", "gpt2"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("This computer (a card, 20.00 GiB free): fits with ")


def test_what_does_not_fit_is_split_over_the_devices_of_this_computer(
    capsys: pytest.CaptureFixture[str], gpu: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(gpu, device="cuda:0")
    spare = Card("a processor", "cpu", 64 * GIB, 60 * GIB, "cpu")
    monkeypatch.setattr(cards, "rooms", lambda: (here, spare))
    card, main_memory = told(capsys, "qwen3-14b", "--dtype", "bfloat16")["offloaded"]
    assert (card["device"], main_memory["device"]) == ("cuda:0", "cpu")
    assert card["layers"] + main_memory["layers"] == 40
    assert card["weights_bytes"] + main_memory["weights_bytes"] == 2 * 14_768_307_200
    assert card["total_bytes"] <= 20 * GIB
    assert __main__.main(["fit", "qwen3-14b", "--dtype", "bfloat16"]) == 0
    *_, heading, first, second = capsys.readouterr().out.splitlines()
    assert heading == "With --offload auto it runs, many times slower:"
    assert f"{card['layers']:>4} of 40 layers" in first
    assert "main memory" in second


@pytest.mark.parametrize("more", [("--train", "lora"), ("--dtype", "int8"), ("--context", "2048")])
def test_what_fits_or_cannot_be_split_is_not(
    capsys: pytest.CaptureFixture[str], gpu: Card, monkeypatch: pytest.MonkeyPatch, more: Any
) -> None:
    room = 16 * GIB if "--context" not in more else 90 * GIB
    here = replace(gpu, device="cuda:0", free_bytes=room)
    monkeypatch.setattr(cards, "here", lambda: here)
    monkeypatch.setattr(cards, "rooms", lambda: (here, replace(here, kind="cpu", device="cpu")))
    assert told(capsys, "qwen3-14b", *more)["offloaded"] == []


def test_the_figures_are_those_of_the_command(gpu: Card) -> None:
    figures = fit.report(fit.Asked("gpt2"))
    assert (figures["device"], figures["free_bytes"]) == (gpu.name, gpu.free_bytes)


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "mps"])
def test_a_device_that_is_not_here_is_told_and_not_replaced(
    device: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("CPU", "cpu", 8 << 30, 8 << 30))
    assert __main__.main(["fit", "qwen3-8b", "--device", device]) == 1
    assert f"The device {device} is not available" in capsys.readouterr().err
