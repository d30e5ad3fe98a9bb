"use strict";
// Mouse, touch and keys.

const ACTIONS = {
  start: (app) => app.goTo(0),
  cycleBack: (app) => app.stepCycles(-1),
  stepBack: (app) => app.step(-1),
  play: (app) => app.play(),
  step: (app) => app.step(1),
  cycle: (app) => app.stepCycles(1),
  end: (app) => app.goTo(app.fight.clock.executed),
  decisive: (app) => app.goToDecisive(),
};

const KEY_ACTIONS = {
  " ": ACTIONS.play,
  ArrowRight: (app, event) => (event.shiftKey ? app.stepShare(0.01) : app.stepCycles(1)),
  ArrowLeft: (app, event) => (event.shiftKey ? app.stepShare(-0.01) : app.stepCycles(-1)),
  ".": ACTIONS.step,
  ",": ACTIONS.stepBack,
  "]": (app) => app.changeSpeed(1),
  "[": (app) => app.changeSpeed(-1),
  Home: ACTIONS.start,
  End: ACTIONS.end,
  d: ACTIONS.decisive,
  t: (app) => app.toggleTheme(),
  i: () => byId("about").showModal(),
  "?": () => byId("help").showModal(),
  g: () => byId("inspector").querySelector("input").select(),
  Escape: (app) => app.look(-1),
};

function listen(app) {
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => ACTIONS[button.dataset.do](app));
  }
  byId("speed").addEventListener("input", (event) => app.setSpeed(Number(event.target.value)));
  byId("theme").addEventListener("click", () => app.toggleTheme());
  byId("about-open").addEventListener("click", () => byId("about").showModal());
  byId("help-open").addEventListener("click", () => byId("help").showModal());
  document.addEventListener("keydown", (event) => onKey(app, event));
  addEventListener("hashchange", () => app.goToHash());
  listenToTimeline(app, byId("timeline"));
  listenToGrid(app, byId("marks"));
}

function onKey(app, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
  const { target, key } = event;
  if (target.matches("input[type=number]")) {
    if (key === "Escape") target.blur();
    return;
  }
  if (target.matches("input[type=range]") && key.startsWith("Arrow")) return;
  // A focused button answers the space bar itself.
  if (key === " " && target.matches("button")) return;
  const known = KEY_ACTIONS[key] ?? KEY_ACTIONS[key.toLowerCase()];
  if (known) known(app, event);
  else if (/^[0-9]$/.test(key)) app.highlight(Number(key));
  else return;
  event.preventDefault();
}

/** A point of an event in an element, in CSS pixels. */
function pointIn(element, event) {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function listenToTimeline(app, timeline) {
  const tip = byId("time-tip");
  const scrub = (event) => app.goToCycle(app.timeline.cycleAt(pointIn(timeline, event).x));
  timeline.addEventListener("pointerdown", (event) => {
    timeline.setPointerCapture(event.pointerId);
    scrub(event);
  });
  timeline.addEventListener("pointermove", (event) => {
    const { x } = pointIn(timeline, event);
    app.hoveredCycle = app.timeline.cycleAt(x);
    showTip(tip, timeTip(app, app.hoveredCycle), x, timeline);
    if (timeline.hasPointerCapture(event.pointerId)) scrub(event);
    else if (!app.playing) app.draw(false);
  });
  timeline.addEventListener("pointerleave", () => {
    app.hoveredCycle = -1;
    tip.hidden = true;
    app.draw(false);
  });
}

/** What the timeline shows at a cycle. */
function timeTip(app, cycle) {
  const { fight } = app;
  const after = fight.sampleCycles.findIndex((sampled) => sampled >= cycle);
  const at = after < 0 ? fight.sampleCycles.length - 1 : after;
  const lines = fight.data.warriors.slice(0, 6).map(({ name }, w) => {
    const share = ((100 * fight.owned[w][at]) / fight.machine.coreSize).toFixed(1);
    return `${w + 1} ${shortName(name)}: ${processesText(fight.processes[w][at])}, ${share} %`;
  });
  return [`cycle ${count(cycle)}`, ...lines];
}

function listenToGrid(app, canvas) {
  const tip = byId("tip");
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const { x, y } = pointIn(canvas, event);
    app.hovered = app.grid.addressAt(x, y);
    if (app.hovered < 0) tip.hidden = true;
    else showTip(tip, addressTip(app, app.hovered), x, byId("core"), y);
    if (!app.playing) app.draw(false);
  });
  canvas.addEventListener("pointerleave", () => {
    app.hovered = -1;
    tip.hidden = true;
    app.draw(false);
  });
  canvas.addEventListener("click", (event) => {
    const { x, y } = pointIn(canvas, event);
    app.look(app.grid.addressAt(x, y));
  });
  canvas.addEventListener("keydown", (event) => {
    const { columns } = app.grid;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step === undefined || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    app.look(modulo(app.inspector.address + step, app.fight.machine.coreSize));
  });
}

function addressTip(app, address) {
  const { machine, data, clock } = app.fight;
  const owner = machine.owner[address];
  const by = owner > 0 ? `${owner} ${shortName(data.warriors[owner - 1].name)}` : "nobody";
  const time = Math.max(machine.writeTime[address], machine.runTime[address]);
  const since =
    owner === 0 ? "" : time === 0 ? ", since loading" : `, cycle ${count(clock.cycleOf(time))}`;
  return [`${address}  ${textAt(machine, address)}`, `${by}${since}`];
}

/** Puts a tip beside a point, within its box; the first line is strong. */
function showTip(tip, [first, ...rest], x, box, y = -1) {
  tip.replaceChildren(element("b", {}, first), ...rest.map((line) => `\n${line}`));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(0, Math.min(x + 14, box.clientWidth - width))}px`;
  if (y >= 0) tip.style.top = `${y + 18 + height > box.clientHeight ? y - height - 8 : y + 18}px`;
}

const prefersLight = matchMedia("(prefers-color-scheme: light)");
const replay = new App(JSON.parse(byId("data").textContent));
replay.setTheme(prefersLight.matches ? "light" : "dark");
prefersLight.addEventListener("change", () => {
  if (!replay.themeChosen) replay.setTheme(prefersLight.matches ? "light" : "dark");
});
replay.load();
