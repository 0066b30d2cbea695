"""Sides and tooth numbers in class names: what a flip makes of them, and when no image may be flipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.datasets.sides import across, sides
from dentalx.datasets.tooth_names import tooth_number, tooth_numbers
from dentalx.teeth import FDI, mirrored, to_palmer, to_universal

WAYS = {
    "11 - Central Incisor": 11, "Canine (13)": 13, "FDI 11": 11, "Tooth 11": 11, "T11": 11, "Q1-8": 18, "tooth_11": 11,
    "UR1": 11, "d11": 11, "1.1": 11, "Zahn 11": 11, "upper right central incisor": 11, "UR 1st molar": 16, "Q18": 18,
    "maxillary right first molar (16)": 16, "LL-E": 75, "URA": 51, "quadrant 1 tooth 8": 18, "primary tooth 55": 55,
    "deciduous upper left second molar": 65, "fdi-tooth-36": 36, "tooth36": 36, "１１": 11, "牙11": 11,
    "8 - central incisor": 11, "Universal #8": 11, "Lower Left Canine": 33, "11R": 11,
}  # fmt: skip
NO_TEETH = (
    "caries 2", "grade 3", "class 11", "K02.1", "implant type 11", "2nd molar", "2019", "11 mm", "crown", "K11", "19",
    "11 (crown)", "11-12", "#8", "#11", "tooth 8", "molar 1", "left 11", "91", "0", "11 - third molar", "1-8", "teeth",
)  # fmt: skip


@pytest.mark.parametrize(("name", "number"), WAYS.items())
def test_a_tooth_in_the_usual_ways(name: str, number: int) -> None:
    assert tooth_number(name) == number
    other = to_palmer(mirrored(number))
    assert sides((name, "caries", other)).labels == (0, 3, 2, 1)
    assert sides((name, "caries")).labels is None


@pytest.mark.parametrize("name", NO_TEETH)
def test_what_is_no_tooth_by_its_name(name: str) -> None:
    assert tooth_number(name) is None


@pytest.mark.parametrize(
    "classes",
    [
        ("caries 1", "caries 2", "caries 3"), ("grade 3", "grade 4"), ("class 11", "class 12"), ("K02.1", "K04"),
        ("implant type 11",), ("2nd molar", "3rd molar"), ("year 2019", "2020"), ("bright spot", "cleft"), ("A", "B"),
        ("0", "caries"), ("91", "caries"), ("mandibular canal", "tooth"),
    ],
)  # fmt: skip
def test_names_without_a_side_stay(classes: tuple[str, ...]) -> None:
    assert sides(classes).labels == tuple(range(len(classes) + 1))


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (("11 (crown)", "21 crown", "crown"), (0, 2, 1, 3)),
        (("Q1", "Q2", "Q3", "Q4"), (0, 2, 1, 4, 3)),
        (("1st quadrant", "quadrant II"), (0, 2, 1)),
        (("L", "R"), (0, 2, 1)),
        (("sinus (L)", "Right sinus", "sinus_R"), None),
        (("sinus (L)", "sinus_R"), (0, 2, 1)),
        (("LeftSinus", "rightSinus"), (0, 2, 1)),
        (("leftcondyle", "rightcondyle"), (0, 2, 1)),
        (("Kiefer links", "Kiefer rechts"), (0, 2, 1)),
        (("左上颌窦", "右上颌窦"), (0, 2, 1)),
        (("sextant 1", "sextant 2", "sextant 3"), (0, 3, 2, 1)),
        (("UR1", "tooth 21", "91"), (0, 2, 1, 3)),
        (("#31", "#41", "#11", "#21"), (0, 2, 1, 4, 3)),
    ],
)
def test_sides_by_hand(classes: tuple[str, ...], labels: tuple[int, ...] | None) -> None:
    assert sides(classes).labels == labels


@pytest.mark.parametrize(
    ("classes", "says"),
    [
        (("11", "21", "49"), "the number in class '49' may be a tooth's"),
        (("11", "21", "19"), "the number in class '19' may be a tooth's"),
        (tuple(str(number) for number in range(1, 29)), "may be a tooth's, in a system that is not known"),
        (tuple(f"Tooth {number}" for number in range(1, 33)), "may be a tooth's, in a system that is not known"),
        (("1", "2", "3", "4"), "may be a tooth's"),
        (("#11", "#21"), "may be a tooth's"),
        (tuple(f"class {number}" for number in range(1, 33)), "say nothing of what they are"),
        (tuple("ABCDEFGHIJKLMNOPQRST"), "may be letters of primary teeth"),
        (("lesion 1", "lesion 11", "lesion 21"), "the number in class 'lesion 1' may be"),
        (("crown 19", "crown 30"), "the number in class 'crown 19' may be"),
        (("1-8", "2-8"), "the number in class '1-8' may be"),
        (("11", "tooth 11", "21"), "names the same tooth or side as another class"),
        (("36", "37"), "class '36' becomes '46' in the mirror image, and no class is called so"),
        (("左上",), "becomes that of the other side in the mirror image"),
    ],
)
def test_what_is_not_understood_is_not_flipped(classes: tuple[str, ...], says: str) -> None:
    found = sides(classes)
    assert found.labels is None and says in found.reason


@given(st.lists(st.sampled_from([*WAYS, *NO_TEETH, "Left", "R", "Q2", "caries", "crown 36", "A"]), unique=True))
def test_a_flip_twice_is_none(classes: list[str]) -> None:
    labels = sides(classes).labels
    assert labels is None or [labels[label] for label in labels] == list(range(len(classes) + 1))


@given(st.text(max_size=30))
def test_any_name_is_read(name: str) -> None:
    assert tooth_number(name) is None or tooth_number(name) in FDI
    assert isinstance(across(name), str) and (sides((name,)).labels in (None, (0, 1)))


@pytest.mark.parametrize(
    "way", [str, "Tooth {}".format, "T{}".format, to_palmer, lambda n: f"universal {to_universal(n)}"]
)
def test_all_permanent_teeth_in_one_way(way) -> None:
    numbers = FDI[:32]
    classes = tuple(way(number) for number in numbers)
    assert tooth_numbers(classes) == numbers
    labels = sides(classes).labels
    assert labels is not None and [numbers[label - 1] for label in labels[1:]] == [mirrored(n) for n in numbers]
