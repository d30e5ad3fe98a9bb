"use strict";
// The page: loads the fight, plays it, and answers mouse, touch and keys.

const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
const PANEL_MS = 90; // between two updates of the panels while playing
const CHUNK_MS = 24; // of loading between two looks at the page

class App {
  constructor(data) {
    this.fight = new Fight(data);
    this.only = 0;
    this.selected = -1;
    this.hovered = -1;
    this.hoveredCycle = -1;
    this.playing = false;
    this.since = 0;
    this.panelsDue = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Executes the fight bit by bit, then shows it. */
  load() {
    const work = this.fight.compute();
    const advance = () => {
      const began = performance.now();
      let step = work.next();
      while (!step.done && performance.now() - began < CHUNK_MS) step = work.next();
      if (step.done) this.start();
      else {
        byId("progress").value = step.value;
        setText(byId("loading-text"), `Executing the fight: ${Math.floor(100 * step.value)} %`);
        setTimeout(advance);
      }
    };
    advance();
  }

  start() {
    byId("loading").hidden = true;
    this.colours = currentColours(this.fight.data.palettes);
    this.grid = new Grid(this.fight, byId("grid"));
    this.marks = new Marks(this.grid, byId("marks"));
    this.timeline = new Timeline(this.fight, byId("chart"));
    this.cards = this.fight.data.warriors.map((_, w) => new Card(this, w));
    byId("warriors").append(...this.cards.map((card) => card.element));
    for (const card of this.cards.slice(0, this.fight.warriors > 2 ? 1 : 2)) {
      card.element.classList.add("open");
    }
    this.inspector = new Inspector(this, byId("inspector"));
    fillHeader(this);
    fillAbout(byId("about"), this.fight);
    fillHelp(byId("help"), this.fight);
    this.setSpeed(this.defaultSpeed());
    listen(this);
    this.fight.seek(0);
    new ResizeObserver(() => this.resize()).observe(byId("core"));
    this.resize();
    this.goToHash();
    document.body.dataset.state = "ready";
  }

  /** So that the fight takes about half a minute. */
  defaultSpeed() {
    const wanted = this.fight.clock.cycles / 30;
    return Math.max(
      0,
      SPEEDS.findLastIndex((speed) => speed <= wanted),
    );
  }

  setSpeed(step) {
    const slider = byId("speed");
    slider.max = String(SPEEDS.length - 1);
    slider.value = String(Math.max(0, Math.min(SPEEDS.length - 1, step)));
    const speed = SPEEDS[Number(slider.value)];
    this.speed = speed;
    const text = `${count(speed)} ${speed === 1 ? "cycle" : "cycles"}/s`;
    setText(byId("speed-text"), text);
    slider.setAttribute("aria-valuetext", text);
  }

  changeSpeed(by) {
    this.setSpeed(Number(byId("speed").value) + by);
  }

  /** Fits all to the window; in one without size (a hidden frame) only when it gets one. */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const core = byId("core").getBoundingClientRect();
    const chart = byId("timeline").getBoundingClientRect();
    if (Math.min(core.width, core.height, chart.width, chart.height) < 1) return;
    this.grid.resize(core.width, core.height, ratio, this.colours);
    this.marks.resize();
    this.timeline.resize(chart.width, chart.height, ratio, this.colours);
    fillLegend(byId("legend"), this.colours, ratio);
    this.inspector.resize();
    this.draw(true);
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    if (!this.grid) return;
    this.colours = currentColours(this.fight.data.palettes);
    if (this.timeline.colours) {
      this.grid.recolour(this.colours);
      this.timeline.recolour(this.colours);
      fillLegend(byId("legend"), this.colours, this.grid.ratio);
    }
    for (const card of this.cards) {
      card.recolour();
      card.stateKey = "";
    }
    fillHeader(this);
    this.draw(true);
  }

  toggleTheme() {
    this.themeChosen = true;
    this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  }

  // Moving in time.

