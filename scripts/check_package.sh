#!/usr/bin/env bash
# Build the wheel and the source distribution, install the wheel into an empty environment, and use it outside the clone.
#
#     PYTHON=.venv/bin/python scripts/check_package.sh FOLDER
#
# FOLDER is made anew. PYTHON needs the package `build`.
set -eu
cd "$(dirname "$0")/.."
python=$(realpath --no-symlinks "${PYTHON:-python3}")
rm -rf "$1"
mkdir -p "$1"
folder=$(realpath "$1")

# A copy of what git tracks: files that lie around in the clone cannot slip into the package or repair it.
mkdir "$folder/source"
git ls-files -z | xargs -0 cp --parents --target-directory "$folder/source"
"$python" -m build --outdir "$folder/dist" "$folder/source" >"$folder/build.log" 2>&1 || {
  tail -n 20 "$folder/build.log" >&2
  echo "error: the package does not build; see $folder/build.log" >&2
  exit 1
}
wheel=$(echo "$folder"/dist/*.whl)

"$python" -m venv "$folder/env"
pip="$folder/env/bin/python -m pip --disable-pip-version-check --quiet"
$pip install "$wheel"
$pip check
$pip install --dry-run "$wheel[dev,dicom,litert,onnx,openvino,web]"

mkdir "$folder/elsewhere"
cd "$folder/elsewhere"
export PATH="$folder/env/bin:$PATH"
dentalx --version
dentalx --help >/dev/null
dentalx phantoms --output phantoms --count 2 --size 64 128
dentalx train --phantoms 8 --epochs 1 --image-size 64 64
dentalx predict --input phantoms/images --output out
for file in runs/*/saved_model/saved_model.pb out/predictions.csv out/masks/phantom_00000.png; do
  [ -s "$file" ] || { echo "error: the installed package did not write $file" >&2; exit 1; }
done
typed=$(python -c 'import dentalx, pathlib; print(pathlib.Path(dentalx.__file__).with_name("py.typed").exists())')
[ "$typed" = True ] || { echo "error: the wheel lacks dentalx/py.typed" >&2; exit 1; }
echo "the package builds, installs and runs: $(basename "$wheel")"
