// onnx_run.js MODEL PIXELS N OUT: runs a model on N pictures with ONNX Runtime, whole and then one picture alone, and writes its
// inputs and outputs to OUT as JSON.
const fs = require("fs");
const ort = require("onnxruntime-node");

async function run(session, pixels, n, sides) {
  const feeds = { image: new ort.Tensor("uint8", pixels.subarray(0, n * sides[0] * sides[1] * 3), [n, ...sides, 3]) };
  const outputs = await session.run(feeds);
  return Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, { type: t.type, dims: t.dims, data: Array.from(t.data) }]));
}

async function main() {
  const [model, pixels, n, height, width, out] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const bytes = new Uint8Array(fs.readFileSync(pixels));
  const sides = [Number(height), Number(width)];
  const result = {
    inputs: session.inputNames,
    outputs: session.outputNames,
    all: await run(session, bytes, Number(n), sides),
    one: await run(session, bytes, 1, sides),
  };
  fs.writeFileSync(out, JSON.stringify(result));
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
