"""Names of classes that may mean the same: synonyms, misspellings, Turkish. Offered to the user, never applied."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence

_ALIKE = 0.8  # share of letters in common from which two names look like one misspelt
_COMPARED = 120  # names at most that are compared letter by letter

# What names found in public sets and exports mean; the first of each is what is offered.
_MEANINGS = (
    ("caries", "cavity", "cavities", "decay", "tooth decay", "decayed tooth", "carious lesion", "dental caries"),
    ("deep caries", "deep cavity", "deep decay"),
    ("crown", "croen", "dental crown", "prosthetic crown", "crown prosthesis"),
    ("filling", "restoration", "dental filling", "amalgam filling", "composite filling"),
    (
        "root canal treatment",
        "rct",
        "root canal",
        "root canal filling",
        "endodontic treatment",
        "endo",
        "canal filling",
    ),
    ("root piece", "retained root", "residual root", "root remnant", "remaining root", "root stump"),
    ("implant", "dental implant"),
    ("impacted tooth", "impacted", "impaction", "impacted teeth"),
    ("missing teeth", "missing tooth", "missing"),
    ("periapical lesion", "periapical", "apical lesion", "apical periodontitis", "periapical radiolucency"),
    ("fracture teeth", "fracture tooth", "fractured tooth", "fractured teeth", "broken tooth"),
    ("mandibular canal", "inferior alveolar canal", "inferior alveolar nerve", "nerve canal", "ian"),
    ("maxillary sinus", "sinus maxillaris", "sinus"),
    ("mandible", "lower jaw", "mandibula"),
    ("maxilla", "upper jaw"),
    ("primary teeth", "primary tooth", "deciduous teeth", "deciduous tooth", "milk tooth"),
    ("permanent teeth", "permanent tooth"),
    ("orthodontic brackets", "bracket", "braces"),
    ("post core", "post and core", "post"),
    ("tooth", "teeth"),
)
_TURKISH = {
    "çürük": "caries", "derin çürük": "deep caries", "gömülü": "impacted tooth", "kanal": "root canal treatment",
    "lezyon": "periapical lesion", "küretaj": "curettage", "çekim": "extraction", "kırık": "fracture teeth",
    "sağlam": "sound tooth", "saglam": "sound tooth", "eksik": "missing teeth", "kron": "crown", "dolgu": "filling",
    "implant": "implant", "apse": "abscess",
}  # fmt: skip


def folded(name: str) -> str:
    """A name without capitals, accents, punctuation and plural s, so that spellings of one name meet.

    >>> folded("Root_Canal  Treatments"), folded("ÇÜRÜK"), folded("Kırık")
    ('root canal treatment', 'curuk', 'kirik')
    """
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", " ", bare).split()
    return " ".join(word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word for word in words)


_KNOWN = {folded(name): names[0] for names in _MEANINGS for name in names}
_TRANSLATED = {folded(word): english for word, english in _TURKISH.items()}


def meaning(name: str) -> str:
    """What a name means in one word for all its spellings; its own folded form where it is not known.

    >>> meaning("RCT"), meaning("Cavities"), meaning("çürük"), meaning("Zahn")
    ('root canal treatment', 'caries', 'caries', 'zahn')
    """
    bare = folded(name)
    return _KNOWN.get(bare) or _TRANSLATED.get(bare) or bare


def offers(classes: Sequence[str], uses: Mapping[str, int]) -> list[str]:
    """A sentence for each group of names that may mean the same, with the flags that would merge them.

    Args:
        classes: names of one data set.
        uses: how many objects each has; the most used name is the one to keep.

    >>> offers(("Crown", "croen", "Caries"), {"Crown": 9, "croen": 1})
    ['Crown and croen may mean the same, kept apart; to merge: --alias croen=Crown']
    >>> offers(("çürük",), {})
    ["çürük may be Turkish for caries; to call it so: --alias 'çürük=caries'"]
    """
    said = []
    for group in _groups(classes):
        keep = max(group, key=lambda name: uses.get(name, 0))
        flags = " ".join(f"--alias {quoted(f'{name}={keep}')}" for name in group if name != keep)
        said.append(f"{' and '.join(group)} may mean the same, kept apart; to merge: {flags}")
    grouped = {name for group in _groups(classes) for name in group}
    for name in classes:
        english = _TRANSLATED.get(folded(name))
        if name not in grouped and english is not None and folded(english) != folded(name):
            flag = f"--alias {quoted(f'{name}={english}')}"
            said.append(f"{name} may be Turkish for {english}; to call it so: {flag}")
    return said


def quoted(text: str) -> str:
    """A word as a shell takes it.

    >>> quoted("croen=Crown"), quoted("root piece=Retained root")
    ('croen=Crown', "'root piece=Retained root'")
    """
    plain = all(c.isascii() and (c.isalnum() or c in "=_-.") for c in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def likely(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant: by capitals, by meaning, by letters."""
    by_case = [other for other in known if other.casefold() == name.casefold()]
    by_meaning = [other for other in known if meaning(other) == meaning(name)]
    return next(iter([*by_case, *by_meaning, *difflib.get_close_matches(name, known, 1)]), None)


def _groups(classes: Sequence[str]) -> list[list[str]]:
    """Names that mean or look the same, two or more each, in the order of their first."""
    words = [name for name in classes if len(name) > 2 and not any(c.isdigit() for c in name)]
    groups: list[list[str]] = []
    for name in words:
        home = next((group for group in groups if any(_same(name, other) for other in group)), None)
        if home is None:
            groups.append([name])
        else:
            home.append(name)
        if len(groups) > _COMPARED:
            break
    return [group for group in groups if len(group) > 1]


def _same(a: str, b: str) -> bool:
    one, other = meaning(a), meaning(b)
    if one == other:
        return True
    if min(len(one), len(other)) < 4 or {one, other} <= _CANONICAL:  # two known things are two things
        return False
    return sorted(one) == sorted(other) or difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


_CANONICAL = {*_KNOWN.values(), *_TRANSLATED.values()}
