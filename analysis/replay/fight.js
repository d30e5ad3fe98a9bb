"use strict";
// A fight from its beginning to its end: executed once, compared with the engine's record, kept
// in states to go back to, and counted for the timeline.

const KEYFRAMES = 100;
const KEYFRAME_BYTES = 64e6;
const SAMPLES = 1000;
const PORTION = 200000; // instructions between two looks at the clock

/** The last element that passes; the first one must. */
function lastWhere(list, passes) {
  let at = list.length - 1;
  while (at > 0 && !passes(list[at])) at--;
  return list[at];
}

/** Cycles and times of a fight of which all deaths are known. */
class Clock {
  constructor(deathCycles, executed) {
    this.executed = executed;
    this.segments = [{ time: 0, cycle: 0, living: deathCycles.length }];
    for (const death of deathCycles.filter((cycle) => cycle >= 0).sort((x, y) => x - y)) {
      const last = this.segments[this.segments.length - 1];
      const time = last.time + (death + 1 - last.cycle) * last.living;
      this.segments.push({ time, cycle: death + 1, living: last.living - 1 });
    }
    this.cycles = this.cycleOf(executed) + 1;
  }

  /** The cycle in which an instruction was executed; of time 0, the first. */
  cycleOf(time) {
    if (time === 0) return 0;
    const segment = lastWhere(this.segments, (s) => s.time < time);
    return segment.cycle + Math.floor((time - 1 - segment.time) / Math.max(1, segment.living));
  }

  /** How many instructions were executed before a cycle. */
  timeOf(cycle) {
    const segment = lastWhere(this.segments, (s) => s.cycle <= cycle);
    const time = segment.time + (cycle - segment.cycle) * segment.living;
    return Math.min(time, this.executed);
  }
}

/** The record's fight, executed by this page. */
class Fight {
  constructor(data) {
    this.data = data;
    this.machine = new Machine(data);
    this.warriors = data.warriors.length;
    this.clock = new Clock(data.outcome.deathCycles, data.outcome.executed);
    this.keyframes = [];
    this.sampleCycles = [];
    this.processes = data.warriors.map(() => []);
    this.owned = data.warriors.map(() => []);
    this.checked = 0;
    this.difference = null;
  }

  /** Executes everything; yields the share done. Afterwards the fight is at its end. */
  *compute() {
    const { machine, clock } = this;
    const keep = clock.executed / this.keyframeCount();
    const sampleEvery = Math.max(1, clock.cycles / SAMPLES);
    let pause = PORTION;
    this.check();
    for (;;) {
      if (machine.time >= this.keyframes.length * keep) {
        this.keyframes.push({ time: machine.time, state: saved(machine) });
      }
      if (machine.cycle >= this.sampleCycles.length * sampleEvery) this.sample();
      if (machine.finished) break;
      const checkpoint = this.nextCheckpoint();
      const nextCycle = Math.ceil(this.sampleCycles.length * sampleEvery);
      machine.run(Math.min(this.keyframes.length * keep, checkpoint, pause), nextCycle);
      if (machine.time >= checkpoint) this.check();
      if (machine.time >= pause) {
        pause = machine.time + PORTION;
        yield machine.time / clock.executed;
      }
    }
    this.sample();
    this.checkEnd();
    this.decisive = this.findDecisive();
    this.end = saved(machine);
  }

  keyframeCount() {
    const fitting = Math.floor(KEYFRAME_BYTES / stateBytes(this.machine));
    return Math.max(12, Math.min(KEYFRAMES, fitting));
  }

  sample() {
    this.sampleCycles.push(Math.min(this.machine.cycle, this.clock.cycles));
    for (let w = 0; w < this.warriors; w++) {
      this.processes[w].push(processCount(this.machine, w));
      this.owned[w].push(this.machine.owned[w]);
    }
  }

  nextCheckpoint() {
    return this.checked < this.data.checkpoints.length
      ? this.data.checkpoints[this.checked][0]
      : Infinity;
  }

  /** Compares with the engine's checkpoint; the first difference is kept. */
  check() {
    const [executed, core, queues, pspaces] = this.data.checkpoints[this.checked];
    const found = digestsOf(this.machine);
    this.checked++;
    this.differs(found.executed !== executed, `${executed} instructions`);
    this.differs(found.core !== core, "the core");
    for (let w = 0; w < this.warriors; w++) {
      this.differs(found.queues[w] !== queues[w], `the process queue of warrior ${w + 1}`);
      this.differs(found.pspaces[w] !== pspaces[w], `the P-space of warrior ${w + 1}`);
    }
  }

  checkEnd() {
    const { machine, data } = this;
    const { deathCycles, executed, spawned } = data.outcome;
    this.differs(machine.time !== executed, `an end after ${executed} instructions`);
    this.differs(this.checked !== data.checkpoints.length, "an end at the last checkpoint");
    for (let w = 0; w < this.warriors; w++) {
      const death = deathCycles[w] < 0 ? "survival" : `death in cycle ${deathCycles[w]}`;
      this.differs(machine.deathCycle[w] !== deathCycles[w], `warrior ${w + 1}'s ${death}`);
      this.differs(machine.spawned[w] !== spawned[w], `warrior ${w + 1}'s ${spawned[w]} SPLs`);
    }
  }

  differs(different, expected) {
    if (different && this.difference === null) {
      this.difference = { time: this.machine.time, cycle: this.machine.cycle, expected };
    }
  }

  /**
   * The last moment at which the warrior that died last still had half of the most processes it
   * ever had; when that was only its death, the moment at which the instruction it died of was
   * written (if it was). Null when nobody died.
   */
  findDecisive() {
    const { deathTime, killTime, drops } = this.machine;
    const loser = deathTime.indexOf(Math.max(...deathTime));
    if (deathTime[loser] === 0) return null;
    const most =
      drops[loser].length -
      1 -
      drops[loser]
        .slice()
        .reverse()
        .findIndex((t) => t > 0);
    const fallen = drops[loser][Math.ceil(most / 2)];
    const written = fallen === deathTime[loser] && killTime[loser] > 0;
    return { loser, most, written, time: (written ? killTime[loser] : fallen) - 1 };
  }

  get time() {
    return this.machine.time;
  }

  /** Goes to the moment before the instruction `time + 1`. */
  seek(time) {
    const target = Math.max(0, Math.min(time, this.clock.executed));
    const keyframe = lastWhere(this.keyframes, (frame) => frame.time <= target);
    const { machine } = this;
    if (target === this.clock.executed) restore(machine, this.end);
    else if (machine.time > target || keyframe.time > machine.time) {
      restore(machine, keyframe.state);
    }
    machine.run(target, Infinity);
  }

  /** Goes to the beginning of a cycle. */
  seekCycle(cycle) {
    this.seek(this.clock.timeOf(Math.max(0, Math.min(cycle, this.clock.cycles))));
  }
}
