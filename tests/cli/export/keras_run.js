// keras_run.js MODEL.h5 PIXELS N HEIGHT WIDTH OUT: a Keras model as TensorFlow.js, the Keras in JavaScript, builds it from model_config,
// with weights by order from the file as h5wasm reads it. Runs N pictures and writes the outputs to OUT as JSON.
const fs = require("fs");
const tf = require("@tensorflow/tfjs");

const textOf = (value) => (typeof value === "string" ? value : Buffer.from(value).toString("utf8")).replace(/\0+$/, "");

// The k-th layer with weights gets those of the k-th group with weights, as Keras hands them out.
function handOut(file, model) {
  const group = file.get("model_weights");
  const layers = model.layers.filter((layer) => layer.weights.length > 0);
  for (const name of group.attrs.layer_names.value.map(textOf)) {
    const own = group.get(name);
    const names = own.attrs.weight_names;
    if (names.shape[0] === 0) continue;
    const values = names.value.map((weight) => own.get(textOf(weight)));
    layers.shift().setWeights(values.map((v) => tf.tensor(v.value, v.shape)));
  }
  if (layers.length > 0) throw new Error(`no weights for ${layers.map((l) => l.name)}`);
}

function h5wasmPath() {
  const found = process.env.NODE_PATH.split(":").map((folder) => `${folder}/h5wasm/dist/node/hdf5_hl.js`);
  return found.find((path) => fs.existsSync(path));
}

async function main() {
  const [path, pixels, n, height, width, out] = process.argv.slice(2);
  const h5wasm = await import(h5wasmPath());
  await h5wasm.ready;
  const file = new h5wasm.File(path, "r");
  const topology = { model_config: JSON.parse(textOf(file.attrs.model_config.value)), keras_version: textOf(file.attrs.keras_version.value), backend: textOf(file.attrs.backend.value) };
  const model = await tf.models.modelFromJSON({ modelTopology: topology });
  handOut(file, model);
  const bytes = new Uint8Array(fs.readFileSync(pixels)).subarray(0, n * height * width * 3);
  const images = tf.tensor(Float32Array.from(bytes), [Number(n), Number(height), Number(width), 3]).div(255);
  const answers = [model.predict(images)].flat();
  const outputs = {};
  model.outputNames.forEach((name, i) => (outputs[name] = { dims: answers[i].shape, data: Array.from(answers[i].dataSync()) }));
  fs.writeFileSync(out, JSON.stringify(outputs));
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
