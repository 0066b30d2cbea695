"""What can be asked of the phantoms."""

from dataclasses import dataclass, fields

from dentalx.phantom.variety import REALISTIC, WIDE, Variety


@dataclass(frozen=True)
class PhantomConfig:
    """How often things occur. Every field but `missing`, `styles` and `variety` is a probability in [0, 1].

    Attributes:
        missing: multiplies the chance that a tooth is missing; 0 gives 32 teeth.
        impacted: a wisdom tooth that is there lies impacted.
        caries, filling, crown, root_canal_filling: per tooth.
        periapical_lesion: per tooth; three times as likely, at least, with a root-canal filling.
        implant: per gap between canine and second molar.
        marker: a left/right letter is shown; burned-in text half as often.
        styles: names of `dentalx.phantom.STYLES` to choose from; empty for all.
        toothless: per jaw.
        few_teeth: the patient has lost many teeth.
        many_implants: the patient has several implants.
        mixed: the patient is a child of 5 to 13 years, with milk teeth and germs.
        retained_root: per tooth, the crown is lost and the roots stay.
        bridge: per gap between two teeth; the middle part of a bridge is no tooth.
        braces, retainer, plate: per patient.
        burn_out: metal blooms over what lies next to it.
        variety: how far devices and habits vary; None: one device, framed as the set that phantoms were fitted to.
    """

    missing: float = 1.0
    impacted: float = 0.22
    caries: float = 0.05
    filling: float = 0.13
    crown: float = 0.035
    root_canal_filling: float = 0.045
    periapical_lesion: float = 0.02
    implant: float = 0.06
    marker: float = 0.8
    styles: tuple[str, ...] = ()
    toothless: float = 0.02
    few_teeth: float = 0.0
    many_implants: float = 0.0
    mixed: float = 0.0
    retained_root: float = 0.0
    bridge: float = 0.0
    braces: float = 0.0
    retainer: float = 0.0
    plate: float = 0.0
    burn_out: float = 0.0
    variety: Variety | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "missing" and not 0 <= value < float("inf"):
                raise ValueError(f"missing must be a number that is not negative, got {value}")
            if field.name not in ("missing", "styles", "variety") and not 0 <= value <= 1:
                raise ValueError(f"{field.name} must lie in [0, 1], got {value}")


def _of_every_clinic(variety: Variety) -> PhantomConfig:
    return PhantomConfig(
        toothless=0.04,
        few_teeth=0.2,
        many_implants=0.15,
        mixed=0.08,
        retained_root=0.008,
        bridge=0.12,
        braces=0.03,
        retainer=0.05,
        plate=0.015,
        burn_out=0.3,
        variety=variety,
    )


PRESETS: dict[str, PhantomConfig] = {
    "standard": PhantomConfig(),
    "realistic": _of_every_clinic(REALISTIC),
    "wide": _of_every_clinic(WIDE),
}
