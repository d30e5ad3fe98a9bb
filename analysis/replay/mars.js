"use strict";
// The virtual machine: instruction for instruction the engine's (mars/kernel.py), and besides
// that who did what to each address last. Times are numbers of instructions, the first is 1.

/** A core with warriors in it; `data` is what analysis/replay/page.py writes. */
class Machine {
  constructor(data) {
    const { coreSize, maxProcesses, pspaceSize } = data.settings;
    const n = data.warriors.length;
    this.coreSize = coreSize;
    this.maxCycles = data.settings.maxCycles;
    this.maxProcesses = maxProcesses;
    this.warriors = n;
    this.toTheEnd = data.toTheEnd;
    this.fewest = this.toTheEnd ? 1 : Math.min(n, 2);
    this.ring = 1;
    while (this.ring < maxProcesses) this.ring *= 2;
    this.spaceOf = data.pspace.spaceOf;
    this.pspaceSize = pspaceSize;
    makeAddressArrays(this, coreSize);
    makeWarriorArrays(this, n);
    this.queues = new Uint16Array(n * this.ring);
    this.cells = new Uint16Array((Math.max(...this.spaceOf) + 1) * pspaceSize);
    // All that changes; what follows is not kept in states.
    this.arrays = Object.fromEntries(Object.entries(this).filter(([, a]) => ArrayBuffer.isView(a)));
    this.drops = data.warriors.map(() => new Uint32Array(maxProcesses + 1));
    this.ra = new Uint16Array(3); // the A-registers: operation, A-number, B-number
    this.rb = new Uint16Array(3);
    this.load(data);
  }

  load(data) {
    this.operation.fill(BLANK);
    data.warriors.forEach((warrior, w) => this.loadWarrior(warrior, w));
    for (let turn = 0; turn < this.warriors; turn++) {
      this.order[turn] = (data.first + turn) % this.warriors;
    }
    this.lastResult.set(data.pspace.lastResults);
    for (const [space, cell, value] of data.pspace.cells) {
      this.cells[space * this.pspaceSize + cell] = value;
    }
    this.deathCycle.fill(-1);
    this.tails.fill(1);
    this.time = this.cycle = this.turn = 0;
    this.living = this.warriors;
    this.budget = this.toTheEnd ? Infinity : this.warriors * this.maxCycles;
    this.finished = false;
    this.warrior = this.pc = -1; // who has executed last, and where
  }

  loadWarrior(warrior, w) {
    const m = this.coreSize;
    warrior.code.forEach(([operation, a, b], line) => {
      const address = (warrior.position + line) % m;
      this.operation[address] = operation;
      this.a[address] = a;
      this.b[address] = b;
      this.origin[address] = w * 65536 + line + 1;
      this.writer[address] = w + 1;
      this.wrote[address] = LOADED;
      this.own(address, w + 1);
    });
    this.queues[w * this.ring] = modulo(warrior.position + warrior.start, m);
  }

  /** Goes on until a time, a cycle's beginning or the end, whatever comes first. */
  run(time, cycle) {
    while (this.time < time && this.cycle < cycle && !this.finished) this.step();
  }

  /** Executes one instruction. */
  step() {
    const { turn, cycle, ring } = this;
    const w = this.order[turn];
    const pc = this.queues[w * ring + (cycle & (ring - 1))];
    this.time++;
    this.warrior = w;
    this.pc = pc;
    const writer = this.writer[pc];
    const written = this.writeTime[pc];
    this.runner[pc] = w + 1;
    this.runTime[pc] = this.time;
    this.own(pc, w + 1);
    const next = this.execute(w, pc);
    if (next >= 0) this.push(w, next);
    else this.lose(w, pc);
    this.turn = turn + 1;
    if (this.turn === this.living) {
      this.turn = 0;
      this.cycle = cycle + 1;
    }
    if (this.tails[w] === cycle + 1) this.bury(w, turn, cycle, { writer, written });
    const out = this.toTheEnd ? this.cycle === this.maxCycles : this.budget <= 1;
    if (this.living < this.fewest || out) this.finished = true;
    if (this.budget > 0) this.budget--;
  }

