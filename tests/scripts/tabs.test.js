'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { draft, history, picked, sessions, turns, whole } = load(['draft', 'history', 'picked', 'sessions', 'turns', 'whole']).takes;

/** Turns whose clock and server a test moves. */
function table() {
  const there = { now: 0, sent: 0, later: [] };
  const wait = (act, ms) => there.later.push([there.now + ms, act]);
  const under = new turns.Turns(() => { there.sent += 1; }, () => there.now, wait);
  const pass = (ms) => {
    there.now += ms;
    const due = there.later.filter(([at]) => at <= there.now);
    there.later = there.later.filter(([at]) => at > there.now);
    for (const [, act] of due) act();
  };
  return { there, under, pass };
}

test('one question is under way at a time, and the last tick is always asked about', () => {
  const { there, under } = table();
  for (const ref of ['a', 'b', 'c']) {
    under.take([[ref, true]]);
    under.tell();
  }
  assert.equal(there.sent, 1);
  under.hear(1);
  assert.equal(there.sent, 2, 'the ticks of meanwhile');
  under.hear(3);
  assert.equal(there.sent, 2, 'nothing is left to ask');
});

test('a tick holds until it is answered, then the server is believed', () => {
  const { under } = table();
  under.take([['a', true]]);
  under.tell();
  assert.equal(under.believed('a', false), true);
  assert.equal(under.believed('b', false), false);
  under.hear(1);
  assert.equal(under.believed('a', false), false);
});

test('an answer that does not come is taken for lost: the server is believed and told again', () => {
  const { there, under, pass } = table();
  under.take([['a', true]]);
  under.tell();
  under.take([['b', true]]);
  under.tell();
  pass(5001);
  assert.equal(there.sent, 2);
  assert.equal(under.believed('a', false), false);
});

test('an answer to an older turn than the last one heard changes nothing', () => {
  const { there, under } = table();
  under.take([['a', true]]);
  under.tell();
  under.hear(1);
  under.hear(0);
  assert.equal(under.answered, 1);
  assert.equal(there.sent, 1);
});

test('the picker says how many variants on how many providers', () => {
  assert.equal(picked.summaryOf([]), 'Nothing picked yet');
  assert.equal(picked.summaryOf(['A']), '1 variant on 1 provider');
  assert.equal(picked.summaryOf(['A', 'B', 'A']), '3 variants on 2 providers');
});

test("a session stands in the page's address, in the place of what would open something else", () => {
  const page = 'http://takes.example/?run=r1&vote=r2&like=r3';
  assert.equal(sessions.addressOf(page, 's1'), 'http://takes.example/?run=r1&session=s1');
  assert.equal(sessions.addressOf('http://takes.example/?session=s1', 's1'), null);
  assert.equal(sessions.addressOf('http://takes.example/?session=s1&vote=r2', ''), 'http://takes.example/?vote=r2');
  assert.equal(sessions.addressOf(page, ''), null);
});

test('the keyboard stays where it was when a row of History is written anew', () => {
  assert.deepEqual(['ask', 'keep', 'delete', 'fetch'].map(history.nextOf), ['keep', 'ask', 'ask', 'fetch']);
});

test('arrow keys lead from tab to tab and around, Home and End to the ends, and other keys nowhere', () => {
  assert.deepEqual(['ArrowRight', 'ArrowLeft', 'Home', 'End'].map((key) => whole.placeAfter(key, 4, 5)), [0, 3, 0, 4]);
  assert.deepEqual(['a', 'Tab', 'ArrowDown'].map((key) => whole.placeAfter(key, 1, 5)), [null, null, null]);
  assert.equal(whole.placeAfter('ArrowRight', -1, 0), null, 'the key is pressed elsewhere');
});

test('a draft is what differs from what the form held, and is for the run that was shown', () => {
  const held = { prompt: 'A boat', 'negative-prompt': '' };
  assert.equal(draft.draftOf('', held, held), null);
  const kept = JSON.parse(JSON.stringify(draft.draftOf('r1', held, { ...held, prompt: 'A red boat' })));
  assert.deepEqual(kept, { run: 'r1', texts: { prompt: 'A red boat' } });
  assert.deepEqual(Array.from(draft.textsFor(kept, 'r1'), (each) => [...each]), [['prompt', 'A red boat']]);
  for (const other of [null, 7, {}, { run: 'r1', texts: 3 }, { run: 'r1', texts: { key: 'x', prompt: 3 } }, { ...kept, run: '' }]) {
    assert.equal(draft.textsFor(other, 'r1').length, 0);
  }
});
