"use strict";
// One address as pixels: what happened to it last, told apart by shape as well as by colour.

const [UNTOUCHED, WRITTEN, EXECUTED, BOMB] = [0, 1, 2, 3];

/** Everything that decides how a cell looks, as one number. */
const lookOf = (shape, owner, level, hot, reader, process, end, dim) =>
  (shape |
    (owner << 2) |
    (level << 7) |
    (hot << 13) |
    (reader << 14) |
    (process << 19) |
    (end << 24) |
    (dim << 26)) >>>
  0;

const LARGE = 40;
const dotSide = (side) => Math.max(1, Math.round(Math.min(side * 0.34, 4 + side * 0.08)));

/** A rectangle of pixels, `stride` wide, in which cells are painted. */
class Pixels {
  constructor(data, stride, colours) {
    this.data = data;
    this.stride = stride;
    this.colours = colours;
  }

  fill(x, y, width, height, colour) {
    for (let row = y; row < y + height; row++) {
      const start = row * this.stride + x;
      this.data.fill(colour, start, start + width);
    }
  }

  outline(x, y, width, height, colour) {
    this.fill(x, y, width, 1, colour);
    this.fill(x, y + height - 1, width, 1, colour);
    this.fill(x, y, 1, height, colour);
    this.fill(x + width - 1, y, 1, height, colour);
  }

  cross(x, y, width, height, colour) {
    const thick = Math.max(1, Math.round(Math.min(width / 6, 2 + width / 40)));
    for (let row = 0; row < height; row++) {
      const at = Math.round((row * (width - thick)) / Math.max(1, height - 1));
      this.fill(x + at, y + row, thick, 1, colour);
      this.fill(x + width - thick - at, y + row, thick, 1, colour);
    }
  }

  /** Paints a look into a box of whole pixels. */
  paint(look, x, y, width, height) {
    const { colours } = this;
    const shape = look & 3;
    const owner = (look >> 2) & 31;
    const dim = (look >> 26) & 1;
    const colour = colours.fade(owner, (look >> 7) & 63, dim);
    const small = Math.min(width, height) < 5;
    this.fill(x, y, width, height, colours.cell);
    if ((look >> 13) & 1) this.fill(x, y, width, height, colours.hot[owner]);
    else if (shape === EXECUTED) this.fill(x, y, width, height, colour);
    else if (shape === WRITTEN) this.paintWritten(x, y, width, height, colour, small);
    else if (shape === BOMB) this.paintBomb(x, y, width, height, colour);
    this.paintReader((look >> 14) & 31, x, y, width, height, small);
    const end = (look >> 24) & 3;
    if (end > 0) {
      this.fill(x, y, width, height, colours.ends[end]);
      if (width > 2) this.cross(x, y, width, height, colours.ground);
    }
    const process = (look >> 19) & 31;
    if (process > 0) this.paintProcess(process, owner, shape, x, y, width, height);
  }

  paintWritten(x, y, width, height, colour, small) {
    const inset = small ? 0 : Math.max(1, Math.round(Math.min(width, height) * 0.17));
    this.fill(x + inset, y + inset, width - 2 * inset, height - 2 * inset, colour);
  }

  paintBomb(x, y, width, height, colour) {
    if (width > 2) this.cross(x, y, width, height, colour);
    else this.fill(x, y, width, height, colour);
  }

  paintReader(reader, x, y, width, height, small) {
    if (reader > 0 && !small) this.outline(x, y, width, height, this.colours.fade(reader, 12, 0));
  }

  /** A process that waits: a dot, in the warrior's colour where nothing else is. */
  paintProcess(process, owner, shape, x, y, width, height) {
    const { colours } = this;
    const own = shape === UNTOUCHED || owner !== process;
    const colour = own ? colours.fade(process, 0, 0) : colours.ink;
    if (width < 3) {
      this.fill(x, y, width, height, colours.hot[process]);
      return;
    }
    const [wide, high] = [dotSide(width), dotSide(height)];
    // In a cell that is large enough for text the dot stays below it.
    const raised = height >= LARGE ? height - 2 * high : (height - high) >> 1;
    this.fill(x + ((width - wide) >> 1), y + raised, wide, high, colour);
  }
}