  push(w, address) {
    this.queues[w * this.ring + (this.tails[w]++ & (this.ring - 1))] = address;
  }

  /** A process ends; `drops` keeps when the queue last became shorter than each length. */
  lose(w, pc) {
    this.endTime[pc] = this.time;
    this.drops[w][this.tails[w] - this.cycle] = this.time;
  }

  /** The last process has ended, of what `writer` had `written`. */
  bury(w, turn, cycle, { writer, written }) {
    this.deathCycle[w] = cycle;
    this.deathTime[w] = this.time;
    this.deathAddress[w] = this.pc;
    this.killer[w] = writer;
    this.killTime[w] = written;
    if (!this.toTheEnd) this.budget -= 1 + Math.floor((this.budget - 1) / this.living);
    this.living--;
    this.order.copyWithin(turn, turn + 1);
    this.turn = Math.min(this.turn, turn);
  }

  /** What the process at `pc` does; returns where it goes on, or -1 when it ends. */
  execute(w, pc) {
    const opcode = opcodeOf(this.operation[pc]);
    const modifier = this.operation[pc] & 7;
    const aMode = (this.operation[pc] >> 8) & 7;
    const bMode = (this.operation[pc] >> 11) & 7;
    const bNumber = this.b[pc];
    const following = this.after(pc);
    const a = this.operand(pc, this.a[pc], aMode, this.ra);
    const origin = this.origin[a];
    const b = this.operand(pc, bNumber, bMode, this.rb);
    switch (opcode) {
      case MOV:
        if (modifier === M_I) this.move(b, origin);
        else this.calculate(b, modifier, opcode);
        return following;
      case ADD:
      case SUB:
      case MUL:
        this.calculate(b, modifier, opcode);
        return following;
      case DIV:
      case MOD:
        return this.divide(b, modifier, opcode) ? following : -1;
      case JMP:
        return a;
      case JMZ:
        return fieldsAre(0, this.rb, modifier) ? a : following;
      case JMN:
        return fieldsAre(0, this.rb, modifier) ? following : a;
      case DJN:
        this.decrement(b, modifier);
        return fieldsAre(1, this.rb, modifier) ? following : a;
      case CMP:
      case SEQ:
        return equal(this.ra, this.rb, modifier) ? this.after(following) : following;
      case SNE:
        return equal(this.ra, this.rb, modifier) ? following : this.after(following);
      case SLT:
        return less(this.ra, this.rb, modifier) ? this.after(following) : following;
      case SPL:
        return this.split(w, following, a);
      case DAT:
        return -1;
      case NOP:
        return following;
      default:
        this.exchange(w, b, modifier, opcode);
        return following;
    }
  }

  after(address) {
    return address + 1 < this.coreSize ? address + 1 : 0;
  }

  /** Evaluates an operand with its side effects; its instruction is copied to `register`. */
  operand(pc, number, mode, register) {
    const m = this.coreSize;
    if (mode === IMMEDIATE) return this.copy(pc, register);
    const pointer = pc + number < m ? pc + number : pc + number - m;
    this.touch(pointer);
    if (mode === DIRECT) return this.copy(pointer, register);
    const field = mode <= B_POSTINCREMENT ? this.b : this.a;
    if (mode === B_PREDECREMENT || mode === A_PREDECREMENT) {
      field[pointer] = field[pointer] > 0 ? field[pointer] - 1 : m - 1;
      this.change(pointer);
    }
    const far = pointer + field[pointer];
    const address = this.copy(far < m ? far : far - m, register);
    this.touch(address);
    if (mode === B_POSTINCREMENT || mode === A_POSTINCREMENT) {
      field[pointer] = field[pointer] < m - 1 ? field[pointer] + 1 : 0;
      this.change(pointer);
    }
    return address;
  }

  copy(address, register) {
    register[0] = this.operation[address];
    register[1] = this.a[address];
    register[2] = this.b[address];
    return address;
  }

