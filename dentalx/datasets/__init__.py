"""Readers: every data set becomes a `dentalx.samples.Source`. Importing this is light."""

import hashlib
import json

from dentalx.config import DataConfig
from dentalx.errors import InputError
from dentalx.files import file_digest
from dentalx.labelling import labelling_of
from dentalx.memory import uncollected
from dentalx.samples import Source, labelling


@uncollected()
def open_source(config: DataConfig, image_size: tuple[int, int], keep_bad: bool = False) -> Source:
    """The data set that `config` asks for: two folders, one folder, or phantoms when neither is given.

    Args:
        config: what was asked.
        image_size: (rows, columns) of the network, which phantoms are drawn for.
        keep_bad: whether pictures with broken headers, and masks of another size, stay records that `load` refuses
            one by one, for those who go on without them; else one stops all.

    Raises:
        InputError: the folders are missing or hold nothing usable, or the options contradict each other.
    """
    from dentalx.datasets.overlapping import check_classes

    if config.data is None:
        refuse_names(config)
    source = _opened(config, image_size, keep_bad)
    if config.overlapping:
        check_classes(source)
    return source


def _opened(config: DataConfig, image_size: tuple[int, int], keep_bad: bool) -> Source:
    from dentalx.datasets.folders import open_pair
    from dentalx.datasets.mask_source import MaskWishes
    from dentalx.datasets.naming import Reading
    from dentalx.datasets.overlapping import open_overlapping_pair
    from dentalx.datasets.readers import open_data

    if (config.images is None) != (config.masks is None):
        given, lacking = ("--images", "--masks") if config.images is not None else ("--masks", "--images")
        raise InputError(f"{given} was given without {lacking}; give both, or --data with a folder that holds both")
    if config.data is not None and config.images is not None:
        raise InputError("--data and --images were both given; give --data alone, or --images with --masks")
    if config.images is not None and config.masks is not None:
        asked = config.images, config.masks, config.classes, Reading.of(config, keep_bad), MaskWishes.of(config)
        if config.overlapping and (several := open_overlapping_pair(*asked)):
            return several
        pair = open_pair(*asked)
        pair.labelling = labelling_of(config.overlapping)
        return pair
    if config.data is not None:
        return open_data(config.data, config, keep_bad)
    from dentalx.datasets.phantoms import PhantomSource
    from dentalx.phantom import PRESETS

    how, often = labelling_of(config.overlapping), PRESETS[config.phantom_variety]
    return PhantomSource(config.phantoms, config.seed, image_size, config.classes, often, how)


def refuse_names(config: DataConfig) -> None:
    """Refuse options that change names of classes, where classes have none of their own.

    Raises:
        InputError: there are such options.
    """
    if config.aliases or config.tooth_numbers != "auto":
        raise InputError(
            "--alias and --tooth-numbers are for --data with annotated objects; classes of mask files are named by "
            "--classes"
        )
    if config.boxes != "draw":
        raise InputError("--boxes is for --data with annotated objects; mask files have no boxes")


def fingerprint(source: Source) -> str:
    """A SHA-256 of the data set: classes, how masks are read, ids, and every file; of a drawn one, its first picture.

    Returns:
        64 hexadecimal digits; equal for equal data wherever it lies.

    Raises:
        InputError: a file cannot be read.
    """
    digest = hashlib.sha256(repr(source.classes).encode())
    if codes := getattr(source, "mask_codes", None):  # the same files mean something else with another class map
        digest.update(json.dumps(codes, sort_keys=True).encode())
    if labelling(source).overlapping:
        digest.update(b"\noverlapping")
    first: dict[str, str] = {}  # of each patient's pictures: the patient's name may be a code of one machine
    for record in source.records:
        digest.update(f"\n{record.image_id}\t{first.setdefault(record.patient_id, record.image_id)}".encode())
        for path in (record.image, record.mask):
            if path is not None:
                digest.update(bytes.fromhex(file_digest(path)))
    for path in getattr(source, "annotation_files", ()):
        digest.update(bytes.fromhex(file_digest(path)))
    drawn = [record for record in source.records if record.image is None]
    for record in drawn[:1]:
        sample = source.load(record)
        digest.update(sample.image.tobytes() + sample.mask.tobytes())
    return digest.hexdigest()
