'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { camera } = load(['camera']).takes;

/** What a prompt becomes; `|` is the caret, before and after. */
function after(marked, move) {
  const { text, at } = camera.withMove(marked.replace('|', ''), marked.indexOf('|'), move);
  return text.slice(0, at) + '|' + text.slice(at);
}

test('a move goes where the caret is, in brackets of its own', () => {
  assert.equal(after('|', 'Push in'), '[Push in]|');
  assert.equal(after('A boat.|', 'Push in'), 'A boat. [Push in]|');
  assert.equal(after('A boat. | Rain.', 'Push in'), 'A boat. [Push in]| Rain.');
});

test('moves that happen together share a pair of brackets, three at most and none twice', () => {
  assert.equal(after('A boat. [Push in]|', 'Pan left'), 'A boat. [Push in, Pan left]|');
  assert.equal(after('A boat. [Push in] |', 'Pan left'), 'A boat. [Push in, Pan left]| ');
  assert.equal(after('[Push| in], then', 'Pan left'), '[Push in, Pan left]|, then');
  assert.equal(after('[Push in, Pan left, Shake]|', 'Tilt up'), '[Push in, Pan left, Shake] [Tilt up]|');
  assert.equal(after('[Push in]|', 'Push in'), '[Push in]|');
  assert.equal(after('[]|', 'Push in'), '[Push in]|');
});

test('brackets further back and brackets that are open are left alone', () => {
  assert.equal(after('[Push in] A boat.|', 'Pan left'), '[Push in] A boat. [Pan left]|');
  assert.equal(after('A [boat|', 'Pan left'), 'A [boat [Pan left]|');
});
