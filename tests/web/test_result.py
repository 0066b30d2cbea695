"""What the page says of an image: the radiograph first, grouped warnings, outlines, words, contrast."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_looked import GREY, PICTURE, bright, numbered, overlapping
from web_models import BRIGHT, NUMBERED

from dentalx.cli.train_command import Train
from dentalx.report.style import DARK, LIGHT
from dentalx.runs import Description, Run
from dentalx.samples import Prediction
from dentalx.web.about import about, of_run
from dentalx.web.look import CSS, MORE_DARK, MORE_LIGHT
from dentalx.web.looked import Card, Looked, from_prediction, view
from dentalx.web.outlines import GRID_PX, outlines_svg
from dentalx.web.picture import Picture
from dentalx.web.remarks import remarks
from dentalx.web.tables import result


def said(looked: Looked, threshold: float = 0.5) -> str:
    return result(looked, view(looked, threshold), "token", (threshold, 0.35, False))


def drawn(svg: str, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """The area inside the outlines of each class, read back from the SVG."""
    planes: dict[str, np.ndarray] = {}
    for key, group in re.findall(r'<g data-key="(\d+)".*?>(.*?)</g>', svg):
        plane = planes.setdefault(key, np.zeros(size, np.uint8))
        step = int(found[1]) if (found := re.search(r"scale\((\d+)\)", group)) else 1
        for x, y, steps in re.findall(r"M(\d+) (\d+)l([-\d ]+)z", group):
            moves = np.array(steps.split(), int).reshape(-1, 2)
            line = np.cumsum(np.vstack([[int(x), int(y)], moves]), axis=0) * step
            cv2.fillPoly(plane, [line.astype(np.int32)], 1)
    return planes


def test_outlines_enclose_what_is_counted() -> None:
    looked = bright()
    (plane,) = drawn(outlines_svg(looked, view(looked)), GREY.shape).values()
    assert np.array_equal(plane > 0, view(looked).mask > 0)
    seen = view(numbered())
    planes = drawn(outlines_svg(numbered(), seen), GREY.shape)
    assert {int(key) for key in planes} == {1, 2, 3}
    assert all((planes[str(k)] > 0).sum() == seen.rows[k - 1].area_px for k in (1, 2, 3))
    sets = drawn(outlines_svg(overlapping(PICTURE), view(overlapping(PICTURE))), GREY.shape)
    assert [int(sets[key].sum()) for key in ("1", "2")] == [2000, 800]
    assert outlines_svg(bright(), view(bright(), 0.95)).count("<g") == 0


def test_a_mask_like_noise_is_outlined_on_a_coarser_grid() -> None:
    noise = np.random.default_rng(0).random((300, 2100)).astype(np.float32)
    looked = bright(Picture(noise))
    svg = outlines_svg(looked, view(looked))
    assert len(svg) < 2**20 and "scale(" in svg
    assert f'viewBox="0 0 {GRID_PX} 293"' in svg
    assert "scale(" not in outlines_svg(bright(), view(bright()))


def test_the_radiograph_comes_before_warnings_and_numbers() -> None:
    looked = from_prediction(
        PICTURE, BRIGHT, Prediction("x", GREY[..., None], (GREY > 0.5).astype(np.uint8), ("blank",))
    )
    text = said(looked)
    places = [text.index(each) for each in ("<img", "svg class", "Blank.", "Download", "<table")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("warnings", "shown"),
    [
        (("36: higher up", "tooth_37: higher up"), "2 teeth look unusual"),
        (("36: higher up", "36: in more pieces"), "1 tooth looks unusual"),
        (("36: higher up", "caries: higher up"), "1 tooth and 1 other class look unusual"),
        (("caries: higher up",), "1 class looks unusual"),
    ],
)
def test_warnings_about_classes_are_counted_and_folded(warnings: tuple[str, ...], shown: str) -> None:
    looked = numbered()
    text = remarks(Looked(looked.picture, NUMBERED, looked.said, ("stored mirrored", *warnings)), view(looked))
    assert f"<summary>{shown}</summary>" in text
    assert text.index("Stored mirrored.") < text.index("<details")
    assert "<b>36</b>: higher up; in more pieces" in text or len(set(warnings)) != 2 or "in more" not in str(warnings)


def test_one_and_many() -> None:
    assert 'aria-label="Outlines of 1 class"' in said(bright())
    assert 'aria-label="Outlines of 0 classes"' in said(bright(), 0.95)
    assert 'aria-label="Outlines of 4 objects"' in said(numbered())
    assert '<th scope="col">Areas</th>' in said(bright()) and '<th scope="col">Objects</th>' in said(numbered())
    assert "confidence threshold 0.50, the model’s own" in said(bright())
    assert "confidence threshold 0.60;" in said(bright(), 0.6)
    assert "each class at its own confidence threshold" in said(overlapping(PICTURE), 0.0)


def test_every_answer_differs() -> None:
    assert said(bright()) != said(bright())


def described(raw: dict[str, object]) -> Description:
    return Description(Train(phantoms=8).config(), ("teeth",), raw)


def test_what_a_model_is_for_and_was_trained_on(tmp_path: Path) -> None:
    description = described({"data": {"name": "phantoms (seed 0)", "pictures": 8}})
    bare = dict(of_run(Run(tmp_path), description))
    assert bare["Trained on"] == "phantoms (seed 0), synthetic radiographs without patients, 8 images in all"
    assert bare["Measured"] == "not on test images yet" and "research" in bare["Meant for"]
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "model_card.md").write_text(
        "## Use\n\n- Meant for: counting <molars>.\n- Not known: much.\n"
    )
    metrics = {"n_images": 7, "data": "clinic", "split": "test", "dice": {"mean": 0.71, "ci95": [0.6, 0.8]}}
    (tmp_path / "evaluation" / "metrics.json").write_text(json.dumps(metrics))
    facts = of_run(Run(tmp_path), description)
    assert dict(facts)["Meant for"] == "counting <molars>" and dict(facts)["Not known"] == "much"
    assert dict(facts)["Measured"] == "mean Dice 0.71 (95 % CI 0.60 to 0.80) on 7 images of clinic (test)"
    text = about(Card("x", "semantic", ("teeth",), 0.5, about=facts))
    assert "Outlines areas, 1 class: teeth. Trained on: phantoms" in text and "counting &lt;molars&gt;" in text


@pytest.mark.parametrize("content", ["{", "[]", '{"n_images": 3, "dice": null}', '{"n_images": "3"}'])
def test_a_broken_evaluation_does_not_stop_the_page(tmp_path: Path, content: str) -> None:
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "metrics.json").write_text(content)
    (tmp_path / "evaluation" / "model_card.md").mkdir()
    facts = dict(of_run(Run(tmp_path), described({"data": None})))
    assert (facts["Measured"], facts["Trained on"]) == ("not on test images yet", "not stated")


def _tones(*blocks: str) -> dict[str, tuple[int, int, int]]:
    found = re.findall(r"--([\w]+):#([0-9a-f]{3,6})", ";".join(blocks))
    whole = {name: code if len(code) == 6 else "".join(each * 2 for each in code) for name, code in found}
    return {name: tuple(int(code[i : i + 2], 16) for i in (0, 2, 4)) for name, code in whole.items()}  # type: ignore[misc]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG 2.2's contrast ratio of two colours."""

    def luminance(colour: tuple[int, int, int]) -> float:
        parts = [value / 255 for value in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("blocks", [(LIGHT, MORE_LIGHT), (LIGHT, DARK, MORE_DARK)], ids=["light", "dark"])
def test_contrast_is_wcag_aa(blocks: tuple[str, ...]) -> None:
    """4.5 for letters, 3 for the lines around what can be pressed and for the focus."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    tones = _tones(*blocks)
    letters = [
        ("ink", "paper"),
        ("ink", "card"),
        ("quiet", "paper"),
        ("quiet", "card"),
        ("ink", "warn"),
        ("ink", "band"),
    ]
    letters += [("accent", "card"), ("accent", "paper"), ("paper", "accent"), ("paper", "ink"), ("accent", "warn")]
    letters += [(f"on{n}", f"shade{n}") for n in range(1, 5)]
    for letter, ground in letters:
        assert contrast(tones[letter], tones[ground]) >= 4.5, (letter, ground)
    for line, ground in [("line", "paper"), ("line", "card"), ("accent", "paper"), ("second", "paper")]:
        assert contrast(tones[line], tones[ground]) >= 3, (line, ground)
    assert all(f"var(--{name})" in CSS for name in ("line", "shade1", "on1", "warn", "band"))
