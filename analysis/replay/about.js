"use strict";
// What does not change: result, settings, how to have the fight again; keys and signs.

const KEYS = [
  ["space", "play or pause"],
  ["→ ←", "one cycle on, back (with shift: 1 % of the fight)"],
  [". ,", "one instruction on, back"],
  ["] [", "faster, slower"],
  ["Home End", "to the start, to the end"],
  ["d", "to the decisive moment"],
  ["1 … 9", "show only this warrior; again or 0: all"],
  ["g", "go to an address; in the grid the arrow keys move it"],
  ["Esc", "follow what executes next"],
  ["t", "dark or light"],
  ["i", "settings, positions, how to have this fight again"],
  ["?", "this help"],
];

/** How the fight ended, in a sentence. */
function resultText({ warriors, outcome, settings, toTheEnd }) {
  const dead = outcome.deathCycles;
  const alive = [...warriors.keys()].filter((w) => dead[w] < 0).map((w) => nameOf(warriors, w));
  const cycle = count(Math.max(...dead));
  const lost = warriors.length - alive.length;
  if (warriors.length === 1) {
    return lost ? `dies in cycle ${cycle}` : `lives for all ${count(settings.maxCycles)} cycles`;
  }
  if (lost === 0) return `a tie: all live after ${count(settings.maxCycles)} cycles`;
  const deaths =
    lost === 1
      ? `${nameOf(
          warriors,
          dead.findIndex((c) => c >= 0),
        )} dies`
      : `the last of ${lost} deaths is`;
  if (alive.length === 0) return `nobody survives: ${deaths} in cycle ${cycle}`;
  const verb = alive.length > 1 ? "survive" : toTheEnd ? "survives" : "wins";
  const who = alive.length > 4 ? `${alive.length} warriors` : alive.join(", ");
  return `${who} ${verb}: ${deaths} in cycle ${cycle}`;
}

/** A warrior's name, with its number where others look the same. */
function nameOf(warriors, w) {
  const name = shortName(warriors[w].name);
  const alike = warriors.filter((other) => shortName(other.name) === name).length > 1;
  return alike ? `${name} (${w + 1})` : name;
}

/** The sentence about the decisive moment; it names no moment when there is none. */
function decisiveText(fight) {
  const { decisive, data } = fight;
  if (!decisive) return "Nobody died, so there is no decisive moment.";
  const name = nameOf(data.warriors, decisive.loser);
  const rule = decisive.written
    ? "before the instruction was written that it died of"
    : `when it had half of its most processes (${count(decisive.most)}) for the last time`;
  return `${name} was the last to die; the decisive moment is ${rule}.`;
}

function closing(dialog) {
  const close = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  return element("button", { type: "button", className: "close", onclick: close }, "Close");
}

function fillAbout(dialog, fight) {
  const { settings, fight: number, warriors, outcome, commands, notes, first } = fight.data;
  const rules = [
    ["preset", settings.preset || "none"],
    ["core", count(settings.coreSize)],
    ["cycles", count(settings.maxCycles)],
    ["processes", count(settings.maxProcesses)],
    ["length", count(settings.maxLength)],
    ["distance", count(settings.minDistance)],
    ["P-space", settings.pspaceSize ? count(settings.pspaceSize) : "none"],
    ["rules", `ICWS'${settings.rules}`],
  ];
  const lineup = warriors.map(({ name, position, id }, w) => {
    const start = w === first ? ", executes first" : "";
    const told = element("span", {}, `at ${position}${start}; ${deathText(outcome, w)}`);
    return [`${w + 1} ${name}`, element("div", {}, told, element("code", {}, id))];
  });
  dialog.append(
    closing(dialog),
    element("h2", {}, "This fight"),
    element(
      "p",
      {},
      `${warriors.map(({ name }) => shortName(name)).join(" against ")}: ${resultText(fight.data)}.`,
    ),
    element(
      "p",
      {},
      `Fight ${count(number.number)} of ${count(number.fights)}; positions from ${number.series}.`,
    ),
    ...notes.map((note) => element("p", {}, note)),
    element("h3", {}, "Warriors"),
    facts(lineup),
    element("h3", {}, "Settings"),
    facts(rules),
    ...commands.flatMap(([what, command]) => [
      element("h3", {}, what),
      element("pre", {}, command),
    ]),
    element("h3", {}, "How this page knows"),
    element("p", {}, decisiveText(fight)),
    element(
      "p",
      {},
      `The page executed all ${count(outcome.executed)} instructions itself and compared core, process ` +
        `queues and P-space with the engine's at ${fight.data.checkpoints.length} moments (CRC-32), and ` +
        "deaths and length at the end. It loads nothing from anywhere.",
    ),
  );
}

const deathText = ({ deathCycles }, w) =>
  deathCycles[w] < 0 ? "survives" : `dies in cycle ${count(deathCycles[w])}`;

function fillHelp(dialog, fight) {
  const keys = element("dl");
  for (const [names, what] of KEYS) {
    const caps = names
      .split(" ")
      .flatMap((name) => (name === "…" ? [" … "] : [element("kbd", {}, name), " "]));
    keys.append(element("dt", {}, ...caps), element("dd", {}, what));
  }
  dialog.append(
    closing(dialog),
    element("h2", {}, "Keys and signs"),
    keys,
    element("h3", {}, "The grid"),
    element(
      "p",
      {},
      "Each square is an address; it has the colour of the warrior that executed it or wrote to it " +
        "last, and fades with the time since. Full squares were executed, smaller ones written, " +
        "crosses are bombs: a DAT written over code, or where another warrior owned. A dot is a process that " +
        "waits, a ring with a number what a warrior executes next, a thin outline a recent read, and a " +
        "dark cross on white the end of a process.",
    ),
    element("h3", {}, "The decisive moment"),
    element(
      "p",
      {},
      "Of the warrior that died last: the last moment at which it still had half of the most " +
        "processes it ever had. When that is only its death (it never had many), the moment before the " +
        "instruction was written that it died of.",
    ),
    element("p", {}, decisiveText(fight)),
    element("h3", {}, "A link to a moment"),
    element("p", {}, "The page's address may end in #cycle=1234 or #cycle=1234&theme=light."),
  );
}
