"""Aliases, tooth numbers and the offers that are made for names that look or mean the same."""

import pytest
from layouts import blank, only, opened, put_json, said

from dentalx.cli.data_flags import DataFlags
from dentalx.cli.parse import parse
from dentalx.cli.train_command import Train
from dentalx.config import DataConfig, from_json, to_json
from dentalx.datasets import open_source
from dentalx.datasets.vocabulary import likely, meaning, offers
from dentalx.errors import InputError

# out of a later export of vzrad2, which has 93 names
VZRAD2 = (
    "Bone Loss", "Caries", "Crown", "Cyst", "Filling", "Fracture teeth", "Implant", "Malaligned", "Mandibular Canal",
    "Missing teeth", "Periapical lesion", "Permanent Teeth", "Primary teeth", "Retained root", "Root Canal Treatment",
    "Root Piece", "Root resorption", "Supra Eruption", "TAD", "abutment", "attrition", "bone defect", "croen",
    "gingival former", "impacted tooth", "maxillary sinus", "metal band", "orthodontic brackets", "permanent retainer",
    "plating", "post - core", "wire",
)  # fmt: skip


def write(folder, *names):
    """A picture with a 2×2 square of each class, side by side, as COCO."""
    blank(folder / "a.png", (10, 4 * len(names)))
    squares = [[[x, 1, x + 2, 1, x + 2, 3, x, 3]] for x in range(0, 4 * len(names), 4)]
    annotations = [{"id": i, "image_id": 1, "category_id": i, "segmentation": s} for i, s in enumerate(squares)]
    listed = [{"id": i, "name": name} for i, name in enumerate(names)]
    images = [{"id": 1, "file_name": "a.png"}]
    put_json(folder / "a.json", {"images": images, "annotations": annotations, "categories": listed})
    return folder


def test_aliases_merge_and_rename(tmp_path):
    write(tmp_path, "Crown", "croen", "cavity", "Caries")
    source = opened(tmp_path, aliases=("croen=Crown", "cavity=decay", "Caries=decay"))
    assert source.classes == ("Crown", "decay")
    assert only(source).max() == 2 and (only(source) == 1).sum() == 8
    assert "as --alias asks, croen is called Crown, cavity is called decay" in said(source)
    assert "may mean the same" not in said(source)
    assert only(opened(tmp_path, "decay", aliases=("cavity=decay",))).sum() == 4
    config = DataConfig(aliases=("croen=Crown",), tooth_numbers="universal")
    assert from_json(DataConfig, to_json(config)) == config


def test_names_that_may_be_one_are_offered_and_kept_apart(tmp_path):
    source = opened(write(tmp_path, "croen", "Crown", "RCT", "Root Canal Treatment", "Filling"))
    assert len(source.classes) == 5
    assert "croen and Crown may mean the same, kept apart; to merge: --alias Crown=croen" in said(source)
    assert "--alias 'Root Canal Treatment=RCT'" in said(source)
    with pytest.raises(InputError, match="no class is called 'restoration'; did you mean 'Filling'"):
        opened(tmp_path, "restoration")


def test_vocabulary_of_public_sets():
    said_of_all = offers(VZRAD2, {"Crown": 5})
    assert said_of_all == [
        "Crown and croen may mean the same, kept apart; to merge: --alias croen=Crown",
        "Retained root and Root Piece may mean the same, kept apart; to merge: --alias 'Root Piece=Retained root'",
    ]
    assert offers(("caries", "deep caries"), {}) == []
    assert offers(("Periapical lesion", "periapical_lesions"), {})
    assert [meaning(word) for word in ("gömülü", "kanal", "Cavity")] == [
        "impacted tooth",
        "root canal treatment",
        "caries",
    ]
    assert likely("caries", ("Crown", "çürük")) == "çürük" and likely("xyz", ("Crown",)) is None


@pytest.mark.parametrize(
    ("aliases", "says"),
    [
        (("crowm=x",), "no class is called 'crowm'; did you mean 'Crown'"),
        (("Crown=a", "Crown=b"), "calls Crown both a and b"),
    ],
)
def test_aliases_refused(tmp_path, aliases, says):
    with pytest.raises(InputError, match=says):
        opened(write(tmp_path, "Crown", "Caries"), aliases=aliases)


@pytest.mark.parametrize("alias", ["Crown", "=Crown", "croen="])
def test_an_alias_has_two_sides(alias):
    with pytest.raises(ValueError, match="must be OLD=NEW"):
        DataConfig(aliases=(alias,))


