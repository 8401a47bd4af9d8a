// The page: takes a picture, has the networks judge it, shows what they say. Reads agr_facts and agr_onnx (model.js) and
// agr_runtime (runtime.js), which stand in scripts because a page opened from a folder may fetch nothing.
"use strict";

const agrElement = (id) => document.getElementById(id);
const agrBranches = JSON.parse(agr_facts.branches);
const agrHeads = agrBranches.flatMap((branch) => branch.heads);
const agrRecipe = Object.fromEntries(agr_facts.preprocessing.split(" ").map((word) => word.split("=")));
for (const number of ["height", "width", "longest_side"]) agrRecipe[number] = Number(agrRecipe[number] || 0);

let agrPicture = null; // the one shown
let agrSaid = null; // of the last one judged: {output: number, or probabilities in the order of the classes}

function agrState(text, isFault) {
  agrElement("state").textContent = text;
  agrElement("state").className = isFault ? "fault" : "";
  agrElement("state").hidden = text === "";
}

// ---- the networks ----

function agrBytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function agrOpen() {
  ort.env.wasm.numThreads = 1; // more need a server that says so
  const file = (base64, type) => URL.createObjectURL(new Blob([agrBytes(base64)], { type }));
  ort.env.wasm.wasmPaths = { mjs: file(agr_runtime.script, "text/javascript"), wasm: file(agr_runtime.wasm, "application/wasm") };
  return ort.InferenceSession.create(agrBytes(agr_onnx), { executionProviders: ["wasm"] });
}
const agrSession = agrOpen();
agrSession.then(() => agrState(""), (fault) => agrState("The networks cannot be loaded: " + fault.message, true));

async function agrAnswer(prepared) {
  const session = await agrSession;
  const image = new ort.Tensor("uint8", new Uint8Array(prepared.rgb), [1, prepared.height, prepared.width, 3]);
  const outputs = await session.run({ image });
  return Object.fromEntries(agrHeads.map(({ output, n_classes }) => {
    const data = Array.from(outputs[output].data, Number);
    return [output, n_classes > 0 ? data : data[0]];
  }));
}

// ---- pictures ----

// Turned as its EXIF part asks, colours as they are in the file.
async function agrDecode(blob) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image", colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const rgba = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const rgb = new Uint8Array(bitmap.width * bitmap.height * 3);
  for (let i = 0, to = 0; i < rgba.length; i += 4) for (let c = 0; c < 3; c++) rgb[to++] = rgba[i + c];
  return { height: bitmap.height, width: bitmap.width, rgb, bitmap };
}

