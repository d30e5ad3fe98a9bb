"use strict";
// A panel a warrior: who it is, how it stands, what its processes do, and its text.

const TABS = [
  ["program", "Program"],
  ["source", "Source"],
  ["notes", "About"],
];

class Card {
  /** `app` has: fight, colours, only, goTo(time), look(address), highlight(who), open(w). */
  constructor(app, w) {
    this.app = app;
    this.w = w;
    this.warrior = app.fight.data.warriors[w];
    this.tab = "program";
    this.element = element("article", { className: "card" });
    this.build();
  }

  build() {
    const { warrior, w, app } = this;
    const who = `warrior ${w + 1}, ${warrior.name}`;
    this.solo = element("button", {
      type: "button",
      className: "solo",
      title: `Show only ${who} (${w < 9 ? w + 1 : "click"})`,
      onclick: () => app.highlight(w + 1),
    });
    this.solo.setAttribute("aria-pressed", "false");
    this.badge = badge(w + 1, app.colours);
    this.solo.append(this.badge);
    this.name = element(
      "button",
      { type: "button", className: "name", title: warrior.name, onclick: () => app.open(w) },
      warrior.name,
    );
    const author = element(
      "span",
      { className: "author" },
      warrior.author && `by ${warrior.author}`,
    );
    this.processes = this.meter();
    this.share = this.meter();
    this.state = element("div", { className: "state" });
    this.view = element("div", { className: "view", tabIndex: 0 });
    this.view.setAttribute("aria-label", `Text of ${who}`);
    this.element.append(
      element("header", {}, this.solo, this.name, author),
      element("div", { className: "meters" }, this.processes.element, this.share.element),
      element("div", { className: "body" }, this.state, this.tabs(), this.view),
    );
    this.recolour();
    this.show(this.tab);
  }

  meter() {
    const amount = element("span", { className: "amount" });
    const unit = element("span");
    const fill = element("i");
    const bar = element("div", { className: "bar" }, fill);
    return { element: element("div", {}, amount, " ", unit, bar), amount, unit, fill };
  }

  tabs() {
    const bar = element("div", { className: "tabs" });
    bar.setAttribute("role", "tablist");
    this.tabButtons = TABS.filter(([tab]) => tab !== "source" || this.warrior.source).map(
      ([tab, title]) => {
        const button = element("button", { type: "button", onclick: () => this.show(tab) }, title);
        button.dataset.tab = tab;
        button.setAttribute("role", "tab");
        return button;
      },
    );
    bar.append(...this.tabButtons);
    return bar;
  }

  recolour() {
    const colour = this.app.colours.css(this.w);
    paintBadge(this.badge, this.w + 1, this.app.colours);
    this.element.style.setProperty("--own", colour);
    for (const meter of [this.processes, this.share]) meter.fill.style.background = colour;
  }

  /** Shows one of the texts. */
  show(tab) {
    this.tab = tab;
    for (const button of this.tabButtons) {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    }
    this.view.classList.toggle("prose", tab === "notes");
    this.rows = [];
    this.lastRow = -1;
    if (tab === "notes") this.view.replaceChildren(...this.notes());
    else this.rows = tab === "program" ? this.programRows() : this.sourceRows();
    if (tab !== "notes") this.view.replaceChildren(...this.rows.map((row) => row.element));
    this.update();
  }

  row(text, comment = false) {
    const number = element("span", { className: "count" });
    const made = element(
      "div",
      { className: comment ? "row comment" : "row" },
      number,
      text || " ",
    );
    return { element: made, number };
  }

  programRows() {
    const { coreSize } = this.app.fight.data.settings;
    return this.warrior.code.map(([operation, a, b], line) => {
      const parts = partsOf(operation, a, b, coreSize);
      const start = line === this.warrior.start ? "  ; start" : "";
      return this.row(`${parts.opcode.padEnd(6)} ${parts.a.padEnd(7)} ${parts.b}${start}`);
    });
  }

  sourceRows() {
    const lines = this.warrior.source.split("\n");
    if (this.warrior.cut) lines.push("; … the rest is left out");
    return lines.map((line) => this.row(line, line.trimStart().startsWith(";")));
  }

  notes() {
    const { warrior } = this;
    const pairs = [
      ["author", warrior.author || "Anonymous"],
      ["position", String(warrior.position)],
      ["start", `instruction ${warrior.start + 1} of ${warrior.code.length}`],
      ["id", warrior.id],
    ];
    if (warrior.pin !== null) pairs.push(["PIN", String(warrior.pin)]);
    return [warrior.strategy || "No strategy is told in the source.", facts(pairs)];
  }

