"use strict";
// One address: what is there, who wrote, executed and read it last, and what is around it.

const ROW_HEIGHT = 21;

class Inspector {
  /** `app` has: fight, colours, selected (-1: follow what executes next), look(address), goTo. */
  constructor(app, section) {
    this.app = app;
    this.machine = app.fight.machine;
    this.rows = [];
    this.build(section);
    this.resize();
  }

  build(section) {
    const last = this.machine.coreSize - 1;
    this.input = element("input", {
      type: "number",
      min: "0",
      max: String(last),
      title: "Address",
    });
    this.input.setAttribute("aria-label", "Address");
    this.input.addEventListener("change", () => {
      const address = Number.parseInt(this.input.value, 10);
      if (Number.isInteger(address)) this.app.look(modulo(address, this.machine.coreSize));
    });
    this.follow = element(
      "button",
      {
        type: "button",
        title: "Follow what executes next (Esc)",
        onclick: () => this.app.look(-1),
      },
      "follow",
    );
    this.story = element("dl", { className: "story" });
    const head = element("div", { className: "head" });
    head.append(
      ...["address", "instruction", "written in cycle, by"].map((t) => element("span", {}, t)),
    );
    this.listing = element("div", { id: "listing", tabIndex: 0 });
    this.listing.setAttribute("role", "listbox");
    this.listing.setAttribute("aria-label", "Instructions around the address");
    this.listing.addEventListener("keydown", (event) => this.onKey(event));
    section.append(
      element("div", { className: "find" }, element("h2", {}, "Address"), this.input, this.follow),
      this.story,
      head,
      this.listing,
    );
  }

  onKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.app.look(modulo(this.address + step, this.machine.coreSize));
  }

  /** Makes as many rows as there is room for. */
  resize() {
    const fitting = Math.floor(this.listing.clientHeight / ROW_HEIGHT);
    const wanted = Math.max(3, Math.min(fitting, this.machine.coreSize, 60));
    if (wanted === this.rows.length) return;
    this.rows = Array.from({ length: wanted }, () => this.makeRow());
    this.listing.replaceChildren(...this.rows.map((row) => row.element));
  }

  makeRow() {
    const cell = (className) => element("span", { className });
    const row = { address: cell("address"), here: cell("here"), text: cell("text") };
    row.badge = cell("badge small");
    row.when = cell("when");
    const by = element("span", { className: "by" }, row.when, row.badge);
    row.element = element("div", { className: "row" }, row.address, row.here, row.text, by);
    row.element.setAttribute("role", "option");
    row.element.onclick = () => this.app.look(row.at);
    return row;
  }

  /** The address that is looked at: the chosen one, or what executes next. */
  get address() {
    const { machine, app } = this;
    if (app.selected >= 0) return app.selected;
    return machine.finished
      ? Math.max(0, machine.pc)
      : headAddress(machine, machine.order[machine.turn]);
  }

  update() {
    const { address, machine } = this;
    if (document.activeElement !== this.input) this.input.value = String(address);
    this.follow.setAttribute("aria-pressed", String(this.app.selected < 0));
    this.updateStory(address);
    const waiting = this.waiting(address);
    const half = this.rows.length >> 1;
    this.rows.forEach((row, i) => {
      const at = modulo(address - half + i, machine.coreSize);
      this.updateRow(row, at, at === address, waiting.get(at));
    });
  }

  /** Which warriors have processes near an address. */
  waiting(address) {
    const { machine, rows } = this;
    const found = new Map();
    for (let w = 0; w < machine.warriors; w++) {
      for (const at of queueOf(machine, w)) {
        if (modulo(at - address + rows.length, machine.coreSize) > 2 * rows.length) continue;
        if (!found.has(at)) found.set(at, new Set());
        found.get(at).add(w + 1);
      }
    }
    return found;
  }

  updateRow(row, at, chosen, waiting) {
    const { machine } = this;
    row.at = at;
    setText(row.address, String(at));
    const { operation, a, b, coreSize } = machine;
    const parts = partsOf(operation[at], a[at], b[at], coreSize);
    setText(row.text, `${parts.opcode.padEnd(6)} ${parts.a.padEnd(6)} ${parts.b}`);
    row.text.classList.toggle("blank", machine.owner[at] === NOBODY);
    const writer = machine.writer[at];
    row.badge.hidden = row.when.hidden = writer === 0;
    if (writer > 0) {
      paintBadge(row.badge, writer, this.app.colours);
      setText(row.when, this.when(machine.writeTime[at]));
    }
    const key = waiting ? [...waiting].join() : "";
    if (row.key !== key || row.theme !== this.app.colours) {
      const shown = waiting ? [...waiting].slice(0, 2) : [];
      row.here.replaceChildren(...shown.map((who) => badge(who, this.app.colours, true)));
      row.key = key;
      row.theme = this.app.colours;
    }
    row.element.classList.toggle("chosen", chosen);
    row.element.setAttribute("aria-selected", String(chosen));
  }

  when(time) {
    return time === 0 ? "loaded" : count(this.app.fight.clock.cycleOf(time));
  }

  updateStory(address) {
    const { machine, app } = this;
    const key = [
      address,
      machine.writeTime[address],
      machine.runTime[address],
      machine.readTime[address],
    ];
    const origin = machine.origin[address];
    const text = [...key, origin, app.colours.ground].join();
    if (this.storyKey === text) return;
    this.storyKey = text;
    const lines = [
      ["written", this.written(address)],
      ["executed", this.touched(machine.runner[address], machine.runTime[address])],
      ["read", this.touched(machine.reader[address], machine.readTime[address])],
      ["is", this.identity(address)],
    ];
    this.story.replaceChildren(
      ...lines.flatMap(([term, parts]) => [element("dt", {}, term), element("dd", {}, ...parts)]),
    );
  }

  touched(who, time) {
    if (who === 0) return ["never"];
    const cycle = this.app.fight.clock.cycleOf(time);
    const go = link(`cycle ${count(cycle)}`, "Go to the moment before it", () =>
      this.app.goTo(time - 1),
    );
    return ["by ", badge(who, this.app.colours, true), " in ", go];
  }

  written(address) {
    const { machine } = this;
    const who = machine.writer[address];
    if (who === 0) return ["never: empty core"];
    if (machine.writeTime[address] === 0) {
      return ["by loading ", badge(who, this.app.colours, true)];
    }
    const from = machine.writeFrom[address];
    const place = link(String(from), "Look at the instruction that wrote", () =>
      this.app.look(from),
    );
    const bomb = machine.wrote[address] === BOMBED ? [" (bomb)"] : [];
    return [...this.touched(who, machine.writeTime[address]), " from ", place, ...bomb];
  }

  /** Which line of which program this is, or was copied from. */
  identity(address) {
    const origin = this.machine.origin[address] - 1;
    if (origin < 0) return ["of no program"];
    const [w, line] = [origin >>> 16, (origin & 0xffff) + 1];
    const { position } = this.app.fight.data.warriors[w];
    const own = (position + line - 1) % this.machine.coreSize === address;
    return [own ? "line " : "a copy of line ", `${line} of `, badge(w + 1, this.app.colours, true)];
  }
}
