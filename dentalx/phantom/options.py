"""What can be asked of the phantoms."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class PhantomConfig:
    """How often things occur. Every field but `missing` and `styles` is a probability in [0, 1].

    Attributes:
        missing: multiplies the chance that a tooth is missing; 0 gives 32 teeth.
        impacted: a wisdom tooth that is there lies impacted.
        caries, filling, crown, root_canal_filling: per tooth.
        periapical_lesion: per tooth; three times as likely, at least, with a root-canal filling.
        implant: per gap between canine and second molar.
        marker: a left/right letter is shown; burned-in text half as often.
        styles: names of `dentalx.phantom.STYLES` to choose from; empty for all.
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

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "missing" and not 0 <= value < float("inf"):
                raise ValueError(f"missing must be a number that is not negative, got {value}")
            if field.name not in ("missing", "styles") and not 0 <= value <= 1:
                raise ValueError(f"{field.name} must lie in [0, 1], got {value}")
