"""What becomes of warnings: the table, the overlay, and `--strict`."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from test_millimetres import write_dicom

from dentalx.datasets.decode import read_colours
from dentalx.inference import classify, predict_folder
from dentalx.inference.predictor import Predictor
from dentalx.labelling import EXCLUSIVE
from dentalx.predict_config import PredictConfig
from dentalx.quality import grave, judge, judge_picture
from dentalx.samples import Grey, Prediction


class Bright:
    """Stands for a `Predictor`: the grey level is the probability."""

    classes, threshold, name, grey = ("bright",), 0.5, "test", "voi"
    labelling = EXCLUSIVE

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        probability = image[..., None].copy()
        return Prediction(image_id, probability, classify(probability, self.threshold), judge_picture(image))


PREDICTOR: Predictor = Bright()  # type: ignore[assignment]


def pictures(folder: Path) -> list[Path]:
    folder.mkdir()
    rows = np.linspace(0, 220, 200)[:, None]
    grey = np.clip(rows + np.random.default_rng(0).normal(0, 3, (200, 400)), 0, 255).astype(np.uint8)
    blank = np.full((200, 400), 90, np.uint8)
    tinted = np.stack([grey, grey // 2, grey // 3], -1)
    for name, pixels in (("fine", grey), ("blank", blank), ("tinted", tinted)):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    Image.fromarray(np.stack([grey] * 3, -1)).save(folder / "grey_in_rgb.jpg")
    return sorted(folder.iterdir())


def table(output: Path) -> dict[str, dict[str, str]]:
    with (output / "predictions.csv").open(encoding="utf-8") as file:
        return {Path(row["file"]).stem: row for row in csv.DictReader(file)}


def test_warnings_are_listed_and_drawn(tmp_path: Path) -> None:
    found = pictures(tmp_path / "in")
    rows = predict_folder(PREDICTOR, found, tmp_path / "out")
    assert {row.status for row in rows} == {"ok"}
    listed = table(tmp_path / "out")
    assert listed["fine"]["warnings"] == listed["grey_in_rgb"]["warnings"] == ""
    assert listed["tinted"]["warnings"] == judge.COLOURED
    assert judge.BLANK in listed["blank"]["warnings"]
    drawn = np.asarray(Image.open(tmp_path / "out" / "overlays" / "blank.png")).astype(int)
    corner = drawn[150:, 200:]
    assert ((corner[..., 0] - corner[..., 2]) > 60).any()  # letters in another colour than grey
    assert not ((drawn[:100, :, 0] - drawn[:100, :, 2]) > 60).any()


def test_a_picture_stored_mirrored_is_told(tmp_path: Path) -> None:
    """By a header whose columns go towards the patient's right; without that, or the other way round, nothing is."""
    orientations = {"usual": ["L", "F"], "mirrored": ["R", "F"], "nobody": "", "odd": "RF"}
    for name, orientation in orientations.items():
        write_dicom(tmp_path / f"{name}.dcm", PatientOrientation=orientation)
    predict_folder(PREDICTOR, sorted(tmp_path.glob("*.dcm")), tmp_path / "out")
    told = {name for name, row in table(tmp_path / "out").items() if judge.STORED_MIRRORED in row["warnings"]}
    assert told == {"mirrored"}
    assert grave((judge.STORED_MIRRORED,)) == ()


def test_strict_refuses_what_is_grave(tmp_path: Path) -> None:
    found = pictures(tmp_path / "in")
    rows = predict_folder(PREDICTOR, found, tmp_path / "out", PredictConfig(strict=True))
    assert {Path(row.file).stem: row.status for row in rows} == {
        "blank": "failed",
        "fine": "ok",
        "grey_in_rgb": "ok",
        "tinted": "failed",
    }
    assert sorted(path.stem for path in (tmp_path / "out" / "masks").iterdir()) == ["fine", "grey_in_rgb"]
    reason = table(tmp_path / "out")["blank"]["reason"]
    assert "blank.png is refused: blank: hardly any contrast; " in reason and "--strict" in reason


def test_colours_are_looked_for_only_where_they_can_be(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "c.tif"):
        Image.fromarray(np.full((80, 160), 7, np.uint8)).save(tmp_path / name)
        assert read_colours(tmp_path / name) is None
        Image.fromarray(np.full((80, 160, 3), (90, 90, 200), np.uint8)).save(tmp_path / name)
        found = read_colours(tmp_path / name)
        assert found is not None and found.shape == (10, 20, 3)
        assert int(np.ptp(found[5, 5].astype(int))) > 90


def test_another_rule_for_dicom_than_the_run_s(tmp_path: Path) -> None:
    """A window that hides the box: the run's rule goes by it, --grey percentile does not."""
    write_dicom(tmp_path / "a.dcm", WindowCenter=1000, WindowWidth=1990)
    masks = {}
    for rule in (None, "percentile"):
        config = PredictConfig(grey=rule)  # type: ignore[arg-type]
        predict_folder(PREDICTOR, [tmp_path / "a.dcm"], tmp_path / str(rule), config)
        masks[rule] = np.asarray(Image.open(tmp_path / str(rule) / "masks" / "a.png")).astype(bool).sum()
    assert masks == {None: 0, "percentile": 160}
