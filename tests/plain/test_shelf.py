"""What the Library page knows: what fits, what a person said, what a deletion frees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatapp import (
    cards,
    catalogue,
    errands,
    gate,
    hub_token,
    library,
    memory,
    places,
    recommended,
    register,
    shelf,
    sizes,
)
from chatapp.cards import Card
from chatapp.chat import Fetched, Found, UserError
from chatapp.memory import Plan
from chatapp.mixing import Ways
from chatapp.settings import Loading
from tests.plain.test_downloads import FILES, served
from tests.plain.test_library import cached, model_in, starter

__all__ = ["served", "starter"]  # fixtures

GB = 10**9
SIZES = {
    "model_type": "llama", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 8,
    "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
}  # fmt: skip


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 5 * GB))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def sized(folder: Path) -> Path:
    model_in(folder)
    (folder / "config.json").write_text(json.dumps(SIZES))
    return folder


def rows(returned_bytes: int = 0, ways: Ways | None = None) -> dict[str, shelf.Row]:
    return {row.model.name: row for row in shelf.look(ways or Ways(), returned_bytes).rows}


# -- what fits --


def test_unloading_counts_as_free(home: Path) -> None:
    assert shelf.room(2 * GB).free_bytes == 7 * GB
    assert shelf.room(99 * GB).free_bytes == 8 * GB  # no card has more than it has


def test_each_model_tells_whether_it_fits_and_at_which_lengths(home: Path) -> None:
    sized(places.models() / "tiny")
    row = rows()["tiny"]
    assert row.light is not None
    assert row.light.word == "fits"
    assert {(cell.dtype, cell.context) for cell in row.cells} == {
        (dtype, length)
        for dtype in ("float32", "bfloat16", "int8", "int4")
        for length in (2048, 4096)
    }
    assert row.cells[-1].need_bytes > row.cells[-2].need_bytes


def test_auto_is_foreseen_whatever_is_set(home: Path) -> None:
    sized(places.models() / "tiny")
    knobs = Loading(dtype="int4", context_length=1024)
    (found,) = errands.foresee(library.find("tiny"), knobs, GB)
    assert isinstance(found, Found)
    row, room = found.models
    assert (row.dtype, row.chooser, row.context) == ("bfloat16", "auto", 1024)
    assert room.free_bytes == 6 * GB


def test_layers_that_do_not_fit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = sizes.read(catalogue.SHAPES["llama-3.1-8b"])
    card = Card("card", "cuda", 24 * GB, 1, "cuda:0")
    spare = Card("memory", "cpu", 64 * GB, 30 * GB, "cpu")
    monkeypatch.setattr(cards, "rooms", lambda: (card, spare))
    plan = Plan("bfloat16", 8192)
    away, layers = shelf._spilled(shape, plan, 12 * GB)
    assert (0 < away < layers, layers) == (True, 32)
    assert shelf._spilled(shape, plan, 24 * GB) == (0, 0)  # it fits
    assert shelf._spilled(shape, plan, 2 * GB) == (0, 0)  # not one layer does
    monkeypatch.setattr(cards, "rooms", lambda: (spare,))
    assert shelf._spilled(shape, plan, 12 * GB) == (0, 0)


QWEN = sizes.read(catalogue.SHAPES["qwen3-8b"])


def judged(knobs: Loading, gigabytes: float, few_bits: bool = True) -> shelf.Row:
    """What is told of Qwen3-8B on a card with so much free."""
    free = int(gigabytes * cards.GIB)
    here = shelf.Room(Card("card", "cuda", 2 * free, free, few_bits=few_bits), GB)
    model = library.Model("m", "/m", "folder", 1, True, facts=facts(QWEN))
    return shelf._row(model, Ways(knobs), here)


def facts(shape: sizes.Shape) -> gate.Facts:
    return gate.Facts(shape.model_type, (), (), 1, 1, "bfloat16", 40960, 1, {}, shape)


def test_a_model_is_judged_in_the_precision_and_at_the_context_that_are_set() -> None:
    assert judged(Loading(), 24).dtype == "bfloat16"
    row = judged(Loading(dtype="float32"), 24)
    assert (row.dtype, row.chooser) == ("float32", "set")
    assert row.light
    assert row.light.word == "too big"
    assert row.light.values["need"] == 34.1
    assert "of them for the weights" in str(row.refusal)
    assert judged(Loading(dtype="int4"), 10).light == judged(Loading(), 10).light
    longer = judged(Loading(dtype="int4", context_length=32768), 10)
    assert longer.light
    assert longer.light.word == "too big"
    assert {cell.context for cell in judged(Loading(context_length=16384), 24).cells} == {
        2048, 8192, 16384, 32768, 40960,
    }  # fmt: skip


def test_each_cell_tells_its_parts_and_the_largest_context_that_fits() -> None:
    row = judged(Loading(), 24)
    for cell in row.cells:
        assert dict(cell.parts) == memory.parts(QWEN, Plan(cell.dtype, cell.context))
        assert sum(dict(cell.parts).values()) == cell.need_bytes
    largest = {cell.dtype: cell.largest for cell in row.cells}
    assert (largest["float32"], largest["int4"]) == (0, 40960)
    twenty = {cell.dtype: cell.largest for cell in judged(Loading(), 20).cells}["bfloat16"]
    need = memory.total_bytes(QWEN, Plan("bfloat16", twenty))
    assert need <= 20 * cards.GIB < need + 300_000


def test_another_card_is_asked_about_as_it_is_sold() -> None:
    def taken(knobs: Loading, name: str) -> list[tuple[str, int]]:
        found = shelf.elsewhere(QWEN, knobs, name)
        assert found.room.device == name
        return [(cell.dtype, cell.context) for cell in found.cells if cell.taken]

    assert taken(Loading(), "RTX 3060, 12 GB") == [("int8", 8192)]
    assert taken(Loading(dtype="float16"), "A100, 80 GB") == [("bfloat16", 8192)]
    assert taken(Loading(dtype="float32", context_length=4096), "A100, 80 GB") == [
        ("float32", 4096)
    ]
    old = shelf.elsewhere(QWEN, Loading(), "V100, 32 GB")
    assert {cell.dtype for cell in old.cells} == {"float32", "bfloat16"}
    assert old.cells[0].light.values["free"] == cards.gigabytes(old.room.free_bytes)


def test_a_precision_that_does_not_run_there_is_told_instead_of_a_light() -> None:
    row = judged(Loading(dtype="int4"), 24, few_bits=False)
    assert row.light is None
    assert "4 bits run only" in str(row.refusal)
    assert {cell.dtype for cell in row.cells} == {"float32", "bfloat16"}


def test_few_bits_are_not_in_the_table_of_a_model_that_cannot_be_packed() -> None:
    phi = sizes.read(catalogue.SHAPES["phi-4"])
    cells = shelf.expect(phi, Loading(), shelf.room(0))
    assert {cell.dtype for cell in cells} == {"float32", "bfloat16"}
    refused = memory.reason(phi, Plan("int4", 2048), Card("card", "cuda", 80 * GB, 80 * GB))
    assert "cannot run in int4" in str(refused)


def test_offload_that_is_set_is_what_the_light_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    spare = Card("memory", "cpu", 64 * GB, 30 * GB, "cpu")
    monkeypatch.setattr(cards, "rooms", lambda: (Card("card", "cuda", 1, 1, "cuda:0"), spare))
    words = {}
    for offload in ("never", "auto"):
        row = judged(Loading(dtype="bfloat16", offload=offload), 12)
        assert row.light
        words[offload] = row.light.word
        assert row.spilled[0] > 0
    assert words == {"never": "too big", "auto": "spread"}


def test_what_a_model_keeps_of_its_own_says_nothing_of_the_others(home: Path) -> None:
    one, other = (str(sized(places.models() / name)) for name in ("one", "other"))
    ways = Ways(Loading(context_length=2048)).keeping(one, dtype="int4")
    found = rows(0, ways)
    told = {n: (found[n].dtype, found[n].chooser, found[n].context) for n in ("one", "other")}
    assert told == {"one": ("int4", "kept", 2048), "other": ("bfloat16", "auto", 2048)}
    assert ways.of(other) == ways.usual
    assert ways.keeping(one, dtype="auto").own == {}  # what all have is none of its own


@pytest.mark.parametrize(
    ("dtype", "gigabytes", "word"),
    [("auto", 32, "fits"), ("bfloat16", 32, "too big"), ("auto", 20, "too big")],
)
def test_a_hit_of_the_hub_is_judged_like_the_same_model_here(
    dtype: str, gigabytes: int, word: str
) -> None:
    """Qwen2.5-32B fits a card of 32 GB as Auto loads it: in 4 bits."""
    shape = sizes.read(catalogue.SHAPES["qwen2.5-32b"])
    free = gigabytes * cards.GIB
    here = shelf.Room(Card("card", "cuda", free, free), GB)
    knobs = Loading(dtype=dtype)
    light = shelf.glance(shape.parameters + 5, "qwen2", knobs, here)
    assert light.word == word
    model = library.Model("m", "/m", "folder", 1, True, facts=facts(shape))
    assert light == shelf._row(model, Ways(knobs), here).light


def test_of_a_hit_of_no_known_shape_the_weights_alone_count() -> None:
    here = shelf.Room(Card("card", "cuda", 16 * GB, 16 * GB), GB)
    words = [shelf.glance(20 * GB, kind, Loading(), here).word for kind in ("llama", "qwen3_5")]
    assert words == ["fits", "too big"]  # only the first is computed in few bits


def test_a_damaged_model_tells_nothing_about_memory(home: Path) -> None:
    model_in(places.models() / "half", complete=False)
    row = rows()["half"]
    assert (row.light, row.cells, row.model.usable) == (None, (), False)


def test_the_free_disk_is_told(home: Path) -> None:
    assert 0 < shelf.look(Ways(), 0).room.disk_bytes < 10**15


# -- what a person said --


def test_a_model_keeps_the_name_it_was_given(home: Path) -> None:
    path = model_in(places.models() / "tiny")
    register.rename(str(path), "  My\n best ")
    (model,) = [m for m in library.models() if m.source == "folder"]
    assert (model.name, model.title) == ("tiny", "My best")
    register.rename(str(path), " ")
    assert [m.title for m in library.models()] == ["", ""]


def test_a_folder_that_was_added_is_looked_in(home: Path, tmp_path: Path) -> None:
    model_in(tmp_path / "elsewhere" / "one")
    model_in(tmp_path / "alone")
    register.add_folder(str(tmp_path / "elsewhere"))
    register.add_folder(str(tmp_path / "alone"))
    register.add_folder(str(tmp_path / "alone"))
    added = [m for m in library.models() if m.source == "added"]
    assert [m.name for m in added] == ["one", "alone"]
    for model in added:
        library.delete(model)
    assert [m.name for m in library.models() if m.source == "added"] == []
    assert (tmp_path / "alone" / "config.json").exists()


def test_a_file_is_no_folder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="file is not a folder"):
        register.add_folder(str(tmp_path / "file"))


@pytest.mark.parametrize("text", ["", "[]", '{"names": 5, "folders": 7}', '{"names": {"a": 1}}'])
def test_a_damaged_register_says_nothing(home: Path, text: str) -> None:
    (home / register.FILE).write_text(text)
    assert register.read() == register.Register()


# -- deleting --


def test_deleting_frees_what_was_told(home: Path) -> None:
    path = model_in(places.models() / "org" / "tiny")
    (path / "more").mkdir()
    (path / "more" / "file").write_bytes(bytes(1000))
    row = rows()["org/tiny"]
    assert row.freed_bytes == row.model.bytes + 1000
    library.delete(row.model)
    assert not path.exists()


def test_a_model_of_the_cache_goes_with_its_blobs(home: Path, tmp_path: Path) -> None:
    snapshot = cached(tmp_path / "hf" / "hub", "org/tiny")
    root = snapshot.parent.parent
    freed = rows()["org/tiny"].freed_bytes
    assert freed >= sum(path.stat().st_size for path in (root / "blobs").iterdir())
    library.delete(library.find("org/tiny"))
    assert not root.exists()


def test_the_built_in_guide_stays(starter: Path) -> None:
    assert rows()["Built-in guide"].freed_bytes == 0
    with pytest.raises(UserError, match="cannot be deleted here"):
        library.delete(library.built_in())
    assert starter.exists()


def test_a_link_in_the_models_folder_is_not_followed(home: Path, tmp_path: Path) -> None:
    far = model_in(tmp_path / "far")
    (places.models() / "near").symlink_to(far)
    assert rows()["near"].freed_bytes == 0
    with pytest.raises(UserError, match="cannot be deleted here"):
        library.delete(library.find("near"))
    assert far.exists()


# -- advice --


def test_the_advice_covers_every_amount_of_memory_once() -> None:
    tiers = recommended.tiers()
    for gigabytes in (0, 3.9, 4, 8.6, 12.9, 17, 25.8, 150):
        assert len([tier for tier in tiers if tier.holds(int(gigabytes * GB))]) == 1
    assert all(tier.models for tier in tiers)


def holders(tier: recommended.Tier) -> list[Card]:
    """Cards that belong to a tier, empty: its smallest in name, and those that are sold."""
    total = int(tier.from_gb * cards.GIB)
    if not total:
        return [Card("CPU", "cpu", 8 * cards.GIB, 8 * cards.GIB)]
    sold = [c for c in cards.CARDS if c.kind == "cuda" and c.few_bits]
    named = Card(f"{tier.from_gb} GB", "cuda", total, total)
    return [named, *(card for card in sold if tier.holds(card.total_bytes))]


TIERS = recommended.tiers()


@pytest.mark.parametrize(
    ("tier", "advice"),
    [(tier, advice) for tier in TIERS for advice in tier.models],
    ids=[f"{tier.from_gb:g}-{advice.name}" for tier in TIERS for advice in tier.models],
)
def test_each_recommended_model_fits_where_it_is_recommended(
    tier: recommended.Tier, advice: recommended.Advice
) -> None:
    """In the bits that are told, at 8,192 tokens, with 1 GB for the desktop."""
    form = recommended.FORMATS[min(advice.bits, default=16)]
    for card in holders(tier):
        need = advice.parameters * 2 + memory.RUNTIME[card.kind]
        if found := catalogue.find(advice.model):
            shape = sizes.read(found[1])
            stored = advice.stored_bytes if advice.packed else 0
            dtype = "stored" if stored else form
            need = memory.total_bytes(shape, Plan(dtype, 8192, card.kind, stored_bytes=stored))
            assert stored or memory.refusal(shape, dtype, card) is None
        else:
            assert advice.parameters > 0
            assert not advice.bits  # in few bits only what is known here is computed
        assert need + GB <= card.total_bytes, card.name


def test_what_is_counted_by_its_shape_says_so() -> None:
    counted = {m.name for t in TIERS for m in t.models if m.counted}
    shapes = {m.name for t in TIERS for m in t.models if catalogue.find(m.model)}
    assert counted == shapes >= {"gpt-oss-20b", "Qwen3-8B", "phi-4"}


@pytest.mark.parametrize(
    ("gigabytes", "fitting"),
    [(7.1, {"Qwen3-4B", "Qwen3.5-2B"}), (23.3, {"Qwen3-8B", "Qwen3-14B", "Qwen3.5-9B"})],
)
def test_each_recommended_model_is_judged_for_this_computer(
    gigabytes: float, fitting: set[str]
) -> None:
    free = int(gigabytes * cards.GIB)
    here = shelf.Room(Card("card", "cuda", free, free), GB)
    lights = recommended.lights(TIERS, Loading(), here)
    found = {advice.name for advice, light in lights.items() if light and light.word == "fits"}
    assert found >= fitting
    assert not found & {"phi-4", "Qwen3-32B", "Qwen3.5-27B", "Gemma 4 31B", "gpt-oss-20b"}


def test_what_lacks_is_told_in_the_bits_that_are_told() -> None:
    free = 7 * cards.GIB
    here = shelf.Room(Card("card", "cuda", free, free), GB)
    for advice, light in recommended.lights(TIERS, Loading(), here).items():
        if light and light.word == "too big" and advice.counted and not advice.packed:
            assert light.values["need"] == cards.gigabytes(advice.need_bytes)


def test_a_packed_model_is_judged_only_where_every_card_agrees() -> None:
    def word(gigabytes: int) -> str:
        card = Card("card", "cuda", gigabytes * cards.GIB, gigabytes * cards.GIB)
        lights = recommended.lights(TIERS, Loading(), shelf.Room(card, GB))
        (light,) = (lights[advice] for advice in lights if advice.packed)
        return light.word if light else ""

    assert [word(12), word(24), word(80)] == ["too big", "", "fits"]


def test_a_model_under_a_licence_of_its_own_asks_for_terms() -> None:
    models = [model for tier in recommended.tiers() for model in tier.models]
    assert {m.licence for m in models if not m.gated} == {"Apache-2.0", "MIT"}
    assert {m.licence for m in models if m.gated} == {"Gemma", "Llama 3.1"}
    assert all(model.model.count("/") == 1 for model in models)


@pytest.mark.parametrize(
    ("card", "name"),
    [
        (Card("CPU", "cpu", 16 * GB, 8 * GB), "Qwen3-1.7B"),
        (Card("card", "cuda", 8 * GB, 7 * GB), "Qwen3-4B"),
        (Card("card", "cuda", 12 * GB, 11 * GB), "Qwen3-8B"),
        (Card("old", "cuda", 12 * GB, 11 * GB, few_bits=False), "SmolLM3-3B"),
        (Card("card", "cuda", 80 * GB, 78 * GB), "Qwen3-32B"),
    ],
)
def test_the_best_advice_fits_the_card(card: Card, name: str) -> None:
    found = recommended.best(card, 500 * GB, 8192)
    assert found
    assert found.name == name


def test_the_best_advice_fits_the_disk() -> None:
    card = Card("card", "cuda", 80 * GB, 78 * GB)
    found = recommended.best(card, 2 * GB, 8192)
    assert found
    assert found.stored_bytes
    assert found.stored_bytes <= 2 * GB
    assert recommended.best(card, 0, 8192) is None


# -- errands --


def test_errands_bring_a_model_from_search_to_shelf(
    served: object, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (*_, found) = errands.search(0, Loading(), words="tiny")
    assert isinstance(found, Found)
    ((entry, light),) = found.models
    assert light is None
    (*_, told) = errands.look(entry.name, "main", 0, Loading())
    assert isinstance(told, Found)
    offer, cells, room, here = told.models
    assert (offer.problem, here) == (None, None)
    assert cells[0].context == 128
    assert room.device == "card"
    (begun,) = errands.begin(offer)
    assert isinstance(begun, Found)
    (waiting,) = errands.under_way()
    assert waiting.models == begun.models
    events = list(errands.fetch(begun.models[0]))
    assert isinstance(events[-1], Fetched)
    assert (places.models() / "org" / "tiny" / "config.json").read_bytes() == FILES["config.json"]
    (*_, told) = errands.look(entry.name, "main", 0, Loading())
    assert isinstance(told, Found)
    assert told.models[3] == places.models() / "org" / "tiny"


def test_a_token_is_kept_where_hugging_face_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    list(errands.keep_token(" hf_secret\n"))
    file = tmp_path / "hf" / "token"
    assert file.read_text() == "hf_secret"
    assert file.stat().st_mode & 0o077 == 0
    assert hub_token.read() == "hf_secret"


def test_a_token_that_was_pasted_counts_more_than_the_environment_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HF_TOKEN_PATH", raising=False)
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_older")
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    assert hub_token.read() == "hf_old"
    hub_token.keep("hf_new")
    assert hub_token.read() == "hf_new"


@pytest.mark.parametrize("told", ["", "  ", "two words", "トークン", "hf_a\nhf_b"])
def test_what_is_no_token_is_not_kept(tmp_path: Path, told: str) -> None:
    with pytest.raises(UserError, match="is not a token"):
        hub_token.keep(told)
    assert not (tmp_path / "hf" / "token").exists()


def test_a_token_that_cannot_be_kept_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "file" / "token"))
    with pytest.raises(UserError, match=r"token cannot be written \("):
        list(errands.keep_token("hf_secret"))
