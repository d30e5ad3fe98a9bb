"use strict";
// The whole fight below the grid: processes and territory over time, deaths, where we are.

const PAD = { left: 8, right: 8, top: 16, bottom: 16 };

class Timeline {
  constructor(fight, canvas) {
    this.fight = fight;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.chart = document.createElement("canvas");
  }

  resize(width, height, ratio, colours) {
    Object.assign(this, { width, height, ratio });
    for (const canvas of [this.canvas, this.chart]) {
      Object.assign(canvas, {
        width: Math.round(width * ratio),
        height: Math.round(height * ratio),
      });
    }
    this.recolour(colours);
  }

  recolour(colours) {
    this.colours = colours;
    const context = this.chart.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const half = PAD.top + (this.height - PAD.top - PAD.bottom) * 0.5;
    this.drawShares(context, half + 5, this.height - PAD.bottom);
    this.drawProcesses(context, PAD.top, half - 5);
    this.drawAxis(context);
    this.drawCaptions(context, half);
  }

  x(cycle) {
    const inner = this.width - PAD.left - PAD.right;
    return PAD.left + (inner * cycle) / this.fight.clock.cycles;
  }

  cycleAt(x) {
    const inner = this.width - PAD.left - PAD.right;
    const share = Math.max(0, Math.min(1, (x - PAD.left) / inner));
    return Math.round(share * this.fight.clock.cycles);
  }

  /** Lines of process counts, logarithmic. */
  drawProcesses(context, top, bottom) {
    const { fight, colours } = this;
    const most = Math.max(2, ...fight.processes.map((counts) => Math.max(...counts)));
    const y = (count) =>
      count === 0 ? bottom : bottom - 2 - ((bottom - top - 2) * Math.log(count)) / Math.log(most);
    const dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
    for (let w = 0; w < fight.warriors; w++) {
      const counts = fight.processes[w];
      context.beginPath();
      for (let i = 0; i < counts.length; i++) {
        context.lineTo(this.x(fight.sampleCycles[i]), y(counts[i]));
        if (counts[i] === 0) break;
      }
      context.strokeStyle = colours.css(w);
      context.lineWidth = 1.6;
      context.lineJoin = "round";
      context.setLineDash(dashes[Math.floor(w / 4) % dashes.length]);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** Shares of the core, one upon the other. */
  drawShares(context, top, bottom) {
    const { fight, colours } = this;
    const size = fight.machine.coreSize;
    const n = fight.sampleCycles.length;
    context.fillStyle = cssOf(colours.names.cell);
    context.fillRect(this.x(0), top, this.x(fight.clock.cycles) - this.x(0), bottom - top);
    let base = new Float64Array(n);
    for (let w = 0; w < fight.warriors; w++) {
      const upper = base.map((value, i) => value + fight.owned[w][i] / size);
      const y = (share) => bottom - share * (bottom - top);
      context.beginPath();
      for (let i = 0; i < n; i++) context.lineTo(this.x(fight.sampleCycles[i]), y(upper[i]));
      for (let i = n - 1; i >= 0; i--) context.lineTo(this.x(fight.sampleCycles[i]), y(base[i]));
      context.closePath();
      context.fillStyle = colours.css(w);
      context.globalAlpha = 0.78;
      context.fill();
      context.globalAlpha = 1;
      base = upper;
    }
  }

  drawAxis(context) {
    const { cycles } = this.fight.clock;
    context.fillStyle = cssOf(this.colours.names.muted);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "alphabetic";
    const step = niceStep(cycles / Math.max(2, Math.floor(this.width / 150)));
    for (let cycle = 0; cycle <= cycles; cycle += step) {
      const x = this.x(cycle);
      const room = this.width - x;
      context.fillRect(Math.round(x), this.height - PAD.bottom, 1, 4);
      context.textAlign = cycle === 0 ? "left" : room < 34 ? "right" : "center";
      const text = cycle === 0 ? "cycle 0" : cycle.toLocaleString("en");
      context.fillText(text, x, this.height - 2);
    }
  }

  drawCaptions(context, half) {
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "top";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = cssOf(this.colours.names.ground);
    context.fillStyle = cssOf(this.colours.names.muted);
    for (const [text, y] of [
      [this.width < 500 ? "processes" : "processes (logarithmic)", (PAD.top + half) / 2 - 7],
      [this.width < 500 ? "core" : "share of the core", half + 8],
    ]) {
      context.strokeText(text, PAD.left + 3, y);
      context.fillText(text, PAD.left + 3, y);
    }
  }

  /** The chart with everything that moves; `hovered`: a cycle or -1. */
  draw(hovered) {
    const { context, colours, fight } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.chart, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const { time, clock } = fight;
    const now = time === clock.executed ? clock.cycles : fight.machine.cycle;
    const x = this.x(now);
    context.fillStyle = cssOf(colours.names.ground);
    context.globalAlpha = 0.5;
    context.fillRect(
      x,
      PAD.top - 2,
      this.x(clock.cycles) - x,
      this.height - PAD.top - PAD.bottom + 2,
    );
    context.globalAlpha = 1;
    this.drawDeaths();
    this.drawTags();
    if (hovered >= 0) this.line(this.x(hovered), cssOf(colours.names.muted), 1);
    this.line(x, cssOf(colours.names.ink), 2);
    context.fillStyle = cssOf(colours.names.ink);
    context.beginPath();
    context.roundRect(x - 5, PAD.top - 6, 10, 10, 3);
    context.fill();
  }

  line(x, colour, width) {
    this.context.fillStyle = colour;
    this.context.fillRect(
      x - width / 2,
      PAD.top - 2,
      width,
      this.height - PAD.top - PAD.bottom + 4,
    );
  }

  drawDeaths() {
    const { context, colours, fight } = this;
    fight.data.outcome.deathCycles.forEach((cycle, w) => {
      if (cycle < 0) return;
      const x = this.x(cycle + 1);
      context.setLineDash([3, 3]);
      context.strokeStyle = colours.css(w);
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(x, PAD.top);
      context.lineTo(x, this.height - PAD.bottom);
      context.stroke();
      context.setLineDash([]);
    });
  }

  /** Deaths and the decisive moment above the chart, side by side where they crowd. */
  drawTags() {
    const { context, colours } = this;
    context.font = "700 11px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (const { text, x, colour } of this.tags()) {
      context.fillStyle = colour;
      context.fillText(text, x, 8);
    }
    if (this.fight.decisive) this.line(this.decisiveX(), cssOf(colours.names.muted), 1);
  }

  decisiveX() {
    const { decisive, clock } = this.fight;
    return this.x(clock.cycleOf(decisive.time + 1));
  }

  tags() {
    const { data, decisive } = this.fight;
    const { colours } = this;
    const tags = data.outcome.deathCycles
      .map((cycle, w) => ({
        text: `${w + 1}†`,
        x: this.x(cycle + 1),
        colour: colours.css(w),
        cycle,
      }))
      .filter(({ cycle }) => cycle >= 0);
    if (decisive) tags.push({ text: "◆", x: this.decisiveX(), colour: cssOf(colours.names.ink) });
    return spread(tags, 19, 8, this.width - 10);
  }
}

/** Moves things apart on a line, each as little as need be. */
function spread(things, distance, least, most) {
  const sorted = things.slice().sort((one, other) => one.x - other.x);
  let before = least - distance;
  for (const thing of sorted) before = thing.x = Math.max(thing.x, before + distance);
  let behind = most + distance;
  for (const thing of sorted.reverse()) behind = thing.x = Math.min(thing.x, behind - distance);
  return sorted;
}

/** 1, 2 or 5 times a power of ten, at least so much. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}