  /** Keeps who read here. */
  touch(address) {
    this.reader[address] = this.warrior + 1;
    this.readTime[address] = this.time;
  }

  /** Keeps who changed a number here; that disarms no bomb. */
  change(address) {
    this.writer[address] = this.warrior + 1;
    this.writeTime[address] = this.time;
    this.writeFrom[address] = this.pc;
    if (this.wrote[address] !== BOMBED) this.wrote[address] = CHANGED;
    this.own(address, this.warrior + 1);
  }

  /** An address belongs to whoever executed it or wrote to it last. */
  own(address, who) {
    const before = this.owner[address];
    if (before === who) return;
    if (before > 0) this.owned[before - 1]--;
    this.owned[who - 1]++;
    this.owner[address] = who;
  }

  /** MOV.I. A bomb is a DAT written over code, or where another warrior owns. */
  move(address, origin) {
    const owner = this.owner[address];
    const foreign = owner > 0 && owner !== this.warrior + 1;
    const target = foreign || opcodeOf(this.operation[address]) !== DAT;
    this.operation[address] = this.ra[0];
    this.a[address] = this.ra[1];
    this.b[address] = this.ra[2];
    this.origin[address] = origin;
    this.change(address);
    this.wrote[address] = target && opcodeOf(this.ra[0]) === DAT ? BOMBED : CHANGED;
  }

  /** MOV ADD SUB MUL on the fields that the modifier names. */
  calculate(address, modifier, opcode) {
    const { ra, rb, coreSize: m } = this;
    const crossed = modifier === M_X || modifier === M_AB || modifier === M_BA;
    if (modifier !== M_B && modifier !== M_AB) {
      this.a[address] = result(opcode, crossed ? ra[2] : ra[1], rb[1], m);
    }
    if (modifier !== M_A && modifier !== M_BA) {
      this.b[address] = result(opcode, crossed ? ra[1] : ra[2], rb[2], m);
    }
    this.change(address);
  }

  /** DIV and MOD: a divisor of 0 leaves its field alone; returns whether the process lives. */
  divide(address, modifier, opcode) {
    const { ra, rb, coreSize: m } = this;
    const crossed = modifier === M_X || modifier === M_AB || modifier === M_BA;
    const [forA, forB] = crossed ? [ra[2], ra[1]] : [ra[1], ra[2]];
    const inA = modifier !== M_B && modifier !== M_AB;
    const inB = modifier !== M_A && modifier !== M_BA;
    if (inA && forA > 0) this.a[address] = result(opcode, forA, rb[1], m);
    if (inB && forB > 0) this.b[address] = result(opcode, forB, rb[2], m);
    if ((inA && forA > 0) || (inB && forB > 0)) this.change(address);
    return !((inA && forA === 0) || (inB && forB === 0));
  }

  decrement(address, modifier) {
    const { a, b, coreSize: m } = this;
    if (modifier !== M_A && modifier !== M_BA) b[address] = b[address] > 0 ? b[address] - 1 : m - 1;
    if (modifier !== M_B && modifier !== M_AB) a[address] = a[address] > 0 ? a[address] - 1 : m - 1;
    this.change(address);
  }

  split(w, following, target) {
    if (this.tails[w] - this.cycle - 1 >= this.maxProcesses - 1) return following;
    this.push(w, following);
    this.spawned[w]++;
    return target;
  }

  /** LDP and STP. */
  exchange(w, address, modifier, opcode) {
    const { ra, rb } = this;
    const toA = modifier === M_A || modifier === M_BA;
    const aValue = modifier === M_A || modifier === M_AB ? ra[1] : ra[2];
    const base = this.spaceOf[w] * this.pspaceSize;
    if (opcode === LDP) {
      const cell = aValue % this.pspaceSize;
      const value = cell === 0 ? this.lastResult[w] : this.cells[base + cell];
      (toA ? this.a : this.b)[address] = value;
      this.change(address);
      return;
    }
    const cell = (toA ? rb[1] : rb[2]) % this.pspaceSize;
    if (cell === 0) this.lastResult[w] = aValue;
    else this.cells[base + cell] = aValue;
  }
}
