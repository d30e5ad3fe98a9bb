"use strict";
// What lies over the grid: who executes next, the chosen address, deaths, texts in large cells.

const BURST_MS = 1400;

class Marks {
  constructor(grid, canvas) {
    this.grid = grid;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.bursts = [];
  }

  resize() {
    const { width, height } = this.grid.canvas;
    Object.assign(this.canvas, { width, height });
  }

  /** A warrior dies here; shown for a moment. */
  burst(w, now) {
    this.bursts.push({ w, address: this.grid.machine.deathAddress[w], began: now });
  }

  /** Draws everything anew; returns whether something still moves. */
  draw({ selected, hovered, only, now, colours }) {
    const { context, grid } = this;
    context.setTransform(grid.ratio, 0, 0, grid.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const width = (grid.w - grid.gap) / grid.ratio;
    if (width >= TEXT_WIDTH) this.drawTexts(width, colours);
    this.drawDead(only, colours);
    this.drawHeads(only, colours);
    if (hovered >= 0) this.frame(hovered, cssOf(colours.names.muted), 1.5, 2);
    if (selected >= 0) this.drawSelected(selected, colours);
    this.bursts = this.bursts.filter(({ began }) => now - began < BURST_MS);
    for (const burst of this.bursts) this.drawBurst(burst, now, colours);
    return this.bursts.length > 0;
  }

  frame(address, colour, line, distance) {
    const { x, y, width, height } = this.grid.boxOf(address);
    this.context.strokeStyle = colour;
    this.context.lineWidth = line;
    this.context.beginPath();
    const [w, h] = [width + 2 * distance, height + 2 * distance];
    this.context.roundRect(x - distance, y - distance, w, h, Math.min(3, distance + 1));
    this.context.stroke();
  }

  drawSelected(address, colours) {
    const ink = cssOf(colours.names.ink);
    const { x, y, width, height } = this.grid.boxOf(address);
    this.frame(address, ink, 2, 3);
    const reach = 9;
    this.context.beginPath();
    for (const [dx, dy] of [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ]) {
      const [cx, cy] = [
        x + width / 2 + dx * (width / 2 + 3),
        y + height / 2 + dy * (height / 2 + 3),
      ];
      this.context.moveTo(cx, cy);
      this.context.lineTo(cx + dx * reach, cy + dy * reach);
    }
    this.context.stroke();
  }

  /** Rings round the addresses that execute next, with the warrior's number. */
  drawHeads(only, colours) {
    const { machine } = this.grid;
    if (machine.finished) return;
    for (let turn = 0; turn < machine.living; turn++) {
      const w = machine.order[turn];
      if (only > 0 && only !== w + 1) continue;
      const address = machine.queues[w * machine.ring + (headOf(machine, w) & (machine.ring - 1))];
      this.frame(address, cssOf(colours.names.ground), 4, 3);
      this.frame(address, colours.css(w), 2, 3);
      this.label(address, w, false, colours);
    }
  }

  /** A warrior's number on its colour, at a cell's upper right corner; the dead have a frame. */
  label(address, w, dead, colours) {
    const { context, grid } = this;
    const { x, y, width } = grid.boxOf(address);
    const right = this.canvas.width / grid.ratio;
    const text = dead ? `${w + 1}†` : String(w + 1);
    context.font = "700 11px system-ui, sans-serif";
    const wide = Math.max(16, context.measureText(text).width + 8);
    const left = Math.min(right - wide - 2, x + width - 2);
    const top = Math.max(2, y - 13);
    context.beginPath();
    context.roundRect(left, top, wide, 16, 8);
    context.fillStyle = colours.css(w);
    context.strokeStyle = cssOf(dead ? colours.names.alarm : colours.names.ground);
    context.lineWidth = dead ? 2 : 3;
    context.stroke();
    context.fill();
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = luminance(packed(colours.warriors[w])) > 0.42 ? "#101216" : "#ffffff";
    context.fillText(text, left + wide / 2, top + 8.5);
  }

  /** Where warriors have died. */
  drawDead(only, colours) {
    const { machine } = this.grid;
    for (let w = 0; w < machine.warriors; w++) {
      if (isAlive(machine, w) || (only > 0 && only !== w + 1)) continue;
      const address = machine.deathAddress[w];
      this.frame(address, cssOf(colours.names.ground), 4, 4);
      this.frame(address, cssOf(colours.names.alarm), 1.5, 4);
      this.label(address, w, true, colours);
    }
  }

  drawBurst({ address, began, w }, now, colours) {
    const { context } = this;
    const { x, y, width, height } = this.grid.boxOf(address);
    const share = (now - began) / BURST_MS;
    context.globalAlpha = (1 - share) ** 2;
    for (const [radius, line, colour] of [
      [10 + 120 * share, 3, cssOf(colours.names.alarm)],
      [6 + 70 * share, 5, colours.css(w)],
    ]) {
      context.beginPath();
      context.arc(x + width / 2, y + height / 2, radius, 0, 2 * Math.PI);
      context.lineWidth = line;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** Opcodes, and where there is room operands, in the cells themselves. */
  drawTexts(width, colours) {
    const { context, grid } = this;
    const { machine } = grid;
    const wide = width >= 60;
    const size = wide ? Math.min(15, width / 6) : Math.max(8, width * 0.32);
    context.font = `600 ${size}px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = cssOf(colours.names.cell);
    for (let address = 0; address < machine.coreSize; address++) {
      if (machine.owner[address] === NOBODY && !wide) continue;
      const { operation, a, b, coreSize } = machine;
      const parts = partsOf(operation[address], a[address], b[address], coreSize);
      const { x, y, width: w, height: h } = grid.boxOf(address);
      const lines = wide ? [parts.opcode, `${parts.a}, ${parts.b}`] : [parts.opcode.slice(0, 3)];
      const halo = (grid.looks[address] & 3) === BOMB;
      context.fillStyle = this.textColour(address, colours);
      lines.forEach((line, i) => {
        const at = y + h / 2 + (i - (lines.length - 1) / 2) * size * 1.35;
        if (halo) context.strokeText(line, x + w / 2, at, w);
        context.fillText(line, x + w / 2, at, w);
      });
    }
  }

  /** Dark on a bright cell, bright on a dark one. */
  textColour(address, colours) {
    const { looks } = this.grid;
    const look = looks[address];
    const shape = look & 3;
    if (shape === UNTOUCHED) return cssOf(colours.names.muted);
    if (shape === BOMB) return cssOf(colours.names.ink);
    const pixel =
      (look >> 13) & 1
        ? colours.hot[(look >> 2) & 31]
        : colours.fade((look >> 2) & 31, (look >> 7) & 63, (look >> 26) & 1);
    return luminance(pixel) > 0.36 ? "#101216" : "#ffffff";
  }
}

/** How bright a packed pixel is, 0 to 1. */
function luminance(pixel) {
  const [r, g, b] = LITTLE_ENDIAN
    ? [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255]
    : [pixel >>> 24, (pixel >> 16) & 255, (pixel >> 8) & 255];
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
