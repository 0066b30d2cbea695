"""What an audit found, in words: the same sentences for the screen and for a page of Markdown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dentalx import DISCLAIMER
from dentalx.audit.look import Audit
from dentalx.datasets.contents import layout
from dentalx.datasets.leaks import leaked
from dentalx.datasets.naming import without_names
from dentalx.datasets.splits import NAMES
from dentalx.datasets.twins import Pair
from dentalx.evaluation.scores import short_hash

Label = Callable[[str], str]
Section = tuple[str, list[str]]
_SHOWN, _SHOWN_PAGE = 3, 20


def screen(found: Audit) -> list[str]:
    """The audit in one screen, with names, since it is the user's own: a line a fact."""
    width = max(len(title) for title, _ in _sections(found, str, _SHOWN))
    lines = []
    for title, sentences in _sections(found, str, _SHOWN):
        lines += [f"{title if not i else '':<{width}}  {text}" for i, text in enumerate(sentences)]
    return lines


def markdown(found: Audit, names: bool, with_picture: bool) -> str:
    """The audit as a page.

    Args:
        found: the audit.
        names: whether pictures go by their names; else by six letters made from them.
        with_picture: whether `pairs.png` was written.
    """
    label = str if names else short_hash
    parts = [f"# Audit: {_cell(found.task.source.name)}", f"> {DISCLAIMER}"]
    for title, sentences in _sections(found, label, _SHOWN_PAGE):
        parts.append(f"## {title.capitalize()}\n\n" + "\n".join(f"- {_cell(text)}" for text in sentences))
    if with_picture:
        parts.append("## The pairs to look at first\n\n![Pairs](pairs.png)")
    if not names:
        parts.append(
            "Pictures go by six letters made from their names, since names may be patients'; `splits.csv` has both."
        )
    return "\n\n".join(parts) + "\n"


def as_json(found: Audit, names: bool) -> dict[str, Any]:
    """The audit as plain JSON values; `names` as in `markdown`."""
    label: Label = str if names else short_hash
    facts, task = found.facts, found.task
    sizes = [[*size, count] for size, count in sorted(facts.sizes.items())]
    return {
        "data": task.source.name,
        "layout": layout(task.source) if names else without_names(layout(task.source)),
        "pictures": found.own,
        "sizes": sizes,
        "bits": {str(bits): count for bits, count in sorted(facts.bits.items())},
        "classes": {
            name: {"share_of_pixels": round(share, 6), "pictures": facts.pictures[name]}
            | ({"objects": facts.objects[name]} if facts.objects else {})
            for name, share in facts.pixels.items()
        },
        "vanished": list(facts.vanished),
        "empty": [label(image_id) for image_id in facts.empty],
        "full": [label(image_id) for image_id in facts.full],
        "doubtful": {doubt: [label(image_id) for image_id in ids] for doubt, ids in facts.doubtful.items()},
        "bad": [label(image_id) for image_id in found.bad],
        "twins": [_pair_json(found, pair, label) for pair in found.search.pairs],
        "groups": [[label(image_id) for image_id in group] for group in found.groups],
        "patients_with_several_pictures": len(_families(found)),
        "patient_pattern_guess": vars(found.guess) if found.guess else None,
        "roboflow": {
            "copies": sum(map(len, found.roboflow.values())),
            "source_pictures": len(found.roboflow),
            "said": {key: list(lines) for key, lines in found.readme.items()},
        },
        "splits": _split_sizes(found),
        "leaks": [
            {"reason": leak.reason, "pictures": [[label(image_id), split] for image_id, split in leak.pictures]}
            for leak in found.leaks
        ],
        "cleaned": {name: len(part) for name, part in found.cleaned.items()} if found.cleaned else None,
        "against": task.other.name if task.other else None,
        "in_both": len({p.first if p.first < found.own else p.second for p in found.across}),
        "disclaimer": DISCLAIMER,
    }


