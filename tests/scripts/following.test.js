'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { following, lens, strips } = load(['following', 'lens', 'strips']).takes;

test('where a clip is late for a while all slow down, step by step and not below a tenth', () => {
  assert.equal(following.paced(1, true, 100, 5000), null, 'late for a moment only');
  assert.equal(following.paced(1, true, 300, 100), null, 'just slowed down');
  assert.equal(following.paced(1, true, 300, 400), 0.6);
  assert.equal(following.paced(0.12, true, 300, 400), 0.1);
});

test('where all can follow they speed up again, up to what was asked', () => {
  assert.equal(following.paced(0.5, false, 0, 1000), null);
  assert.equal(following.paced(0.5, false, 0, 1500), 0.575);
  assert.equal(following.paced(0.95, false, 0, 1500), 1);
  assert.equal(following.paced(1, false, 0, 9999), null);
});

test('a clip ahead is slowed down and one behind sped up, by a third at most', () => {
  assert.equal(following.nudged(0, 1), 1);
  assert.equal(following.nudged(0.05, 1), 0.85);
  assert.equal(following.nudged(-0.05, 1), 1.15);
  assert.equal(following.nudged(-9, 1), 1.3);
  assert.equal(following.nudged(9, 0.1), 0.07);
  assert.equal(following.nudged(0, 0.001), 0.0625, 'what browsers can play');
});

test('a zoom keeps the point under the pointer, and shows nothing beside the picture', () => {
  const whole = { zoom: 1, x: 0.5, y: 0.5 };
  const under = (view, part) => view.x + (part - 0.5) / view.zoom;
  const view = lens.within(lens.zoomedAt(whole, 2, 0.25, 0.5));
  assert.equal(view.zoom, 2);
  assert.equal(under(view, 0.25), 0.25);
  const corner = lens.within(lens.zoomedAt(view, 4, 0, 0));
  assert.equal(under(corner, 0), under(view, 0));
  assert.deepEqual({ ...lens.within({ zoom: 2, x: 0.9, y: -3 }) }, { zoom: 2, x: 0.75, y: 0.25 });
  assert.deepEqual({ ...lens.within({ zoom: 0.3, x: 0, y: 1 }) }, whole);
  assert.equal(lens.zoomedAt(whole, 99, 0.5, 0.5).zoom, 8);
});

test('a strip shows the first frame, the last and evenly between', () => {
  assert.deepEqual([...strips.stripFrames(144)], [0, 20, 41, 61, 82, 102, 123, 143]);
  assert.deepEqual([...strips.stripFrames(3)], [0, 1, 2]);
  assert.deepEqual([...strips.stripFrames(1)], [0]);
  assert.equal(strips.headAt(0, 144), 0.5 / 8);
  assert.equal(strips.headAt(143, 144), 7.5 / 8);
  assert.equal(strips.headAt(0, 1), 0.5);
});
