"use strict";
// The signs of the grid, painted by the code that paints the grid.

const SIGNS = [
  ["executes now", { shape: EXECUTED, owner: 1, hot: 1 }],
  ["executed", { shape: EXECUTED, owner: 1 }],
  ["written", { shape: WRITTEN, owner: 1 }],
  ["long ago", { shape: WRITTEN, owner: 1, level: 52 }],
  ["read", { shape: UNTOUCHED, reader: 1 }],
  ["bomb", { shape: BOMB, owner: 1 }],
  ["process waits", { shape: EXECUTED, owner: 1, level: 20, process: 1 }],
  ["process ended", { shape: EXECUTED, owner: 1, end: 3 }],
];
const SIGN_SIZE = 14;

function fillLegend(list, colours, ratio) {
  list.replaceChildren(
    ...SIGNS.map(([text, sign]) => element("li", {}, signOf(sign, colours, ratio), text)),
  );
}

function signOf(sign, colours, ratio) {
  const size = Math.round(SIGN_SIZE * ratio);
  const canvas = element("canvas", { width: size, height: size });
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  const pixels = new Pixels(new Uint32Array(image.data.buffer), size, colours);
  const all = { owner: 0, level: 0, hot: 0, reader: 0, process: 0, end: 0, ...sign };
  const { shape, owner, level, hot, reader, process, end } = all;
  pixels.paint(lookOf(shape, owner, level, hot, reader, process, end, 0), 0, 0, size, size);
  context.putImageData(image, 0, 0);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