@pytest.mark.parametrize(
    ("system", "names", "teeth"),
    [
        ("universal", ("1", "9", "32", "A", "t"), ("18", "21", "48", "55", "t")),
        ("universal", ("tooth_19", "#30", "Universal 8", "09", "caries"), ("36", "46", "11", "21", "caries")),
        ("palmer", ("UR8", "ll 6", "LRE", "caries"), ("18", "36", "85", "caries")),
        ("fdi", ("tooth_36", "FDI 11", "91", "caries"), ("36", "11", "91", "caries")),
        ("auto", ("36", "85", "91"), ("36", "85", "91")),
        ("auto", ("1", "2", "caries"), ("1", "2", "caries")),
        ("auto", ("UR8", "A"), ("UR8", "A")),
    ],
)
def test_systems_of_tooth_numbers(tmp_path, system, names, teeth):
    assert opened(write(tmp_path, *names), tooth_numbers=system).classes == teeth


def test_what_numbers_may_mean_is_told(tmp_path):
    assert "classes 11, 12 are read as FDI; if they are Universal: --tooth-numbers universal" in said(
        opened(write(tmp_path, "12", "11"))
    )
    assert (
        "classes 91 are no FDI numbers and not among teeth (91 is used for supernumerary teeth in some sets)"
        in said(opened(write(tmp_path, "36", "91")))
    )
    assert "classes 1, 2, 3 may be Universal tooth numbers" in said(opened(write(tmp_path, "1", "2", "3", "36")))
    assert "classes UR8 look like tooth numbers; --tooth-numbers palmer" in said(opened(write(tmp_path, "UR8")))
    assert "--tooth-numbers fdi (or universal)" in said(opened(write(tmp_path, "tooth_36")))
    assert "class" not in said(opened(write(tmp_path, "caries", "A")))


@pytest.mark.parametrize(
    ("system", "names", "says"),
    [
        ("universal", ("1", "36"), "class '36': '36' is no Universal tooth number"),
        ("fdi", ("1", "36"), r"class '1' is no FDI number; is it Universal"),
        ("palmer", ("caries",), "no class is written like UR8 or LLE"),
    ],
)
def test_numbers_refused(tmp_path, system, names, says):
    with pytest.raises(InputError, match=says):
        opened(write(tmp_path, *names), tooth_numbers=system)
    with pytest.raises(ValueError, match="tooth_numbers must be auto, fdi"):
        DataConfig(tooth_numbers="zsigmondy")


def test_teeth_and_quadrants_take_primary_teeth_too(tmp_path):
    write(tmp_path, "36", "75", "46", "caries")
    assert only(opened(tmp_path, "teeth")).sum() == 12
    assert only(opened(tmp_path, "quadrant 3")).sum() == 8
    mask = only(opened(tmp_path, "all", "quadrant 4"))
    assert (mask == 1).sum() == 12 and (mask == 2).sum() == 4


def test_flags():
    words = ["--data", "x", "--alias", "croen=Crown", "--alias", "a b=c", "--tooth-numbers", "universal"]
    data = parse(Train, "train", words).config().data
    assert data.aliases == ("croen=Crown", "a b=c") and data.tooth_numbers == "universal"
    with pytest.raises(InputError, match="an alias must be OLD=NEW, got 'croen'"):
        parse(Train, "train", ["--data", "x", "--alias", "croen"]).config()
    with pytest.raises(InputError, match="alias must be OLD=NEW, got 'croen='"):
        DataFlags(alias=("a=b", "croen=")).data_config()


def test_mask_files_and_phantoms_have_no_names_to_change(tmp_path):
    for folder in ("images", "masks"):
        blank(tmp_path / folder / "a.png")
    for config in (
        DataConfig(aliases=("a=b",)),
        DataConfig(images=tmp_path / "images", masks=tmp_path / "masks", tooth_numbers="fdi"),
        DataConfig(data=tmp_path, aliases=("a=b",)),
    ):
        with pytest.raises(InputError, match="are for --data with annotated objects"):
            open_source(config, (32, 64))


def test_teeth_in_other_words_keep_their_names_and_are_teeth(tmp_path):
    write(tmp_path, "11 - Central Incisor", "Canine (13)", "T36", "caries 2", "36 crown")
    source = opened(tmp_path)
    assert source.classes == ("11 - Central Incisor", "Canine (13)", "T36", "caries 2", "36 crown")
    assert "look like tooth numbers; --tooth-numbers fdi (or universal) makes them FDI" in said(source)
    assert only(opened(tmp_path, "teeth")).sum() == 12
    assert only(opened(tmp_path, "quadrant 1")).sum() == 8 and only(opened(tmp_path, "36")).sum() == 4
    assert opened(tmp_path, tooth_numbers="fdi").classes == ("11", "13", "36", "caries 2", "36 crown")


def test_two_of_an_ambiguous_series_are_not_taken_for_fdi(tmp_path):
    write(tmp_path, *(f"tooth {number}" for number in (8, 9, 11, 21)))
    assert len(opened(tmp_path).classes) == 4
    with pytest.raises(InputError, match="--classes tooth 11: the classes' numbers may be Universal"):
        opened(tmp_path, "tooth 11", "tooth 21")
    assert opened(tmp_path, tooth_numbers="universal").classes == ("11", "21", "23", "34")