  /** Which row a line of the program is in; -1: none. */
  rowOf(line) {
    return this.tab === "program" ? line : (this.warrior.lines[line] ?? 0) - 1;
  }

  update() {
    const { machine } = this.app.fight;
    const { w } = this;
    const processes = processCount(machine, w);
    const most = Math.max(...this.app.fight.processes[w], processes, 1);
    setText(this.processes.amount, count(processes));
    setText(this.processes.unit, processes === 1 ? "process" : "processes");
    const length = Math.log(processes + 1) / Math.log(most + 1);
    this.processes.fill.style.transform = `scaleX(${length})`;
    const share = machine.owned[w] / machine.coreSize;
    setText(this.share.amount, `${(100 * share).toFixed(1)} %`);
    setText(this.share.unit, "of the core");
    this.share.fill.style.transform = `scaleX(${share})`;
    this.element.classList.toggle("dead", !isAlive(machine, w));
    this.solo.setAttribute("aria-pressed", String(this.app.only === w + 1));
    if (this.element.classList.contains("open")) this.updateBody();
  }

  updateBody() {
    this.updateState();
    if (this.tab !== "notes") this.updateRows();
  }

  updateState() {
    const { machine, clock } = this.app.fight;
    const { w } = this;
    if (isAlive(machine, w)) {
      const address = headAddress(machine, w);
      const key = `${address} ${textAt(machine, address)}`;
      if (this.stateKey === key) return;
      this.stateKey = key;
      const at = link(String(address), "Look at this address", () => this.app.look(address));
      const code = element("span", { className: "code" }, textAt(machine, address));
      this.state.replaceChildren("next at ", at, code);
      return;
    }
    const cycle = machine.deathCycle[w];
    if (this.stateKey === `dead ${cycle}`) return;
    this.stateKey = `dead ${cycle}`;
    const address = machine.deathAddress[w];
    const died = link(`cycle ${count(cycle)}`, "Go there", () =>
      this.app.goTo(machineTimeOfDeath(this.app.fight, w)),
    );
    const place = link(String(address), "Look at this address", () => this.app.look(address));
    this.state.replaceChildren("died in ", died, " at ", place, ...this.cause(clock));
  }

  /** Who wrote what the last process died of. */
  cause(clock) {
    const { machine } = this.app.fight;
    const killer = machine.killer[this.w];
    const time = machine.killTime[this.w];
    if (killer === 0) return [", in empty core"];
    if (time === 0) return [", on its own program's ", badge(killer, this.app.colours, true)];
    const when = link(`cycle ${count(clock.cycleOf(time))}`, "Go there", () =>
      this.app.goTo(time - 1),
    );
    return [", on what ", badge(killer, this.app.colours, true), " wrote in ", when];
  }

  /** Marks the rows of the instructions that wait, and of the next one. */
  updateRows() {
    const { machine } = this.app.fight;
    const counts = new Map();
    for (const address of queueOf(machine, this.w)) {
      const row = this.rowAt(address);
      if (row >= 0) counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    const alive = isAlive(machine, this.w);
    const now = alive ? this.rowAt(headAddress(machine, this.w)) : -1;
    this.rows.forEach((row, i) => {
      const waiting = counts.get(i) ?? 0;
      setText(row.number, waiting > 0 ? count(waiting) : "");
      row.element.classList.toggle("busy", waiting > 0);
      row.element.classList.toggle("now", i === now);
    });
    if (now !== this.lastRow && now >= 0) this.reveal(now);
    this.lastRow = now;
  }

  /** The row of this warrior's instruction, or a copy of it, at an address; else -1. */
  rowAt(address) {
    const origin = this.app.fight.machine.origin[address] - 1;
    return origin >= 0 && origin >>> 16 === this.w ? this.rowOf(origin & 0xffff) : -1;
  }

  reveal(row) {
    const target = this.rows[row]?.element;
    if (!target) return;
    const { offsetTop: top, offsetHeight: height } = target;
    const { scrollTop, clientHeight } = this.view;
    if (top < scrollTop || top + height > scrollTop + clientHeight) {
      this.view.scrollTop = top - clientHeight / 2;
    }
  }
}

/** Where a living warrior executes next. */
const headAddress = (machine, w) =>
  machine.queues[w * machine.ring + (headOf(machine, w) & (machine.ring - 1))];

/** The moment before a dead warrior's last instruction. */
const machineTimeOfDeath = (fight, w) => fight.machine.deathTime[w] - 1;
