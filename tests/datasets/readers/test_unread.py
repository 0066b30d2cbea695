"""What is not read is named, with the way out."""

import json

import pytest
from layouts import blank, opened

from dentalx.errors import InputError


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "via.csv",
            "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes\n",
            "VIA's table",
        ),
        ("_annotations.csv", "filename;width;height;class;xmin;ymin;xmax;ymax\n", "a table of boxes"),
        ("train.csv", "ImageId,EncodedPixels\n", "Kaggle's run lengths"),
        ("export.ndjson", '{"data_row": {"id": "x"}, "projects": {}}\n', "Labelbox's export of today"),
        ("annotations.xml", '<annotations><track id="0" label="a"></track></annotations>', "CVAT's format for video"),
        ("panoptic.json", json.dumps({"annotations": [{"segments_info": [], "image_id": 1}]}), "panoptic"),
        ("q.geojson.json", json.dumps({"features": [{"geometry": {"coordinates": []}}]}), "QuPath"),
        ("c.json", json.dumps([{"image": "a.png", "annotations": [{"coordinates": {"x": 1}}]}]), "CreateML"),
        ("d.json", json.dumps({"item": {}, "annotations": [{"bounding_box": {"h": 1}}]}), "V7 Darwin"),
        ("r.json", json.dumps([{"image_id": 1, "category_id": 1, "score": 0.5}]), "COCO results"),
        ("a.tfrecord", "x", "TensorFlow's records"),
        ("train.parquet", "x", "a table of Hugging Face"),
        ("a.nii.gz", "x", "volumes"),
        ("archive.zip", "PK", "an archive; unpack it"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, name, text, says):
    blank(tmp_path / "a.png")
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="is in no layout that is read; it holds ") as caught:
        opened(tmp_path)
    assert name in str(caught.value) and says in str(caught.value)
