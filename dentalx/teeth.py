"""Tooth numbers: FDI (ISO 3950), Universal (ADA), Palmer, and DENTEX's pairs. Sides are the patient's.

FDI is what dentalx speaks: the quadrant (1 upper right, 2 upper left, 3 lower left, 4 lower right; 5 to 8 for
primary teeth), then the tooth from the middle. The patient's right is on the left of the picture.
"""

_PRIMARY = "ABCDE"
_QUADRANTS = ("UR", "UL", "LL", "LR")
_ACROSS = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}

PERMANENT = tuple(10 * quadrant + tooth for quadrant in range(1, 5) for tooth in range(1, 9))
PRIMARY = tuple(10 * quadrant + tooth for quadrant in range(5, 9) for tooth in range(1, 6))
FDI = PERMANENT + PRIMARY


def _round(quadrants: tuple[int, ...], teeth: int) -> list[int]:
    """FDI numbers from the upper right's last tooth along the upper arch, and back along the lower."""
    found = []
    for index, quadrant in enumerate(quadrants):
        order = range(teeth, 0, -1) if index % 2 == 0 else range(1, teeth + 1)
        found += [10 * quadrant + tooth for tooth in order]
    return found


_UNIVERSAL = {str(number): fdi for number, fdi in enumerate(_round((1, 2, 3, 4), 8), start=1)}
_UNIVERSAL |= dict(zip("ABCDEFGHIJKLMNOPQRST", _round((5, 6, 7, 8), 5), strict=True))
_TO_UNIVERSAL = {fdi: name for name, fdi in _UNIVERSAL.items()}


def check_fdi(number: int) -> int:
    """The number itself, when it is a tooth's.

    Raises:
        ValueError: it is not; 91 (supernumerary in some sets) is not either.

    >>> check_fdi(48), check_fdi(85)
    (48, 85)
    """
    if number not in FDI:
        raise ValueError(f"{number} is no FDI number; expected 11…18, 21…28, 31…38, 41…48, 51…55, … 81…85")
    return number


def from_universal(name: str) -> int:
    """FDI number of a Universal one: 1 to 32, or A to T for primary teeth.

    Raises:
        ValueError: not one of these.

    >>> [from_universal(name) for name in ("1", "8", "9", "16", "17", "24", "25", "32", "A", "J", "K", "t")]
    [18, 11, 21, 28, 38, 31, 41, 48, 55, 65, 75, 85]
    """
    found = _UNIVERSAL.get(name.strip().upper())
    if found is None:
        raise ValueError(f"{name!r} is no Universal tooth number; expected 1…32 or A…T")
    return found


def to_universal(fdi: int) -> str:
    """Universal number of an FDI one.

    Raises:
        ValueError: `fdi` is no FDI number.

    >>> to_universal(18), to_universal(36), to_universal(61)
    ('1', '19', 'F')
    """
    return _TO_UNIVERSAL[check_fdi(fdi)]


def from_palmer(name: str) -> int:
    """FDI number of Palmer's, written as quadrant and tooth: UR8, LL1; URA to LRE for primary teeth.

    Raises:
        ValueError: not so written.

    >>> from_palmer("UR8"), from_palmer("ll 6"), from_palmer("LRE")
    (18, 36, 85)
    """
    text = name.replace(" ", "").upper()
    quadrant, tooth = text[:2], text[2:]
    if quadrant in _QUADRANTS and len(tooth) == 1:
        if tooth in "12345678":
            return 10 * (_QUADRANTS.index(quadrant) + 1) + int(tooth)
        if tooth in _PRIMARY:
            return 10 * (_QUADRANTS.index(quadrant) + 5) + _PRIMARY.index(tooth) + 1
    raise ValueError(f"{name!r} is no Palmer tooth; expected UR, UL, LL or LR and 1…8 or A…E, for example UR8")


def to_palmer(fdi: int) -> str:
    """Palmer's notation in letters.

    Raises:
        ValueError: `fdi` is no FDI number.

    >>> to_palmer(18), to_palmer(75)
    ('UR8', 'LLE')
    """
    quadrant, tooth = divmod(check_fdi(fdi), 10)
    return _QUADRANTS[(quadrant - 1) % 4] + (str(tooth) if quadrant < 5 else _PRIMARY[tooth - 1])


def mirrored(fdi: int) -> int:
    """The tooth on the other side, which a tooth becomes when its picture is flipped left to right.

    Raises:
        ValueError: `fdi` is no FDI number.

    >>> mirrored(11), mirrored(38), mirrored(54)
    (21, 48, 64)
    """
    quadrant, tooth = divmod(check_fdi(fdi), 10)
    return 10 * _ACROSS[quadrant] + tooth


def is_upper(fdi: int) -> bool:
    """Whether a tooth stands in the upper jaw.

    >>> is_upper(18), is_upper(85)
    (True, False)
    """
    return check_fdi(fdi) // 10 in (1, 2, 5, 6)


def arch_place(fdi: int) -> float:
    """How many teeth a tooth stands from the middle, to the patient's left; half numbers, for there is none at 0.

    >>> arch_place(18), arch_place(11), arch_place(32), arch_place(85)
    (-7.5, -0.5, 1.5, -4.5)
    """
    quadrant, tooth = divmod(check_fdi(fdi), 10)
    return (tooth - 0.5) * (1 if quadrant in (2, 3, 6, 7) else -1)


def are_neighbours(one: int, other: int) -> bool:
    """Whether two numbers stand side by side in one jaw and dentition.

    >>> are_neighbours(11, 21), are_neighbours(36, 37), are_neighbours(11, 41), are_neighbours(55, 14)
    (True, True, False, False)
    """
    alike = is_upper(one) == is_upper(other) and (one < 50) == (other < 50)
    return alike and abs(arch_place(one) - arch_place(other)) == 1


def in_other_dentition(fdi: int) -> int | None:
    """The permanent tooth that follows a primary one, or the primary one it follows; None for permanent molars.

    >>> in_other_dentition(55), in_other_dentition(34), in_other_dentition(36)
    (15, 74, None)
    """
    quadrant, tooth = divmod(check_fdi(fdi), 10)
    if quadrant > 4:
        return 10 * (quadrant - 4) + tooth
    return 10 * (quadrant + 4) + tooth if tooth <= 5 else None
