"use strict";
// Colours: from the style sheet and the palette to packed pixels, faded by age.

const AGE_LEVELS = 64;
const FAINTEST = 0.26;
const NOBODY = 0;

const rgbOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** A colour between two; share 0 is the first. */
const mixed = (from, to, share) => from.map((c, i) => Math.round(c + (to[i] - c) * share));

// Canvas pixels are R, G, B, A in memory, so that the number depends on the byte order.
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const packed = ([r, g, b]) =>
  (LITTLE_ENDIAN
    ? (255 << 24) | (b << 16) | (g << 8) | r
    : (r << 24) | (g << 16) | (b << 8) | 255) >>> 0;
const cssOf = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** The level, from 0, of an age in cycles; logarithmic, so that old and older still differ. */
const ageLevel = (age) => Math.min(AGE_LEVELS - 1, Math.floor(Math.log2(age + 1) * 4));

/** How strong a colour still is at a level of age. */
const strengthAt = (level) => 1 - (1 - FAINTEST) * Math.min(1, level / 57);

/** All colours of a theme, as numbers for pixels and as text for drawing. */
class Colours {
  constructor(palette, names) {
    this.names = names;
    this.warriors = palette.map(rgbOf);
    const { cell, ground, ink } = names;
    const faded = (rgb, dim) =>
      Array.from({ length: AGE_LEVELS }, (_, level) =>
        packed(mixed(cell, rgb, strengthAt(level) * dim)),
      );
    const rows = (dim) => [cell, ...this.warriors].map((rgb) => faded(rgb, dim));
    this.fades = Uint32Array.from([rows(1), rows(0.22)].flat(2));
    this.hot = Uint32Array.from(
      [ink, ...this.warriors].map((rgb) => packed(mixed(rgb, ink, 0.62))),
    );
    this.ends = Uint32Array.from([0, 0.25, 0.6, 1].map((share) => packed(mixed(cell, ink, share))));
    this.cell = packed(cell);
    this.ground = packed(ground);
    this.ink = packed(ink);
  }

  /** The pixel of an owner (0: nobody) at a level of age. */
  fade(owner, level, dim) {
    return this.fades[(dim * (this.warriors.length + 1) + owner) * AGE_LEVELS + level];
  }

  css(w) {
    return cssOf(this.warriors[w]);
  }
}

/** The colours of the page as it is now. */
function currentColours(palettes) {
  const theme = document.documentElement.dataset.theme;
  const style = getComputedStyle(document.documentElement);
  const named = (name) => rgbOf(style.getPropertyValue(`--${name}`).trim());
  const names = Object.fromEntries(
    ["cell", "ground", "ink", "muted", "line", "alarm"].map((name) => [name, named(name)]),
  );
  return new Colours(palettes[theme], names);
}
