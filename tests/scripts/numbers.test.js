'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { readout, numbers } = load(['numbers', 'readout']).takes;

test('a time is said in seconds with its unit, however long it is', () => {
  assert.equal(numbers.seconds(0), '0.0 s');
  assert.equal(numbers.seconds(59.94), '59.9 s');
  assert.equal(numbers.seconds(65.24), '65.2 s');
  assert.equal(numbers.seconds(3600), '3600.0 s');
});

test('nothing is known of null and undefined alone', () => {
  assert.deepEqual([null, undefined, 0, '', false].map(numbers.known), [false, false, true, true, true]);
});

test('a timecode counts frames, or thousandths where frames come unevenly', () => {
  assert.equal(numbers.timecode(0, 24), '0 s 00 f');
  assert.equal(numbers.timecode(24 * 61 + 5, 24), '61 s 05 f');
  assert.equal(numbers.timecode(23, 23.976), '0 s 23 f');
  const clip = { fps: 10, frames: 3, moments: [0, 0.25, 0.5], lasts: 1, shift: 0 };
  assert.equal(readout.codeOf(clip, 1), '0.250 s');
  assert.equal(readout.codeOf({ ...clip, moments: null }, 12), '1 s 02 f');
});

test('clips that differ are said to, with the least and the most', () => {
  const clip = (fps, frames) => ({ fps, frames, moments: null, lasts: frames / fps, shift: 0 });
  assert.equal(readout.differences([clip(24, 48)]).length, 0);
  assert.equal(readout.differences([clip(24, 48), clip(24, 49)]).length, 0);
  assert.deepEqual([...readout.differences([clip(24, 48), clip(30, 180)])], ['2.0 to 6.0 s long', '24 to 30 fps, a step leads to the next frame of any']);
});

test('a clip says when it is not within what plays, and by how many frames it was moved', () => {
  const clip = { fps: 10, frames: 10, moments: null, lasts: 1, shift: -5 };
  assert.equal(readout.heldWords(clip, 0.2, 3), 'not yet started');
  assert.equal(readout.heldWords(clip, 1, 3), '');
  assert.equal(readout.heldWords(clip, 1.5, 3), 'ended');
  assert.equal(readout.heldWords(clip, 1.5, 1.5), '', 'the last one ends with all');
  assert.deepEqual([3, 0, -2].map(readout.shiftWords), ['+3 f', '0 f', '−2 f']);
});
