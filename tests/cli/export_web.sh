# The page for browsers: opened from the disk in a headless Chromium, it says of pictures what predict says, and asks for nothing that is
# not in its folder. Where Chromium, Node.js or npm's onnxruntime-web is missing, what can be checked without.
. "$source/tests/cli/export/run.sh"
find_python 'json, zlib'
run export --checkpoint run --format web -o page --runtime nowhere; code 1; err 'nowhere'
run export --checkpoint run --format web -o page --runtime faces; code 1; err "faces"
checks=$((checks + 1))
[ ! -e page ] || fail 'a refused export left a folder'

package=''
for candidate in ${NODE_PATH:-} "$(npm root -g 2>/dev/null)"; do
    [ -d "$candidate/onnxruntime-web" ] && package=$candidate/onnxruntime-web
done
[ -n "$package" ] || { echo 'no onnxruntime-web of npm: skipped'; exit 77; }
run export --checkpoint run --format web -o page --runtime "$package"; code 0; no_out; no_err
run export --checkpoint run --format web -o page --runtime "$package"; code 1; err 'page'
mkdir node_modules && ln -s "$package" node_modules/onnxruntime-web
run export --checkpoint run --format web --fold -o found; code 0
run export --checkpoint run -o run.onnx; code 0
same run.onnx page/model.onnx 'the model of the page is another one'

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo 'no Chromium: not opened'; exit 77; }
command -v node >/dev/null || { echo 'no Node.js: not opened'; exit 77; }
second_reader web_pictures.py pictures
checks=$((checks + 1))
node "$source/tests/cli/export/browser.js" "$browser" page page.jsonl pictures/*.png || fail 'expected the page to look at every picture'
say --checkpoint run
second_reader web_values.py page.jsonl said.jsonl
