'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { timeline } = load(['timeline']).takes;

const even = (fps, frames, shift = 0) => ({ fps, frames, moments: null, lasts: frames / fps, shift });
const uneven = { fps: 10, frames: 4, moments: [0, 0.1, 0.5, 0.6], lasts: 1, shift: 0 };
const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 1e-9, `${value} is not ${wanted}`);

test('a rate is what was measured, the mean where frames last unequally, and 24 where nothing is known', () => {
  assert.equal(timeline.rateOf({ fps: 30, frames: 150, duration_s: 5 }), 30);
  assert.equal(timeline.rateOf({ fps: 30, frames: 100, duration_s: 5 }), 20);
  assert.equal(timeline.rateOf({ fps: 24000 / 1001, frames: 144, duration_s: 6 }), 24000 / 1001);
  assert.equal(timeline.rateOf({ fps: null, frames: 60, duration_s: 6 }), 10);
  assert.equal(timeline.rateOf({ fps: null, frames: null, duration_s: null }), 24);
});

test('every picture shows from its start up to the next one', () => {
  for (const clip of [even(24, 48), even(23.976, 48), even(60, 60), uneven]) {
    for (let picture = 0; picture < clip.frames; picture += 1) {
      const [from, to] = [timeline.startOf(clip, picture), timeline.startOf(clip, picture + 1)];
      assert.equal(timeline.pictureAt(clip, from), picture);
      assert.equal(timeline.pictureAt(clip, timeline.frameTime(clip, picture)), picture);
      assert.equal(timeline.pictureAt(clip, to - 0.002), picture);
    }
  }
});

test('before its first and after its last picture a clip goes on evenly, and shows the one or the other', () => {
  for (const clip of [even(10, 4), uneven]) {
    assert.equal(timeline.pictureAt(clip, -0.15), -2);
    near(timeline.startOf(clip, clip.frames + 2), clip.lasts + 0.2);
    assert.equal(timeline.frameAt(clip, -3), 0);
    assert.equal(timeline.frameAt(clip, 30), 3);
  }
});

test('a shift moves a clip against the others by frames of its own', () => {
  const clip = even(10, 20, 5);
  near(timeline.own(clip, 0), 0.5);
  near(timeline.end(clip), 1.5);
  assert.equal(timeline.within(clip, 1.4), true);
  assert.equal(timeline.within(clip, 1.46), false);
  assert.equal(timeline.within(even(10, 20, -5), 0.4), false);
});

test('the clip that ends last leads; of two that end together, the one of more pictures a second', () => {
  const [short, slow, quick] = [even(24, 24), even(24, 48), even(60, 120)];
  assert.equal(timeline.master([]), null);
  assert.equal(timeline.master([short, slow]), slow);
  assert.equal(timeline.master([quick, slow]), quick);
  assert.equal(timeline.master([slow, quick]), quick);
  assert.equal(timeline.master([slow, even(24, 60, 24)]), slow);
});

test('frames of the lead are counted from where all start', () => {
  const lead = even(10, 20, 5);
  assert.equal(timeline.passed(lead), 5);
  assert.equal(timeline.lastFrame(lead), 14);
  for (const frame of [0, 7, 14]) assert.equal(timeline.masterFrameAt(lead, timeline.masterTime(lead, frame)), frame);
  assert.equal(timeline.masterFrameAt(lead, 99), 14);
});

test('a step leads to the next picture of any clip, and back', () => {
  const clips = [even(10, 10), even(4, 4)];
  const there = [];
  let position = 0;
  for (let n = 0; n < 20; n += 1) {
    there.push(position);
    position = timeline.stepFrom(clips, position, 1);
  }
  const changes = new Set(there.map((time) => clips.map((clip) => timeline.frameAt(clip, timeline.own(clip, time))).join()));
  assert.equal(changes.size, 12); // 10 pictures of the one, 3 changes of the other, one of which falls together
  near(timeline.stepFrom(clips, timeline.stepFrom(clips, 0.45, 1), -1), 0.45);
  near(timeline.stepFrom(clips, 0.95, 1), 0.95);
  near(timeline.stepFrom(clips, 0.05, -1), 0.05);
});