def _sections(found: Audit, label: Label, shown: int) -> list[Section]:
    plain = str if label is str else without_names  # notes list files, which may be called like patients
    parts = [
        ("read as", [plain(text)] if (text := layout(found.task.source)) else []),
        ("pictures", list(_pictures(found, label, shown))),
        ("classes", list(_classes(found, label, shown))),
        ("twice there", list(_twins(found, label, shown))),
        ("patients", list(_patients(found))),
        ("roboflow", list(_roboflow(found))),
        ("splits", list(_splits(found, label, shown))),
        ("the other set", list(_other(found, label, shown))),
        ("the reader says", _first([plain(note) for note in found.task.source.notes], 2 * shown)),
        ("bad files", _listed_bad(found, label, shown)),
    ]
    return [(title, sentences) for title, sentences in parts if sentences]


def _pictures(found: Audit, label: Label, shown: int) -> Iterator[str]:
    facts = found.facts
    rows, columns = ([size[axis] for size in facts.sizes] for axis in (0, 1))
    if not rows:
        yield f"{found.own}, none of which can be read"
        return
    kinds = len(facts.sizes)
    sizes = (
        f"{min(rows)}…{max(rows)} × {min(columns)}…{max(columns)}, {kinds} sizes"
        if kinds > 1
        else "×".join(map(str, next(iter(facts.sizes))))
    )
    several = len(facts.bits) > 1
    bits = ", ".join(f"{b or 'unknown'} bit{f' ({n})' if several else ''}" for b, n in sorted(facts.bits.items()))
    yield f"{found.own} of {found.task.source.name}; {sizes} (rows × columns){'; ' + bits if bits else ''}"
    for doubt, ids in facts.doubtful.items():
        yield f"{len(ids)}: {doubt} ({_some([label(i) for i in ids], 2 * shown)})"


def _classes(found: Audit, label: Label, shown: int) -> Iterator[str]:
    facts = found.facts
    listed = [
        f"{name}: {f'{facts.objects[name]} objects, ' if facts.objects else ''}{100 * share:.1f} % of the pixels, "
        f"in {_many(facts.pictures[name], 'picture')}"
        for name, share in facts.pixels.items()
    ]
    yield from _first(listed, 3 * shown)
    yield from _first(list(facts.vanished), 3 * shown)
    for what, ids in (("nothing in them", facts.empty), ("one class everywhere", facts.full)):
        if ids:
            yield f"masks with {what}: {len(ids)} ({_some([label(i) for i in ids], 2 * shown)})"


def _twins(found: Audit, label: Label, shown: int) -> Iterator[str]:
    own = [pair for pair in found.search.pairs if max(pair.first, pair.second) < found.own]
    if not found.groups:
        yield "no radiograph"
        return
    pictures = sum(map(len, found.groups))
    yield f"{_many(len(found.groups), 'radiograph')} in {pictures} pictures"
    for pair in sorted(own, key=lambda pair: pair.kind != "near")[:shown]:
        yield _pair_told(found, pair, label)
    if len(own) > shown:
        yield f"… and {_many(len(own) - shown, 'pair')} more"


def _patients(found: Audit) -> Iterator[str]:
    families = _families(found)
    if families:
        yield f"{_many(len(families), 'patient')} with several pictures, {sum(families.values())} in all"
    if found.guess:
        yield (
            f"names may hold patients: {found.guess.patients} keys for {found.own} pictures; a guess: look, and if "
            f"it is right give --patient-pattern '{found.guess.pattern}'"
        )
    if not families and not found.guess:
        yield "nothing says that two pictures are of one patient; that does not mean that none are"


def _roboflow(found: Audit) -> Iterator[str]:
    copies = sum(map(len, found.roboflow.values()))
    if copies:
        yield f"{copies} pictures NAME_jpg.rf.HASH.jpg of {_many(len(found.roboflow), 'source picture')}"
    for key, lines in found.readme.items():
        yield f"its README says {key}: {'; '.join(lines)}"
    if any("stretch" in line.lower() for line in found.readme.get("preprocessing", ())):
        yield "the pictures were stretched: lengths and shapes in them are not those of the radiograph"


