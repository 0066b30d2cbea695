"""The models that are offered, and the results that are kept."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from web_models import BRIGHT, NUMBERED, Bright, Numbered, shelf

from dentalx import runs
from dentalx.config import DataConfig, ModelConfig, TrainConfig
from dentalx.errors import InputError
from dentalx.inference import load_predictor
from dentalx.runs import Run
from dentalx.web.desk import Desk
from dentalx.web.looked import Card, Looked, from_found, from_prediction, view
from dentalx.web.picture import Picture, sample
from dentalx.web.shelf import MOST_WAITING, BusyError, Shelf, open_shelf

GREY = np.linspace(0, 1, 3200, dtype=np.float32).reshape(40, 80)


def bright() -> Looked:
    return from_prediction(Picture(GREY), BRIGHT, Bright()("picture", GREY))


def numbered() -> Looked:
    return from_found(Picture(GREY), NUMBERED, Numbered()(GREY))


def test_a_result_is_its_owners_and_goes_when_another_comes() -> None:
    desk = Desk()
    one, other = desk.put(bright(), "a"), desk.put(numbered(), "b")
    assert (desk.get(one).card, desk.get(other).card) == (BRIGHT, NUMBERED)
    newer = desk.put(bright(), "a")
    assert len({one, other, newer}) == 3 and len(newer) >= 40
    with pytest.raises(InputError, match="no longer kept"):
        desk.get(one)
    desk.forget("b")
    assert len(desk) == 1


def test_a_result_that_nobody_asks_for_goes() -> None:
    now = [0.0]
    desk = Desk(idle_s=10, clock=lambda: now[0])
    old, kept = desk.put(bright(), "a"), desk.put(bright(), "b")
    now[0] = 8
    desk.get(kept)
    now[0] = 12
    desk.tidy()
    assert len(desk) == 1
    with pytest.raises(InputError):
        desk.get(old)


def test_results_that_take_too_much_go_oldest_first() -> None:
    now = [0.0]
    desk = Desk(most_bytes=2 * bright().nbytes, clock=lambda: now[0])
    tokens = []
    for owner in "abc":
        now[0] += 1
        tokens.append(desk.put(bright(), owner))
    assert len(desk) == 2
    with pytest.raises(InputError):
        desk.get(tokens[0])
    assert len(Desk(most_bytes=1)) == 0
    small = Desk(most_bytes=1)
    assert small.get(small.put(bright(), "a"))


def test_one_picture_at_a_time() -> None:
    model = Bright()
    models = shelf(model)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: models.look(Picture(GREY), BRIGHT), range(4)))
    assert (model.asked, model.together) == (4, 1)


def test_one_is_looked_at_and_eight_wait() -> None:
    models = shelf(Bright())
    with contextlib.ExitStack() as held:
        for _ in range(1 + MOST_WAITING):
            held.enter_context(models.place())
        with pytest.raises(BusyError, match="8 images are waiting already"), models.place():
            pass
    with models.place():
        assert models.look(Picture(GREY), BRIGHT)


def test_a_model_that_could_not_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    models = Shelf(shelf(Bright()).sources, (BRIGHT, NUMBERED))
    monkeypatch.setattr("dentalx.web.shelf._predictor", lambda run, card: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        models.load()
    assert not models.ready
    with pytest.raises(BusyError, match="could not be loaded"):
        models.look(Picture(GREY), BRIGHT)


def test_runs_and_exports_on_the_shelf(tiny_run: Path) -> None:
    models = open_shelf([tiny_run, tiny_run])
    assert [card.name for card in models.cards] == ["tiny", "tiny (2)"]
    card = models.card("tiny")
    assert (replace(card, about=()), models.card(None)) == (Card("tiny", "semantic", ("teeth",), card.threshold), card)
    assert dict(card.about)["Trained on"].startswith("phantoms (seed 0), synthetic radiographs without patients")
    one = open_shelf([tiny_run])
    one.load()
    assert one.ready
    picture = sample(0, (64, 128))
    predicted = load_predictor(Run(tiny_run))("picture", picture.grey)
    looked = one.look(picture, card)
    assert np.array_equal(view(looked).mask, predicted.mask)
    assert looked.warnings == predicted.warnings


def test_what_is_no_run_is_told(tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run folder not found"):
        open_shelf([tmp_path / "nowhere"])
    for name in ("config.json", "thresholds.json"):
        (tmp_path / name).write_bytes((tiny_run / name).read_bytes())
    with pytest.raises(InputError, match=r"best.weights.h5 is missing"):
        open_shelf([tmp_path])


def test_photographs_are_not_for_the_page(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = runs.describe(Run(tiny_run))
    coloured = TrainConfig(
        data=DataConfig(data=tiny_run, colour=True), model=ModelConfig("mask_rcnn", "resnet18"), task="instance"
    )
    monkeypatch.setattr(runs, "describe", lambda run: replace(description, train=coloured))
    with pytest.raises(InputError, match=r"sees photographs in colour, which the page does not read"):
        open_shelf([tiny_run])


def test_too_large_for_objects() -> None:
    grey = np.zeros((5000, 5000), np.float32)
    with pytest.raises(InputError, match="the file is 5000×5000 pixels, this model is given at most 24 megapixels"):
        shelf(Bright()).look(Picture(grey), NUMBERED)
