"use strict";
// Redcode's words in pMARS's numbering (as mars/redcode.py), and what is computed from registers
// alone: [operation, A-number, B-number].

const OPCODES = "MOV ADD SUB MUL DIV MOD JMZ JMN DJN CMP SLT SPL DAT JMP SEQ SNE NOP LDP STP".split(
  " ",
);
const [MOV, ADD, SUB, MUL, DIV, MOD, JMZ, JMN, DJN, CMP, SLT, SPL, DAT, JMP, SEQ, SNE, NOP, LDP] =
  OPCODES.keys();
const MODIFIERS = "A B AB BA F X I".split(" ");
const [M_A, M_B, M_AB, M_BA, M_F, M_X, M_I] = MODIFIERS.keys();
const MODES = "#$@<>*{}";
const [IMMEDIATE, DIRECT, B_INDIRECT, B_PREDECREMENT, B_POSTINCREMENT] = MODES.split("").keys();
const A_PREDECREMENT = 6;
const A_POSTINCREMENT = 7;
const BLANK = (DAT << 3) | M_F | (DIRECT << 8) | (DIRECT << 11);

// What the last write to an address was; 0: there was none.
const [LOADED, CHANGED, BOMBED] = [1, 2, 3];

const modulo = (number, size) => ((number % size) + size) % size;
const opcodeOf = (operation) => (operation >> 3) & 31;

/** What MOV ADD SUB MUL DIV MOD make of A's number x and B's number y modulo m. */
function result(opcode, x, y, m) {
  if (opcode === MOV) return x;
  if (opcode === ADD) return x + y < m ? x + y : x + y - m;
  if (opcode === SUB) return y >= x ? y - x : y - x + m;
  if (opcode === MUL) return (x * y) % m;
  return opcode === DIV ? Math.floor(y / x) : y % x;
}

/** Whether the fields that JMZ, JMN and DJN test are all this number. */
function fieldsAre(number, rb, modifier) {
  if (modifier === M_B || modifier === M_AB) return rb[2] === number;
  if (modifier === M_A || modifier === M_BA) return rb[1] === number;
  return rb[1] === number && rb[2] === number;
}

/** SEQ; under .I all six parts. */
function equal(ra, rb, modifier) {
  if (modifier === M_A) return ra[1] === rb[1];
  if (modifier === M_B) return ra[2] === rb[2];
  if (modifier === M_AB) return ra[1] === rb[2];
  if (modifier === M_BA) return ra[2] === rb[1];
  if (modifier === M_X) return ra[1] === rb[2] && ra[2] === rb[1];
  return ra[1] === rb[1] && ra[2] === rb[2] && (modifier === M_F || ra[0] === rb[0]);
}

/** SLT. */
function less(ra, rb, modifier) {
  if (modifier === M_A) return ra[1] < rb[1];
  if (modifier === M_B) return ra[2] < rb[2];
  if (modifier === M_AB) return ra[1] < rb[2];
  if (modifier === M_BA) return ra[2] < rb[1];
  if (modifier === M_X) return ra[1] < rb[2] && ra[2] < rb[1];
  return ra[1] < rb[1] && ra[2] < rb[2];
}
