// From a picture to the pixels that the networks were trained on: the arithmetic of agr-mpi predict, to the bit. A picture is
// {height, width, rgb: Uint8ClampedArray or Uint8Array [height * width * 3]}.
"use strict";

const AGR_LARGE = 4; // times the new side, from which on a picture is averaged rather than sampled

function agrClamp(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

// To the nearest whole number, halves to the even one.
function agrRound(x) {
  const up = Math.floor(x + 0.5);
  return x + 0.5 === up && up % 2 !== 0 ? up - 1 : up;
}

// ---- bilinear, as OpenCV does it for 8 bits: weights of 11 bits ----

// Of each new coordinate the two old ones that it reads, and their weights. Columns lose their fraction at the borders, rows keep it.
function agrTaps(nFrom, nTo, losesFraction) {
  const scale = 1 / (nTo / nFrom);
  return Array.from({ length: nTo }, (_, d) => {
    let fraction = Math.fround((d + 0.5) * scale - 0.5);
    let s = Math.floor(fraction);
    fraction = Math.fround(fraction - s);
    if (losesFraction && s < 0) [s, fraction] = [0, 0];
    if (losesFraction && s >= nFrom - 1) [s, fraction] = [nFrom - 1, 0];
    return {
      from: [agrClamp(s, 0, nFrom - 1), agrClamp(s + 1, 0, nFrom - 1)],
      weight: [agrRound(Math.fround(1 - fraction) * 2048), agrRound(fraction * 2048)],
    };
  });
}

function agrBilinear(picture, height, width) {
  const columns = agrTaps(picture.width, width, true), rows = agrTaps(picture.height, height, false);
  const rgb = new Uint8Array(height * width * 3);
  const across = (row, tap, c) => {
    const at = row * picture.width;
    return picture.rgb[(at + tap.from[0]) * 3 + c] * tap.weight[0] + picture.rgb[(at + tap.from[1]) * 3 + c] * tap.weight[1];
  };
  let to = 0;
  for (const row of rows)
    for (const column of columns)
      for (let c = 0; c < 3; c++) {
        const above = (row.weight[0] * (across(row.from[0], column, c) >> 4)) >> 16;
        const below = (row.weight[1] * (across(row.from[1], column, c) >> 4)) >> 16;
        rgb[to++] = (above + below + 2) >> 2;
      }
  return { height, width, rgb };
}

// Exactly half: the mean of 2 x 2 pixels.
function agrHalve(picture, height, width) {
  const rgb = new Uint8Array(height * width * 3), below = picture.width * 3;
  for (let i = 0, to = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      for (let c = 0; c < 3; c++) {
        const at = (2 * i * picture.width + 2 * j) * 3 + c, p = picture.rgb;
        rgb[to++] = (p[at] + p[at + 3] + p[at + below] + p[at + below + 3] + 2) >> 2;
      }
  return { height, width, rgb };
}

// ---- by area, in float32 ----

// Of each new coordinate the first old one and the weights from there on.
function agrSpans(nFrom, nTo) {
  const scale = nFrom / nTo;
  return Array.from({ length: nTo }, (_, d) => {
    const centre = (d + 0.5) * scale - 0.5;
    const begin = scale >= 1 ? d * scale : centre, end = scale >= 1 ? (d + 1) * scale : centre + 1;
    const first = agrClamp(Math.floor(begin), 0, nFrom - 1), last = agrClamp(Math.ceil(end) - 1, first, nFrom - 1);
    const part = [];
    for (let s = first; s <= last; s++) part.push(Math.max(0, Math.min(s + 1, end) - Math.max(s, begin)));
    const total = part.reduce((sum, p) => sum + p, 0);
    return { first, weight: part.map((p) => Math.fround(total > 0 ? p / total : 1 / part.length)) };
  });
}

function agrArea(picture, height, width) {
  const columns = agrSpans(picture.width, width), rows = agrSpans(picture.height, height);
  const rgb = new Uint8Array(height * width * 3), n = width * 3, f = Math.fround;
  const row = new Float32Array(n), sum = new Float32Array(n);
  for (let i = 0; i < height; i++) {
    sum.fill(0);
    rows[i].weight.forEach((down, t) => {
      const at = (rows[i].first + t) * picture.width;
      for (let j = 0; j < width; j++)
        for (let c = 0; c < 3; c++) {
          let mean = 0;
          for (let k = 0; k < columns[j].weight.length; k++)
            mean = f(mean + f(columns[j].weight[k] * picture.rgb[(at + columns[j].first + k) * 3 + c]));
          row[j * 3 + c] = mean;
        }
      for (let k = 0; k < n; k++) sum[k] = f(sum[k] + f(down * row[k]));
    });
    for (let k = 0; k < n; k++) rgb[i * n + k] = Math.min(f(sum[k] + 0.5), 255);
  }
  return { height, width, rgb };
}

// ---- which of them ----

// recipe: {height, width, resize, longest_side (0: not known)}.
function agrMethod(recipe, picture) {
  const large = (from, to) => from > recipe.longest_side && from >= AGR_LARGE * to;
  return large(picture.height, recipe.height) || large(picture.width, recipe.width) ? "area" : recipe.resize;
}

function agrPrepare(recipe, picture) {
  const { height, width } = recipe;
  if (picture.height === height && picture.width === width) return picture;
  if (picture.height === 2 * height && picture.width === 2 * width) return agrHalve(picture, height, width);
  return (agrMethod(recipe, picture) === "area" ? agrArea : agrBilinear)(picture, height, width);
}

function agrCrop(picture, box) {
  const rgb = new Uint8Array(box.height * box.width * 3);
  for (let i = 0; i < box.height; i++) {
    const at = ((box.y + i) * picture.width + box.x) * 3;
    rgb.set(picture.rgb.subarray(at, at + box.width * 3), i * box.width * 3);
  }
  return { height: box.height, width: box.width, rgb };
}
