"use strict";
// What can be asked of a machine: queues, texts, digests; keeping a state and going back to it.

const SCALARS = ["time", "cycle", "turn", "living", "budget", "finished", "warrior", "pc"];

/** A copy of all that changes. */
function saved(machine) {
  const arrays = Object.entries(machine.arrays).map(([name, array]) => [name, array.slice()]);
  return { arrays, scalars: SCALARS.map((name) => [name, machine[name]]) };
}

function restore(machine, state) {
  for (const [name, array] of state.arrays) machine.arrays[name].set(array);
  for (const [name, value] of state.scalars) machine[name] = value;
}

const stateBytes = (machine) =>
  Object.values(machine.arrays).reduce((sum, array) => sum + array.byteLength, 0);

/** Where a warrior's queue begins: who has executed in this cycle is one further. */
function headOf(machine, w) {
  for (let turn = 0; turn < machine.turn; turn++) {
    if (machine.order[turn] === w) return machine.cycle + 1;
  }
  return machine.cycle;
}

const isAlive = (machine, w) => machine.deathCycle[w] < 0;

const processCount = (machine, w) =>
  isAlive(machine, w) ? machine.tails[w] - headOf(machine, w) : 0;

/** A warrior's process queue, head first. */
function queueOf(machine, w) {
  const count = processCount(machine, w);
  const head = headOf(machine, w);
  const queue = new Uint16Array(count);
  const base = w * machine.ring;
  for (let i = 0; i < count; i++) {
    queue[i] = machine.queues[base + ((head + i) & (machine.ring - 1))];
  }
  return queue;
}

/** A warrior's P-space as it sees it, cell 0 first. */
function pspaceOf(machine, w) {
  if (machine.pspaceSize === 0) return new Uint16Array(0);
  const base = machine.spaceOf[w] * machine.pspaceSize;
  const cells = machine.cells.slice(base, base + machine.pspaceSize);
  cells[0] = machine.lastResult[w];
  return cells;
}

const signed = (number, size) => (number > Math.floor(size / 2) ? number - size : number);

/** The parts of an instruction as a load file prints them. */
function partsOf(operation, a, b, size) {
  return {
    opcode: `${OPCODES[opcodeOf(operation)]}.${MODIFIERS[operation & 7]}`,
    a: MODES[(operation >> 8) & 7] + signed(a, size),
    b: MODES[(operation >> 11) & 7] + signed(b, size),
  };
}

/** The instruction at an address. */
function textAt(machine, address) {
  const { operation, a, b, coreSize } = machine;
  const parts = partsOf(operation[address], a[address], b[address], coreSize);
  return `${parts.opcode} ${parts.a}, ${parts.b}`;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of 16-bit numbers, the lower byte of each first. */
function digest(...parts) {
  let crc = -1;
  for (const numbers of parts) {
    for (let i = 0; i < numbers.length; i++) {
      crc = CRC[(crc ^ numbers[i]) & 255] ^ (crc >>> 8);
      crc = CRC[(crc ^ (numbers[i] >> 8)) & 255] ^ (crc >>> 8);
    }
  }
  return ~crc >>> 0;
}

/** A machine's present moment in figures, as `checkpoint` in record.py makes them. */
function digestsOf(machine) {
  const warriors = [...Array(machine.warriors).keys()];
  return {
    executed: machine.time,
    core: digest(machine.operation, machine.a, machine.b),
    queues: warriors.map((w) => digest(queueOf(machine, w))),
    pspaces: warriors.map((w) => digest(pspaceOf(machine, w))),
  };
}
