"""A folder of pictures without any truth, for those who only want to know what is in it twice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dentalx.datasets.image_warnings import read_grey_with_warnings
from dentalx.datasets.images import existing_folder, list_images
from dentalx.datasets.naming import AS_IT_STANDS, Reading, grouped
from dentalx.datasets.passed_over import other_files, result_folders
from dentalx.datasets.patients import whose
from dentalx.datasets.readers.listing import split_of
from dentalx.errors import InputError
from dentalx.samples import UNLABELLED, Record, Sample


class PictureFolder:
    """Every picture below a folder, unlabelled; implements `dentalx.samples.Source`."""

    layout = "pictures alone, without masks"

    def __init__(self, folder: Path, reading: Reading = AS_IT_STANDS) -> None:
        """List the pictures; ids are their places below the folder.

        Raises:
            InputError: no folder, or no picture in it.
        """
        root = existing_folder(folder)
        earlier = set(result_folders(root))
        paths = [path for path in list_images(root, recursive=True) if not earlier.intersection(path.parents)]
        if not paths:
            raise InputError(f"no pictures in {folder}; expected PNG, JPEG, TIFF, BMP or DICOM files in it")
        inside = {path: path.relative_to(root) for path in paths}
        ids = {path: "-".join(place.parts) for path, place in inside.items()}
        records = [grouped(Record(ids[p], ids[p], p, None, split_of(place))) for p, place in inside.items()]
        owned, owners = whose(records, reading)
        self._notes = (*owners, *other_files(root))
        self._records = tuple(sorted(owned, key=lambda record: record.image_id))
        self._name = folder.resolve().name

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._name

    @property
    def classes(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def records(self) -> Sequence[Record]:
        """Every picture, sorted by image_id."""
        return self._records

    @property
    def notes(self) -> Sequence[str]:
        """What DICOM files say of patients, and what was passed over, a sentence each."""
        return self._notes

    def load(self, record: Record) -> Sample:
        """Read one picture; its mask is unlabelled everywhere.

        Raises:
            InputError: the picture is broken.
        """
        assert record.image is not None
        image, warnings = read_grey_with_warnings(record.image)
        return Sample(record.image_id, image, np.full(image.shape, UNLABELLED, np.uint8), warnings)
