"use strict";
// The line above everything.

/** Names, result, settings in short, and whether the page agrees with the engine. */
function fillHeader(app) {
  const { data, difference } = app.fight;
  const few = data.warriors.length < 5;
  const names = data.warriors.flatMap(({ name }, w) => [
    ...(few && w > 0 ? [element("span", { className: "versus" }, "vs")] : []),
    badge(w + 1, app.colours),
    ...(few ? [shortName(name)] : []),
  ]);
  byId("title").replaceChildren(...names, few ? "" : `Melee of ${data.warriors.length}`);
  byId("title").title = data.warriors.map(({ name }, w) => `${w + 1} ${name}`).join("\n");
  const result = resultText(data);
  setText(byId("result"), result[0].toUpperCase() + result.slice(1));
  const { settings, fight } = data;
  const rules = settings.preset || `ICWS'${settings.rules}`;
  setText(
    byId("facts"),
    `Fight ${count(fight.number)} of ${count(fight.fights)} · ${rules} · core ${count(settings.coreSize)} · ${fight.series}`,
  );
  const verified = byId("verified");
  verified.className = difference ? "wrong" : "fine";
  const text = difference
    ? `Differs from the engine in cycle ${count(difference.cycle)}: expected ${difference.expected}`
    : "verified against the engine";
  setText(verified, text);
  verified.title = difference
    ? ""
    : `Core, queues and P-space alike at ${data.checkpoints.length} moments`;
  const decisive = byId("decisive");
  decisive.disabled = !app.fight.decisive;
  decisive.title = `${decisiveText(app.fight)} (d)`;
}
