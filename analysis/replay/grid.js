"use strict";
// The core as a grid: how it fits the window, which cells changed, where an address is.

const READ_CYCLES = 24; // how long a read is outlined
const END_CYCLES = [4000, 1000, 120]; // until when a process's end is shown, weaker and weaker
const TEXT_WIDTH = 26; // from here on, in CSS pixels, cells are labelled

/**
 * Columns, and the sides of cells in whole pixels, that fill a box best.
 *
 * Cells may be a little oblong, tiny ones up to twice as long as wide.
 */
function fitCells(count, width, height) {
  let best = { columns: Math.min(count, width), width: 1, height: 1, score: 0 };
  for (let columns = 1; columns <= Math.min(count, width); columns++) {
    const w = Math.floor(width / columns);
    const h = Math.floor(height / Math.ceil(count / columns));
    const side = Math.min(w, h);
    const longest = Math.floor(side * (side < 6 ? 2 : 1.25));
    const fitted = { columns, width: Math.min(w, longest), height: Math.min(h, longest) };
    const score =
      fitted.width * fitted.height * Math.sqrt(side / Math.max(fitted.width, fitted.height));
    if (score > best.score) best = { ...fitted, score };
  }
  return best;
}

/** The widest cell's gap to the next one. */
const gapOf = (side) => (side < 4 ? 0 : side < 16 ? 1 : 2);

class Grid {
  constructor(fight, canvas) {
    this.fight = fight;
    this.machine = fight.machine;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.looks = new Uint32Array(this.machine.coreSize);
    this.processAt = new Uint8Array(this.machine.coreSize);
  }

  /** Fits the grid to the canvas's box; `ratio` is device pixels a CSS pixel. */
  resize(cssWidth, cssHeight, ratio, colours) {
    const width = Math.max(1, Math.floor(cssWidth * ratio));
    const height = Math.max(1, Math.floor(cssHeight * ratio));
    Object.assign(this.canvas, { width, height });
    const size = this.machine.coreSize;
    const { columns, width: w, height: h } = fitCells(size, width, height);
    const rows = Math.ceil(size / columns);
    const gap = gapOf(Math.min(w, h));
    Object.assign(this, { ratio, columns, rows, w, h, gap });
    this.left = (width - columns * w + gap) >> 1;
    this.top = Math.max(0, (height - rows * h + gap) >> 1);
    this.image = this.context.createImageData(columns * w, rows * h);
    this.recolour(colours);
  }

  /** Paints everything anew in other colours. */
  recolour(colours) {
    this.colours = colours;
    const data = new Uint32Array(this.image.data.buffer).fill(colours.ground);
    this.pixels = new Pixels(data, this.image.width, colours);
    this.looks.fill(0xffffffff);
    this.context.fillStyle = cssOf(colours.names.ground);
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * Paints what looks different now.
   *
   * `since`: what was executed after that time glows; `only`: the one warrior (from 1) whose
   * cells are not dimmed, 0: all.
   */
  draw(since, only) {
    const { looks, pixels, columns, w, h, gap } = this;
    this.placeProcesses();
    const living = Math.max(1, this.machine.living);
    for (let address = 0; address < looks.length; address++) {
      const look = this.lookAt(address, since, only, living);
      if (look === looks[address]) continue;
      looks[address] = look;
      const x = (address % columns) * w;
      pixels.paint(look, x, Math.floor(address / columns) * h, w - gap, h - gap);
    }
    this.context.putImageData(this.image, this.left, this.top);
  }

  placeProcesses() {
    this.processAt.fill(0);
    for (let w = 0; w < this.fight.warriors; w++) {
      for (const address of queueOf(this.machine, w)) this.processAt[address] = w + 1;
    }
  }

  lookAt(address, since, only, living) {
    const { machine } = this;
    const { time } = machine;
    const owner = machine.owner[address];
    const ran = machine.runTime[address];
    const written = machine.writeTime[address];
    const process = this.processAt[address];
    const shape = this.shapeAt(address, ran, written);
    const level = owner > 0 ? ageLevel((time - Math.max(ran, written)) / living) : 0;
    const readAge = (time - machine.readTime[address]) / living;
    const reader =
      readAge < READ_CYCLES && machine.readTime[address] > 0 ? machine.reader[address] : 0;
    const ended = machine.endTime[address];
    const end = ended > 0 ? endLevel((time - ended) / living) : 0;
    const others = only > 0 && owner !== only && process !== only && reader !== only;
    if (others) return lookOf(shape, owner, level, 0, 0, 0, 0, 1);
    // At the beginning `since` may lie before it, and what never ran has time 0.
    const hot = ran > Math.max(0, since) ? 1 : 0;
    return lookOf(shape, owner, level, hot, reader, process, end, 0);
  }

  shapeAt(address, ran, written) {
    if (this.machine.owner[address] === NOBODY) return UNTOUCHED;
    if (ran > 0 && ran >= written) return EXECUTED;
    return this.machine.wrote[address] === BOMBED ? BOMB : WRITTEN;
  }

  /** An address's box in CSS pixels of the canvas. */
  boxOf(address) {
    const { columns, w, h, gap, left, top, ratio } = this;
    return {
      x: (left + (address % columns) * w) / ratio,
      y: (top + Math.floor(address / columns) * h) / ratio,
      width: (w - gap) / ratio,
      height: (h - gap) / ratio,
    };
  }

  /** The address at a point in CSS pixels of the canvas; -1 beside the core. */
  addressAt(x, y) {
    const column = Math.floor((x * this.ratio - this.left) / this.w);
    const row = Math.floor((y * this.ratio - this.top) / this.h);
    const address = row * this.columns + column;
    const inside = column >= 0 && column < this.columns && row >= 0;
    return inside && address < this.machine.coreSize ? address : -1;
  }
}

/** 3 where a process has just ended, down to 0. */
function endLevel(age) {
  let level = 0;
  for (const limit of END_CYCLES) if (age < limit) level++;
  return level;
}