  play() {
    if (this.playing) {
      this.pause();
      return;
    }
    if (this.fight.machine.finished) this.goTo(0);
    this.setPlaying(true);
    let before = performance.now();
    let owed = 0;
    const frame = (now) => {
      if (!this.playing) return;
      const { machine } = this.fight;
      owed += (Math.min(100, now - before) / 1000) * this.speed * machine.living;
      before = now;
      const steps = Math.floor(owed);
      owed -= steps;
      if (steps > 0) this.advance(steps, now);
      else this.draw(false);
      if (machine.finished) this.pause();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  pause() {
    this.setPlaying(false);
    this.draw(true);
    this.announce();
  }

  setPlaying(playing) {
    this.playing = playing;
    document.body.classList.toggle("playing", playing);
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /** Executes so many instructions; what they touched glows, at least those of a cycle. */
  advance(steps, now) {
    const { machine } = this.fight;
    const { living } = machine;
    machine.run(machine.time + steps, Infinity);
    this.since = machine.time - Math.max(steps, living);
    if (machine.living < living && !this.calm.matches) {
      for (let w = 0; w < machine.warriors; w++) {
        if (machine.deathTime[w] > machine.time - steps) this.marks.burst(w, now);
      }
    }
    this.draw(false);
  }

  /** Goes to a moment: after so many instructions. */
  goTo(time) {
    this.fight.seek(time);
    this.since = this.fight.time - this.fight.machine.living;
    this.draw(true);
    if (!this.playing) this.announce();
  }

  goToCycle(cycle) {
    const { clock } = this.fight;
    this.goTo(clock.timeOf(Math.max(0, Math.min(cycle, clock.cycles))));
  }

  step(by) {
    this.setPlaying(false);
    this.goTo(this.fight.time + by);
    this.since = this.fight.time - 1;
    this.draw(true);
  }

  stepCycles(by) {
    this.setPlaying(false);
    const { cycle, turn } = this.fight.machine;
    this.goToCycle(by < 0 && turn > 0 ? cycle : cycle + by);
  }

  stepShare(by) {
    this.goToCycle(
      this.fight.machine.cycle + Math.round(by * Math.max(100, this.fight.clock.cycles)),
    );
  }

  goToDecisive() {
    if (!this.fight.decisive) return;
    this.setPlaying(false);
    this.goTo(this.fight.decisive.time);
  }

  /** What the page's address asks for: #cycle=123&theme=dark. */
  goToHash() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const theme = asked.get("theme");
    if (theme in this.fight.data.palettes) {
      this.themeChosen = true;
      this.setTheme(theme);
    }
    if (/^\d{1,10}$/.test(asked.get("cycle"))) this.goToCycle(Number(asked.get("cycle")));
  }

  // Looking.

  look(address) {
    this.selected = address;
    this.draw(true);
  }

  highlight(who) {
    this.only = this.only === who || who > this.fight.warriors ? 0 : who;
    this.draw(true);
  }

  /** Opens a warrior's panel; with many, closes the others. */
  open(w) {
    const opened = !this.cards[w].element.classList.contains("open");
    if (this.fight.warriors > 2) {
      for (const card of this.cards) card.element.classList.remove("open");
    }
    this.cards[w].element.classList.toggle("open", opened);
    this.draw(true);
  }

  /** Draws this moment; the panels at once, or when they are due. */
  draw(panels) {
    if (!this.timeline?.colours) return;
    const now = performance.now();
    this.grid.draw(this.since, this.only);
    const { selected, hovered, only, colours } = this;
    const moving = this.marks.draw({ selected, hovered, only, now, colours });
    this.timeline.draw(this.hoveredCycle);
    this.updateClock();
    if (panels || now >= this.panelsDue) {
      this.panelsDue = now + PANEL_MS;
      for (const card of this.cards) card.update();
      this.inspector.update();
    }
    if (moving && !this.playing) requestAnimationFrame(() => this.draw(false));
  }

  updateClock() {
    const { machine, clock, time } = this.fight;
    const cycle = time === clock.executed ? clock.cycles : machine.cycle;
    setText(byId("cycle"), `cycle ${count(cycle)}`);
    setText(byId("instruction"), `of ${count(clock.cycles)} · instruction ${count(time)}`);
    const timeline = byId("timeline");
    timeline.setAttribute("aria-valuemax", String(clock.cycles));
    timeline.setAttribute("aria-valuenow", String(cycle));
    timeline.setAttribute("aria-valuetext", `cycle ${count(cycle)} of ${count(clock.cycles)}`);
  }

  announce() {
    const { machine } = this.fight;
    const living = `${machine.living} of ${machine.warriors} alive`;
    setText(byId("announcer"), `Cycle ${count(machine.cycle)}, ${living}`);
  }
}
