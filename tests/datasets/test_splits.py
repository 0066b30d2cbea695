"""Splits: by patient, seeded, as close to the shares as can be, written and read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dentalx.datasets.leaks import Leak, as_json, find_leaks, leaked, told
from dentalx.datasets.splits import (
    fold_splits,
    read_divided_splits,
    read_given_splits,
    read_splits,
    split_as_published,
    split_by_patient,
    without_leaks,
    write_splits,
)
from dentalx.errors import InputError
from dentalx.samples import Record

SHARES = (0.7, 0.1, 0.2)


def people(*sizes, split=None):
    """Records of patients with so many pictures each."""
    return [Record(f"p{p:03}_{i}", f"p{p:03}", split=split) for p, size in enumerate(sizes) for i in range(size)]


def sizes(splits):
    return [len(splits[name]) for name in ("train", "val", "test")]


def ids(records):
    return [record.image_id for record in records]


# --- drawing --------------------------------------------------------------------------------------------------


def test_sizes_by_hand():
    assert sizes(split_by_patient(people(*[1] * 10), SHARES, 0)) == [7, 1, 2]
    assert sizes(split_by_patient(people(*[1] * 115), SHARES, 0)) == [81, 11, 23]  # 80.5, 11.5, 23
    assert sizes(split_by_patient(people(*[2] * 10), SHARES, 0)) == [14, 2, 4]
    assert sizes(split_by_patient(people(1, 1, 1), SHARES, 0)) == [1, 1, 1]
    assert sizes(split_by_patient(people(1, 1, 1, 1), SHARES, 0)) == [2, 1, 1]
    assert sizes(split_by_patient(people(*[1] * 10), (0.8, 0.2, 0.0), 0)) == [8, 2, 0]
    assert sizes(split_by_patient(people(1), (1.0, 0.0, 0.0), 0)) == [1, 0, 0]
    assert sizes(split_by_patient(people(90, 1, 1), SHARES, 0)) == [90, 1, 1]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=3, max_size=40),
    st.integers(0, 2**32 - 1),
    st.lists(st.lists(st.integers(0, 39), max_size=4), max_size=4),
)
def test_laws_of_a_split(counts, seed, together):
    records = people(*counts)
    groups = [[f"p{p:03}_0" for p in group if p < len(counts)] for group in together]
    families = len(counts) - sum(max(0, len(set(group)) - 1) for group in groups)
    if families < 3:
        return
    splits = split_by_patient(records, SHARES, seed, groups)
    everyone = sorted(name for part in splits.values() for name in ids(part))
    assert everyone == sorted(ids(records))  # each once
    home = {record.patient_id: name for name, part in splits.items() for record in part}
    assert all(home[r.patient_id] == name for name, part in splits.items() for r in part)  # patients stay together
    assert all(len({home[name.split("_")[0]] for name in group}) <= 1 for group in groups)
    assert all(splits.values())
    assert all(ids(part) == sorted(ids(part)) for part in splits.values())
    shuffled = [records[i] for i in np.random.default_rng(seed).permutation(len(records))]
    assert split_by_patient(shuffled, SHARES, seed, groups) == splits


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=12, max_size=60), st.integers(0, 1000))
def test_sizes_miss_their_share_by_less_than_a_patient(counts, seed):
    splits = split_by_patient(people(*counts), SHARES, seed)
    total = sum(counts)
    assert all(abs(size - share * total) <= max(counts) for size, share in zip(sizes(splits), SHARES, strict=True))


def test_the_seed_decides():
    records = people(*[1] * 40)
    draws = [ids(split_by_patient(records, SHARES, seed)["test"]) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_every_picture_can_land_in_the_test_split():
    records = people(*[1] * 10)
    seen = {name for seed in range(60) for name in ids(split_by_patient(records, SHARES, seed)["test"])}
    assert seen == set(ids(records))


def test_too_few_patients():
    with pytest.raises(InputError, match=r"2 patient\(s\) cannot be divided into train, val, test .*add pictures"):
        split_by_patient(people(5, 5), SHARES, 0)
    assert sizes(split_by_patient(people(5, 5), (0.8, 0.2, 0.0), 0)) == [5, 5, 0]
    with pytest.raises(InputError, match="2 patient"):
        split_by_patient(people(1, 1, 1), SHARES, 0, groups=[["p000_0", "p002_0"]])


def test_ids_must_be_unique():
    with pytest.raises(ValueError, match="unique"):
        split_by_patient([Record("a", "p"), Record("a", "q")], SHARES, 0)


# --- splits of the publisher ----------------------------------------------------------------------------------


def published(**counts):
    return [Record(f"{name}{i:02}", f"{name}{i:02}", split=name) for name, n in counts.items() for i in range(n)]


def test_published_splits_are_kept():
    records = published(train=6, val=3, test=2)
    splits = split_by_patient(records, SHARES, 0)
    assert {name: {r.split for r in part} for name, part in splits.items()} == {
        n: {n} for n in ("train", "val", "test")
    }


def test_a_missing_val_is_drawn_from_train():
    splits = split_by_patient(published(train=16, test=5), SHARES, 0)
    assert sizes(splits) == [14, 2, 5]  # 7 : 1 of 16
    assert {r.split for r in splits["val"]} == {"train"} and {r.split for r in splits["test"]} == {"test"}


def test_pictures_without_a_split_join_train():
    splits = split_by_patient([*published(train=4, val=2, test=2), *people(1, 1)], SHARES, 0)
    assert sizes(splits) == [6, 2, 2]


def test_published_splits_that_share_a_patient_are_refused():
    records = [Record("a", "p", split="train"), Record("b", "p", split="test"), Record("c", "q", split="val")]
    with pytest.raises(InputError, match=r"separate one patient or one picture \(a in train, b in test\)"):
        split_by_patient(records, SHARES, 0)
    with pytest.raises(InputError, match="train00 in train, val00 in val"):
        split_by_patient(published(train=3, val=2, test=2), SHARES, 0, groups=[["train00", "val00"]])


def test_published_splits_that_share_a_patient_can_be_kept():
    records = [Record("a", "p", split="train"), Record("b", "p", split="test"), Record("c", "q", split="val")]
    splits = split_as_published(records, SHARES, 0)
    assert {name: ids(part) for name, part in splits.items()} == {"train": ["a"], "val": ["c"], "test": ["b"]}
    assert find_leaks(splits, []) == (Leak("patient", (("a", "train"), ("b", "test"))),)


# --- classes ----------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(30, 120), st.integers(8, 15), st.integers(0, 2**32 - 1))
def test_the_rarest_class_is_in_every_split_by_its_share(count, rare, seed):
    records = people(*[1] * count)
    held = {r.image_id: {"teeth"} for r in records}
    for i in np.random.default_rng(seed).choice(count, rare, replace=False):
        held[records[i].image_id] = {"teeth", "caries"}
    splits = split_by_patient(records, SHARES, seed, presence=held)
    for name, share in zip(("train", "val", "test"), SHARES, strict=True):
        found = sum("caries" in held[r.image_id] for r in splits[name])
        assert abs(found - share * rare) < 1.5
        assert abs(len(splits[name]) - share * count) < 2.5
    shuffled = [records[i] for i in np.random.default_rng(seed).permutation(count)]
    assert split_by_patient(shuffled, SHARES, seed, presence=held) == splits


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=5, max_size=40), st.integers(0, 1000))
def test_a_class_that_all_pictures_have_changes_nothing(counts, seed):
    records = people(*counts)
    everywhere = {r.image_id: {"teeth"} for r in records}
    assert split_by_patient(records, SHARES, seed, presence=everywhere) == split_by_patient(records, SHARES, seed)


# --- folds ------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=12, max_size=40), st.integers(2, 5), st.integers(0, 1000), st.integers(0, 9)
)
def test_laws_of_folds(counts, folds, seed, together):
    records = people(*counts)
    group = [f"p{together:03}_0", f"p{together + 1:03}_0"]
    held = {r.image_id: {"caries"} for r in records[::5]}
    every = [fold_splits(records, (i, folds), 0.2, seed, [group], held) for i in range(1, folds + 1)]
    tests = [name for splits in every for name in ids(splits["test"])]
    assert sorted(tests) == sorted(ids(records))  # disjoint and covering
    for splits in every:
        assert sorted(name for part in splits.values() for name in ids(part)) == sorted(ids(records))
        assert find_leaks(splits, [group]) == () and all(splits.values())
    shuffled = [records[i] for i in np.random.default_rng(seed).permutation(len(records))]
    assert fold_splits(shuffled, (1, folds), 0.2, seed, [group], held) == every[0]


def test_folds_by_hand():
    records = people(*[1] * 10)
    every = [fold_splits(records, (i, 5), 0.25, 0) for i in range(1, 6)]
    assert [sizes(splits) for splits in every] == [[6, 2, 2]] * 5
    assert sizes(fold_splits(records, (1, 5), 0.0, 0)) == [8, 0, 2]
    assert fold_splits(records, (1, 5), 0.25, 1) != every[0]


def test_a_published_test_split_is_the_test_of_every_fold():
    records = published(train=8, val=2, test=3)
    every = [fold_splits(records, (i, 5), 0.25, 0) for i in range(1, 6)]
    assert all({r.split for r in splits["test"]} == {"test"} and sizes(splits) == [8, 2, 3] for splits in every)
    assert sorted(n for s in every for n in ids(s["val"])) == sorted(ids(r for r in records if r.split != "test"))
    with pytest.raises(InputError, match="separate one patient or one picture"):
        fold_splits(records, (1, 5), 0.25, 0, [["train00", "test00"]])


@pytest.mark.parametrize(("number", "of"), [(0, 5), (6, 5), (1, 1)])
def test_folds_that_do_not_exist(number, of):
    with pytest.raises(InputError, match=f"--folds {of} --fold {number}: give at least 2 folds"):
        fold_splits(people(*[1] * 10), (number, of), 0.2, 0)


# --- leaks ------------------------------------------------------------------------------------------------------


def test_leaks_by_hand():
    splits = {
        "train": (Record("a", "p"), Record("b", "q"), Record("f", "u")),
        "val": (Record("c", "p"),),
        "test": (Record("d", "r"), Record("e", "s")),
    }
    leaks = find_leaks(splits, [("b", "d"), ("e", "x")])
    assert leaks == (
        Leak("twin", (("b", "train"), ("d", "test"))),
        Leak("patient", (("a", "train"), ("c", "val"))),
    )
    assert leaked(leaks) == {"val": ("c",), "test": ("d",)}
    assert told(leaks).startswith("1 radiograph is in several splits (b in train, d in test), and 1 patient is")
    assert "(" not in told(leaks, names=False)
    assert as_json(leaks)["leaks"][0] == {"reason": "twin", "pictures": [["b", "train"], ["d", "test"]]}
    cleaned = without_leaks(splits, [("b", "d"), ("e", "x")])
    assert {name: ids(part) for name, part in cleaned.items()} == {"train": list("abcdf"), "val": [], "test": ["e"]}
    assert find_leaks(cleaned, [("b", "d")]) == ()


# --- splits.csv -----------------------------------------------------------------------------------------------


def test_what_is_written_is_read(tmp_path):
    records = [*people(2, 1, 1, 3), Record('odd, "name" ü', "p,9")]
    splits = split_by_patient(records, SHARES, 3)
    path = tmp_path / "run" / "splits.csv"
    write_splits(path, splits)
    assert read_splits(path, records[::-1]) == splits
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "image_id,patient_id,split" and len(lines) == 1 + len(records) and lines[1:] == sorted(lines[1:])


def test_columns_may_be_in_any_order_and_more(tmp_path):
    path = tmp_path / "splits.csv"
    path.write_text("\ufeffsplit,age,image_id,patient_id\ntrain,9,p000_0,p000\r\ntest,8,p001_0,p001\n")
    assert sizes(read_splits(path, people(1, 1))) == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("image_id,split\np000_0,train", "lacks the column.s. patient_id"),
        ("", "lacks the column"),
        ("image_id,patient_id,split\nzzz,z,train", "'zzz' is not in the data"),
        ("image_id,patient_id,split\np000_0,p000,dev", "split 'dev' of p000_0 is unknown; use train, val, test"),
        ("image_id,patient_id,split\np000_0,p000", "split '' of p000_0"),
        ("image_id,patient_id,split\np000_0,p000,train\np000_1,p000,test", "patient 'p000' is in train and test"),
        ("image_id,patient_id,split\np000_0,p000,train\np000_0,p000,train", "listed twice"),
        ("image_id,patient_id,split\np000_0,p000,train", "lacks 1 picture.s., first 'p000_1'"),
        ("image_id,patient_id,split\np000_0,a,train\np000_1,b,test", "separates patient 'p000'"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, text, word):
    path = tmp_path / "splits.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=word) as caught:
        read_splits(path, people(2))
    assert "splits.csv" in str(caught.value) and "\n" not in str(caught.value)
    if "patient" in word and "lacks" not in word:
        assert sizes(read_divided_splits(path, people(2))) == [1, 0, 1]


def test_unreadable_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*no\.csv"):
        read_splits(tmp_path / "no.csv", [])
    (tmp_path / "x.csv").write_bytes(b"\xff\x00\x01")
    with pytest.raises(InputError, match=r"cannot read .*x\.csv"):
        read_splits(tmp_path / "x.csv", [])


@pytest.mark.parametrize("divided", [False, True])
def test_a_table_that_was_given_is_named_with_its_flag(tmp_path, divided):
    table = tmp_path / "mine.csv"
    table.write_text("image_id,patient_id,split\nother,p,train\n")
    with pytest.raises(InputError, match=r"^--splits .*mine\.csv.*'other'"):
        read_given_splits(table, [Record("a", "p")], divided)
