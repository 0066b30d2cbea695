"""Words in class names that say which tooth, which jaw and which side, in the languages of public data sets."""

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEFT = _words(
    "left l lt links linke linker linkes izquierda izquierdo gauche esquerda esquerdo sinistra sinistro sinister sol "
    "左 левый левая левое слева يسار"
)
RIGHT = _words(
    "right r rt rechts rechte rechter rechtes derecha derecho droite droit direita direito destra destro dexter sağ "
    "右 правый правая правое справа يمين"
)
UPPER = _words("upper maxillary maxilla top superior obere oberer oben sup üst верхний верхняя 上")
LOWER = _words("lower mandibular mandible bottom inferior untere unterer unten inf alt нижний нижняя 下")
QUADRANT = _words("quadrant quadrants quad q quadrante cuadrante kadran квадрант")
SEXTANT = _words("sextant sextante sekstant")
TOOTH = _words(
    "tooth teeth t d z # no nr num number fdi iso universal ada palmer permanent adult and zahn zähne dent dents "
    "diente dientes dente dentes dens diş зуб зубы 牙 牙齿 齿 歯"
)
PRIMARY = _words("primary deciduous milk baby temporary")
TYPES = _words("central lateral incisor canine cuspid premolar bicuspid molar wisdom first second third")
# Of what a number counts when it stands behind one of these words, or before one of the units.
COUNTED = _words(
    "grade class type stage level score step phase degree category cat group version v icd k index code kind size "
    "rank series batch patient case image year age klasse typ grad stufe stadium label object item id"
)
UNITS = _words("mm cm px percent years months y mo ml")
NAMELESS = _words("class klasse label category cat object item id index code")  # a number instead of a name

_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third"}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_DOTTED = re.compile(r"(?<![\w.,])([1-8])[.]([1-8])(?![\w.,])")
_CODE = re.compile(r"\b[A-Za-z]\d{2}\.\d+\b|\d+[.,]\d+")
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_TOKEN = re.compile(r"\d+|[^\W\d_]+|#")
_GLUED = re.compile(r"(left|right)(?!over|y)(\w{4,})")
_PALMER = re.compile(r"(?<![^\W\d_])([UL][RL])([A-E])(?![^\W_])", re.IGNORECASE)
_PAIRS = {"ur": ("upper", "right"), "ul": ("upper", "left"), "ll": ("lower", "left"), "lr": ("lower", "right")}


def tokens(name: str) -> list[str]:
    """Return the words and numbers of a class name in small letters; left, right, upper and lower in English.

    A dotted FDI number is one of two figures; codes such as K02.1 and decimals are words.

    >>> tokens("UR1"), tokens("Right_Sinus"), tokens("1.1"), tokens("2nd molar"), tokens("K02.1")
    (['upper', 'right', '1'], ['right', 'sinus'], ['11'], ['second', 'molar'], ['code'])
    """
    text = unicodedata.normalize("NFKC", name)
    text = _CODE.sub(" code ", _DOTTED.sub(r" \1\2 ", text))
    text = _ORDINAL.sub(lambda found: f" {_ORDINALS.get(found[0].lower(), 'ordinal')} ", text)
    text = _PALMER.sub(r"\1 \2", text)
    text = re.sub("([左右上下])", r" \1 ", _CAMEL.sub(" ", text))
    found: list[str] = []
    for word in _TOKEN.findall(text.replace("_", " ")):
        plain = unicodedata.normalize("NFC", word.casefold())
        glued = _GLUED.fullmatch(plain)
        for each in _PAIRS.get(plain) or (glued.groups() if glued else (plain,)):
            found.append(_english(each))
    return found


def _english(word: str) -> str:
    for words, english in ((LEFT, "left"), (RIGHT, "right"), (UPPER, "upper"), (LOWER, "lower"), (SEXTANT, "sextant")):
        if word in words:
            return english
    return "quadrant" if word in QUADRANT else word


_TYPE_PLACES = (
    ({"central", "incisor"}, {1}),
    ({"lateral", "incisor"}, {2}),
    ({"incisor"}, {1, 2}),
    ({"canine"}, {3}),
    ({"cuspid"}, {3}),
    ({"first", "premolar"}, {4}),
    ({"first", "bicuspid"}, {4}),
    ({"second", "premolar"}, {5}),
    ({"second", "bicuspid"}, {5}),
    ({"premolar"}, {4, 5}),
    ({"bicuspid"}, {4, 5}),
    ({"first", "molar"}, {6}),
    ({"second", "molar"}, {7}),
    ({"third", "molar"}, {8}),
    ({"wisdom"}, {8}),
    ({"molar"}, {6, 7, 8}),
)


def places(words: set[str]) -> set[int]:
    """Return the places from the middle, 1…8, that the kind of tooth in a name may stand at; all where it names none.

    Primary molars stand at 4 and 5.

    >>> places({"central", "incisor"}), places({"molar", "primary"}), places({"tooth"})
    ({1}, {4, 5}, {1, 2, 3, 4, 5, 6, 7, 8})
    """
    found = next((set(numbers) for kind, numbers in _TYPE_PLACES if kind <= words), set(range(1, 9)))
    if words & PRIMARY:
        found = {number - 2 for number in found} if "molar" in words else found
        return found & {1, 2, 3, 4, 5}
    return found
