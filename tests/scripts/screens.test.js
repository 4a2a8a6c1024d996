'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

/** A clock that is moved by hand, and what waits for it. */
function clock() {
  const waiting = [];
  const at = { now: 0 };
  const pass = () => { at.now += 100; for (const each of waiting.splice(0)) each(); };
  return { pass, surroundings: { performance: { now: () => at.now }, setTimeout: (each) => waiting.push(each) } };
}

/** A video element that keeps what was done to it; its play() never answers, or as it is told. */
function video({ ended = false, answer = new Promise(() => {}) } = {}) {
  const done = [];
  let time = 2;
  return {
    done, ended,
    play: () => { done.push('play'); return answer; },
    pause: () => done.push('pause'),
    get currentTime() { return time; },
    set currentTime(wanted) { time = wanted; done.push(wanted); },
  };
}

const screensOn = (surroundings) => load(['screens'], surroundings).takes.screens;

test('a clip at its end is woken before it is sought, and any other only sought', () => {
  const screens = screensOn({});
  const [over, other] = [video({ ended: true }), video()];
  for (const each of [over, other]) screens.goIn(each, 0.5);
  assert.deepEqual(over.done, ['play', 0.5, 'pause']);
  assert.deepEqual(other.done, [0.5]);
});

test('a clip runs once it says so or moves, and not where it is refused or does neither', async () => {
  const { pass, surroundings } = clock();
  const screens = screensOn(surroundings);
  assert.equal(await screens.run(video({ answer: Promise.resolve() })), true);
  assert.equal(await screens.run(video({ answer: Promise.reject(new Error('not allowed')) })), false);
  const silent = video();
  const runs = screens.run(silent);
  silent.currentTime = 2.1;
  pass();
  assert.equal(await runs, true);
  const still = screens.run(video());
  for (let n = 0; n < 50; n += 1) pass();
  assert.equal(await still, false);
});