function agrShow(canvas, picture) {
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const pixels = new ImageData(picture.width, picture.height);
  for (let i = 0, from = 0; i < pixels.data.length; i += 4) {
    for (let c = 0; c < 3; c++) pixels.data[i + c] = picture.rgb[from++];
    pixels.data[i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function agrDrawPicture(box) {
  const canvas = agrElement("picture"), context = canvas.getContext("2d");
  [canvas.width, canvas.height] = [agrPicture.width, agrPicture.height];
  canvas.style.width = `min(100%, ${(30 * canvas.width) / canvas.height}rem)`;
  context.drawImage(agrPicture.bitmap, 0, 0);
  if (!box) return;
  const line = Math.max(1, Math.round(canvas.width / 200));
  context.lineWidth = 3 * line;
  context.strokeStyle = "#000a";
  context.strokeRect(box.x, box.y, box.width, box.height);
  context.lineWidth = line;
  context.strokeStyle = "#fff";
  context.strokeRect(box.x, box.y, box.width, box.height);
}

// ---- what they say ----

const agrPercent = (share) => (100 * share).toFixed(1) + " %";

function agrAdd(parent, tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}

function agrClassName(head, c) {
  return head.classes[c] ?? "class " + c;
}

function agrShowHead(head, said) {
  const block = agrAdd(agrElement("heads"), "article");
  agrAdd(block, "h3", head.output);
  if (head.n_classes === 0) {
    agrAdd(block, "p", said.toFixed(1), "number");
    return;
  }
  said.map((p, c) => [p, agrClassName(head, c)]).sort((a, b) => b[0] - a[0]).forEach(([p, name]) => {
    const row = agrAdd(block, "div", undefined, "row");
    agrAdd(row, "span", name);
    const bar = agrAdd(row, "progress");
    bar.value = p;
    bar.setAttribute("aria-label", name);
    agrAdd(row, "span", agrPercent(p), "share");
  });
}

async function agrJudge(box) {
  const whole = agrPicture, chosen = box ? agrCrop(whole, box) : whole;
  agrState("Looking.");
  try {
    const prepared = agrPrepare(agrRecipe, chosen), said = await agrAnswer(prepared);
    if (whole !== agrPicture) return; // another one has come meanwhile
    agrDrawPicture(box);
    agrShow(agrElement("input"), prepared);
    agrElement("prepared").textContent =
      (box ? `${box.width} x ${box.height} pixels from ${box.x}, ${box.y}` : `${chosen.width} x ${chosen.height} pixels`) +
      (chosen === prepared ? "" : ` brought to ${prepared.width} x ${prepared.height} (${agrMethod(agrRecipe, chosen)})`);
    agrElement("seen").hidden = false;
    agrElement("heads").replaceChildren();
    agrHeads.forEach((head) => agrShowHead(head, said[head.output]));
    agrState("");
    agrSaid = said;
  } catch (fault) {
    agrState("The networks could not look at it: " + fault.message, true);
  }
}

async function agrTake(file) {
  if (!file) return;
  agrSaid = null;
  try {
    agrPicture = await agrDecode(file);
  } catch {
    agrState(`'${file.name}' is no picture that this browser can read: PNG or JPEG, please.`, true);
    return;
  }
  agrElement("drop").hidden = true;
  agrElement("shown").hidden = false;
  agrDrawPicture();
  await agrJudge();
}

// ---- hands ----

agrElement("file").addEventListener("change", (event) => agrTake(event.target.files[0]));
agrElement("another").addEventListener("click", () => agrElement("file").click());
agrElement("drop").addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") agrElement("file").click();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  agrTake(event.dataTransfer.files[0]);
});

let agrCorner = null;
const agrPixel = (event) => {
  const frame = agrElement("picture").getBoundingClientRect();
  return {
    x: agrClamp(Math.floor(((event.clientX - frame.left) / frame.width) * agrPicture.width), 0, agrPicture.width - 1),
    y: agrClamp(Math.floor(((event.clientY - frame.top) / frame.height) * agrPicture.height), 0, agrPicture.height - 1),
  };
};
const agrBox = (a, b) => ({
  x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x) + 1, height: Math.abs(a.y - b.y) + 1,
});
agrElement("picture").addEventListener("pointerdown", (event) => {
  agrCorner = agrPixel(event);
  event.target.setPointerCapture(event.pointerId);
});
agrElement("picture").addEventListener("pointermove", (event) => {
  if (agrCorner) agrDrawPicture(agrBox(agrCorner, agrPixel(event)));
});
agrElement("picture").addEventListener("pointerup", (event) => {
  const box = agrBox(agrCorner, agrPixel(event)), isClick = box.width < 8 || box.height < 8;
  agrCorner = null;
  agrJudge(isClick ? undefined : box);
});

// ---- what there is to know of them ----

function agrTellLabel(head) {
  const item = agrAdd(agrElement("labels"), "li");
  agrAdd(item, "strong", head.output);
  if (head.n_classes > 0) {
    const names = Array.from({ length: head.n_classes }, (_, c) => agrClassName(head, c));
    item.append(`: one of ${head.n_classes} words, ${names.join(", ")}. There is no other answer.`);
  } else if (head.low !== undefined) {
    item.append(`: a number as the labels had it, from ${head.low} to ${head.high} in training; nothing is known of what lies outside.`);
  } else {
    item.append(": a number as the labels had it.");
  }
}

function agrTellBranches() {
  const table = agrElement("branches"), top = agrAdd(agrAdd(table, "thead"), "tr"), body = agrAdd(table, "tbody");
  for (const word of ["branch", "slot", "epoch", "digest of its weights"]) agrAdd(top, "th", word);
  for (const branch of agrBranches) {
    const row = agrAdd(body, "tr");
    for (const word of [branch.name, branch.slot, branch.epoch]) agrAdd(row, "td", word);
    agrAdd(agrAdd(row, "td"), "code", branch.weights);
  }
  agrElement("versions").textContent =
    `Made by agr-mpi ${agr_facts.agr_mpi}; run by ONNX Runtime Web ${agr_runtime.version} (Microsoft, MIT licence). model.onnx beside this page is the same networks for other programs.`;
}

agrHeads.forEach(agrTellLabel);
agrTellBranches();