def _splits(found: Audit, label: Label, shown: int) -> Iterator[str]:
    sizes = _split_sizes(found)
    if not sizes:
        yield "none given" + (f"; fresh ones: {_counted(found.cleaned)}" if found.cleaned else "")
        return
    yield ", ".join(f"{count} {name}" for name, count in sizes.items())
    if not found.leaks:
        yield "no radiograph and no known patient is in two of them"
    for reason, words in (("twin", "radiograph"), ("patient", "patient")):
        leaks = [leak for leak in found.leaks if leak.reason == reason]
        if leaks:
            first = "; ".join(", ".join(f"{label(i)} in {s}" for i, s in leak.pictures[:4]) for leak in leaks[:shown])
            more = " …" if len(leaks) > shown else ""
            yield f"LEAK: {_many(len(leaks), words)} in several of them ({first}{more})"
    lost = [f"{len(ids)} of {sizes[name]} {name}" for name, ids in leaked(found.leaks).items() if ids]
    if lost:
        yield f"pictures that an earlier split knows: {', '.join(lost)}"
        yield f"cleaned: {_counted(found.cleaned)}" if found.cleaned else "too few patients are left for clean splits"


def _other(found: Audit, label: Label, shown: int) -> Iterator[str]:
    if found.task.other is None:
        return
    own = {pair.first if pair.first < found.own else pair.second for pair in found.across}
    yield f"{found.task.other.name}, {len(found.records) - found.own} pictures; {_many(len(own), 'radiograph')} in both"
    for pair in found.across[:shown]:
        yield _pair_told(found, pair, label)
    ours, theirs = (
        {r.patient_id for r in part if r.patient_id != r.image_id}
        for part in (found.records[: found.own], found.records[found.own :])
    )
    if ours & theirs:
        named = _some([label(name) for name in sorted(ours & theirs)], shown)
        yield f"{_many(len(ours & theirs), 'patient')}, or source pictures of copies, in both ({named})"


def _listed_bad(found: Audit, label: Label, shown: int) -> list[str]:
    return _first([reason if label is str else label(image_id) for image_id, reason in found.bad.items()], 2 * shown)


def pair_names(found: Audit, pair: Pair, label: Label) -> tuple[str, str]:
    """What the two pictures are called; those of the other data set with its name."""
    other = found.task.other.name if found.task.other else ""
    first, second = (
        label(found.records[i].image_id) + (f" of {other}" if i >= found.own else "") for i in (pair.first, pair.second)
    )
    return first, second


def pair_kind(pair: Pair) -> str:
    """How alike, and what was done.

    >>> pair_kind(Pair(0, 1, "near", 0.93, ("mirrored",)))
    'near, 0.930, mirrored'
    """
    return ", ".join([pair.kind, *([f"{pair.likeness:.3f}"] if pair.kind == "near" else []), *pair.changes])


def _pair_told(found: Audit, pair: Pair, label: Label) -> str:
    first, second = pair_names(found, pair, label)
    return f"{first} and {second}: {pair_kind(pair)}"


def _pair_json(found: Audit, pair: Pair, label: Label) -> dict[str, Any]:
    pictures = list(pair_names(found, pair, label))
    return {"pictures": pictures, "kind": pair.kind, "likeness": pair.likeness, "changes": list(pair.changes)}


def _families(found: Audit) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in found.records[: found.own]:
        counts[record.patient_id] = counts.get(record.patient_id, 0) + 1
    return {name: count for name, count in counts.items() if count > 1}


def _split_sizes(found: Audit) -> dict[str, int]:
    from dentalx.audit.look import published

    splits = found.task.splits or published(found.records[: found.own])
    return {name: len(splits[name]) for name in NAMES} if splits else {}


def _counted(splits: Mapping[str, Sequence[Any]] | None) -> str:
    return ", ".join(f"{len(part)} {name}" for name, part in (splits or {}).items())


def _first(sentences: list[str], shown: int) -> list[str]:
    """The first few, and how many are not shown."""
    return sentences[:shown] + ([f"… and {len(sentences) - shown} more"] if len(sentences) > shown else [])


def _some(names: Sequence[str], shown: int) -> str:
    return ", ".join(names[:shown]) + (" …" if len(names) > shown else "")


def _many(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _cell(text: str) -> str:
    """Text from outside that cannot break a line or a page."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
