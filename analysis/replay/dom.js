"use strict";
// Small helpers for the document. Text goes in as text, never as markup.

const byId = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString("en");
const NAME_CHARACTERS = 60; // as in words.py; the rest is in titles and in About

const processesText = (number) => `${count(number)} ${number === 1 ? "process" : "processes"}`;

/** A warrior's name for a line that holds more than it. */
function shortName(name) {
  const characters = [...name];
  if (characters.length <= NAME_CHARACTERS) return name;
  return `${characters.slice(0, NAME_CHARACTERS - 1).join("")}…`;
}

/** An element with properties and children; a string among them is text. */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Changes an element's text only if it is another, so that nothing is laid out in vain. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A warrior's number on its colour; `who` counts from 1, 0 is nobody. */
function badge(who, colours, small = false) {
  const made = element("span", { className: small ? "badge small" : "badge" });
  paintBadge(made, who, colours);
  return made;
}

function paintBadge(made, who, colours) {
  setText(made, who > 0 ? String(who) : "–");
  made.classList.toggle("nobody", who === 0);
  const bright = who > 0 && luminance(packed(colours.warriors[who - 1])) > 0.42;
  made.style.background = who > 0 ? colours.css(who - 1) : "";
  made.style.color = who > 0 ? (bright ? "#101216" : "#ffffff") : "";
}

/** A button that looks like text. */
const link = (text, title, onclick) =>
  element("button", { type: "button", className: "link", title, onclick }, text);

/** A definition list of pairs. */
function facts(pairs) {
  const list = element("dl");
  for (const [term, value] of pairs) {
    list.append(element("dt", {}, term), element("dd", {}, value));
  }
  return list;
}
