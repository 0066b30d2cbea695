"""What is kept of an answer, and what is seen of it at a threshold."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from web_models import BRIGHT, NUMBERED, Bright, Numbered, shelf

from dentalx.datasets.dicom_spacing import Spacing
from dentalx.errors import InputError
from dentalx.inference import load_predictor
from dentalx.runs import Run
from dentalx.samples import Prediction
from dentalx.teeth import FDI, PERMANENT
from dentalx.web.chart import tooth_chart
from dentalx.web.desk import Desk
from dentalx.web.drawing import DOWNLOADS, SHOWN_PX, coco_json, mask_png, overlay_png, shown
from dentalx.web.looked import Areas, Card, Looked, Measured, Objects, from_found, from_prediction, view
from dentalx.web.picture import SAMPLES, Picture, read_picture, sample
from dentalx.web.shelf import MOST_WAITING, BusyError, Shelf, open_shelf
from dentalx.web.tables import NO_TEETH, message, result

GREY = np.repeat(np.float32([0.2, 0.6, 0.9, 0.4])[None], 40, 0).repeat(20, 1)  # four stripes of 40 × 20


PICTURE = Picture(GREY)


def bright(picture: Picture = PICTURE) -> Looked:
    return from_prediction(picture, BRIGHT, Bright()("picture", picture.grey))


def numbered(grey: np.ndarray = GREY) -> Looked:
    return from_found(Picture(grey), NUMBERED, Numbered()(grey))


def test_a_threshold_is_moved_without_the_network() -> None:
    looked = bright()
    assert [view(looked, t).rows[0].area_px for t in (0.95, 0.9, 0.6, 0.5, 0.0)] == [0, 800, 1600, 1600, 3200]
    assert view(looked).rows == view(looked, 0.5).rows
    (row,) = view(looked, 0.5).rows
    assert (row.count, row.share, row.area_mm2) == (1, 0.5, None)
    assert row.confidence == pytest.approx(0.75)
    assert view(looked, 0.0).rows[0].confidence == pytest.approx(GREY.mean())


def test_of_several_classes_the_most_probable_where_it_is_probable_enough() -> None:
    probability = np.zeros((1, 3, 3), np.float32)
    probability[0] = [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.0, 0.9]]
    mask = probability.argmax(-1).astype(np.uint8)
    card = Card("two", "semantic", ("a", "b"), 0.0)
    looked = from_prediction(Picture(np.zeros((1, 3), np.float32)), card, Prediction("x", probability, mask))
    assert view(looked).mask.tolist() == mask.tolist() == [[0, 1, 2]]
    assert view(looked, 0.7).mask.tolist() == [[0, 0, 2]]
    assert [row.area_px for row in view(looked, 0.7).rows] == [0, 1]


def test_objects_come_back_whole() -> None:
    """Masks packed eight pixels a byte, of a width that eight does not divide."""
    grey = np.zeros((40, 83), np.float32)
    looked, found = numbered(grey), Numbered()(grey)
    assert isinstance(looked.said, Objects)
    back = looked.said.at(0.0)
    assert np.array_equal(back.instances.masks, found.instances.masks)
    assert looked.said.packed.nbytes * 7 < found.instances.masks.nbytes
    assert len(looked.said.at(0.6).instances) == 3
    assert [row.count for row in view(looked, 0.6).rows] == [1, 1, 1]


def test_numbers_that_agree() -> None:
    seen = view(numbered(), 0.5, consistent=True)
    assert [row.count for row in seen.rows] == [1, 1, 1]
    assert len(seen.changes) == 2


def test_millimetres_only_where_calibrated() -> None:
    for source, area in (("calibrated", 1600 * 0.02), ("ermf", None), ("detector", None), ("unknown", None)):
        spacing = Spacing(0.1, 0.2, source)  # type: ignore[arg-type]
        (row,) = view(bright(Picture(GREY, spacing))).rows
        assert row.area_mm2 == (area if area is None else pytest.approx(area))
    said = result(bright(Picture(GREY, Spacing(0.1, 0.2, "calibrated"))), view(bright()), "t", (0.5, 0.3, False))
    assert "mm²" in said


@pytest.mark.parametrize("looked", [bright(), numbered()], ids=["areas", "objects"])
def test_files_to_take_away(looked: Looked) -> None:
    seen = view(looked)
    with Image.open(io.BytesIO(mask_png(looked, seen, 0.3))) as mask:
        expected = seen.mask * np.uint8(255) if len(looked.card.classes) == 1 else seen.mask
        assert np.array_equal(np.asarray(mask), expected)
    for content, kind in ((overlay_png(looked, seen, 0.3), "PNG"), (shown(looked, seen, 0.3), "JPEG")):
        with Image.open(io.BytesIO(content)) as drawn:
            assert (drawn.size, drawn.format, drawn.getexif()) == ((80, 40), kind, {})
    listed = json.loads(coco_json(looked, seen, 0.3))
    assert [c["name"] for c in listed["categories"]] == list(looked.card.classes)
    assert len(listed["annotations"]) == (4 if seen.found else 1)
    assert set(DOWNLOADS) >= {"mask.png", "overlay.png", "objects.json"}


def test_a_large_picture_is_shown_smaller() -> None:
    looked = numbered(np.zeros((1000, 3 * SHOWN_PX), np.float32))
    with Image.open(io.BytesIO(shown(looked, view(looked), 0.5))) as drawn:
        assert drawn.size == (SHOWN_PX, 333)
        assert np.asarray(drawn)[84:160].any()


def test_colours_lie_where_the_mask_is() -> None:
    grey = np.repeat(np.float32([0.8, 0.1]), 100)[:, None].repeat(400, 1)
    looked = bright(Picture(grey))
    with Image.open(io.BytesIO(shown(looked, view(looked), 0.5))) as drawn:
        pixels = np.asarray(drawn.convert("RGB")).astype(int)
    spread = pixels.max(-1) - pixels.min(-1)
    assert spread[60:90, 100:300].mean() > 20 > spread[120:160, 100:300].mean()


def test_the_chart_has_every_tooth_in_its_place() -> None:
    rows = [Measured("36", 36, 2, 10, 0.1, 0.9, None), Measured("caries", None, 1, 5, 0.1, 0.5, None)]
    drawn = tooth_chart(rows, PERMANENT)
    assert drawn.count("<g ") == 32
    assert drawn.count('class="found"') == 1
    assert "36: found, 2 times, confidence 0.90, 10 px" in drawn
    assert "Chart of teeth: 1 numbers found: 36" in drawn
    places = {n: float(drawn.split(f">{n}</text>")[0].rsplit("translate(", 1)[1].split(" ")[0]) for n in PERMANENT}
    assert [n for n in sorted(places, key=lambda n: places[n]) if n < 30] == [*range(18, 10, -1), *range(21, 29)]
    assert all(places[n] == places[n + 30 if n < 20 else n + 10] for n in range(11, 29) if n in places)
    assert tooth_chart([], FDI).count("<g ") == 52
    assert tooth_chart([], (36,)).count('class="unknown"') == 31


def test_words_from_outside_are_escaped() -> None:
    card = Card("<b>", "semantic", ("<script>",), 0.5)
    looked = Looked(Picture(GREY), card, bright().said, ("<i>odd</i>",))
    said = result(looked, view(looked), "token", (0.5, 0.3, False)) + message("<u>")
    assert not [tag for tag in ("<b>", "<script>", "<i>", "<u>") if tag in said]
    assert NO_TEETH in said


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


def test_too_many_are_sent_away() -> None:
    models = shelf(Bright())
    for _ in range(MOST_WAITING):
        models._places.acquire()
    with pytest.raises(BusyError, match="waiting already"):
        models.look(Picture(GREY), BRIGHT)


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
    assert (card, models.card(None)) == (Card("tiny", "semantic", ("teeth",), card.threshold), card)
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


def test_too_large_for_objects() -> None:
    grey = np.zeros((5000, 5000), np.float32)
    with pytest.raises(InputError, match="the file is 5000×5000 pixels, this model is given at most 24 megapixels"):
        shelf(Bright()).look(Picture(grey), NUMBERED)


def test_samples_are_the_same_every_time() -> None:
    for number in range(len(SAMPLES)):
        assert np.array_equal(sample(number, (64, 128)).grey, sample(number, (64, 128)).grey)
    with pytest.raises(InputError, match="no sample 4"):
        sample(4)


def test_the_readers_file_is_gone(tmp_path: Path) -> None:
    for data in (b"", b"text", b"\x89PNG\r\n\x1a\nbroken"):
        with pytest.raises(InputError, match=r"^the file ") as caught:
            read_picture(data, tmp_path)
        assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_areas_know_what_they_take() -> None:
    looked = bright()
    assert isinstance(looked.said, Areas)
    assert looked.nbytes == GREY.nbytes + 3200 * 5
