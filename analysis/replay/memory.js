"use strict";
// The arrays of a machine. Times are numbers of instructions, the first is 1.

/** What a machine keeps of each address; of a warrior: its number + 1, 0 is nobody. */
function makeAddressArrays(machine, size) {
  machine.operation = new Uint16Array(size); // opcode << 3 | modifier | A-mode << 8 | B-mode << 11
  machine.a = new Uint16Array(size);
  machine.b = new Uint16Array(size);
  machine.origin = new Uint32Array(size); // warrior << 16 | line of its program, + 1
  machine.owner = new Uint8Array(size); // who executed or wrote it last
  machine.runner = new Uint8Array(size);
  machine.runTime = new Uint32Array(size);
  machine.reader = new Uint8Array(size);
  machine.readTime = new Uint32Array(size);
  machine.writer = new Uint8Array(size);
  machine.writeTime = new Uint32Array(size);
  machine.writeFrom = new Uint16Array(size); // address of the instruction that wrote
  machine.wrote = new Uint8Array(size);
  machine.endTime = new Uint32Array(size); // when a process ended here
}

/** What it keeps of each warrior. */
function makeWarriorArrays(machine, n) {
  machine.order = new Uint8Array(n); // the living ones come first
  machine.tails = new Uint32Array(n); // processes ever queued; the head of every queue is the cycle
  machine.deathCycle = new Int32Array(n);
  machine.deathTime = new Uint32Array(n);
  machine.deathAddress = new Uint16Array(n);
  machine.killer = new Uint8Array(n); // who had written what the last process died of
  machine.killTime = new Uint32Array(n);
  machine.owned = new Uint32Array(n);
  machine.spawned = new Uint32Array(n);
  machine.lastResult = new Uint16Array(n); // cell 0 of P-space
}
