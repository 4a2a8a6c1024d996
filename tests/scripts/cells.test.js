'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { ballot, cell, grid, head, news } = load(['ballot', 'cell', 'grid', 'head', 'news']).takes;

const LINE = 46;
const WIDE = 16 / 9;

test('six takes are seen at once in a usual window, as large as it allows', () => {
  for (const [width, height] of [[980, 690], [580, 560]]) {
    const { columns, cell } = grid.fit(6, WIDE, { width, height }, LINE);
    const rows = Math.ceil(6 / columns);
    assert.ok(columns * cell + 12 * (columns - 1) <= width);
    assert.ok(rows * (cell / WIDE + LINE) + 12 * (rows - 1) <= height + 1);
    assert.ok(cell >= 170);
  }
});

test('one take fills the stage, upright ones stand beside each other, and many are no smaller than can be told apart', () => {
  assert.deepEqual({ ...grid.fit(1, WIDE, { width: 980, height: 900 }, LINE) }, { columns: 1, cell: 980 });
  assert.equal(grid.fit(4, 9 / 16, { width: 980, height: 690 }, LINE).columns, 4);
  assert.ok(grid.fit(24, WIDE, { width: 980, height: 690 }, LINE).cell >= 170);
});

test('on a phone each take is as wide as the window', () => {
  assert.deepEqual({ ...grid.fit(6, WIDE, { width: 366, height: 700 }, LINE) }, { columns: 1, cell: 366 });
});

test('all stages have the shape of the widest clip, 16 : 9 at most, and where nothing is known', () => {
  const clip = (width, height) => ({ clip: { width, height } });
  assert.equal(grid.shapeOf([], null), 16 / 9);
  assert.equal(grid.shapeOf([{ clip: null }, clip(null, null)]), 16 / 9);
  assert.equal(grid.shapeOf([clip(360, 640), clip(480, 480)]), 1);
  assert.equal(grid.shapeOf([clip(2100, 900)]), 16 / 9);
});

test('takes that are waited for have the shape that was asked, else that of the image they begin with', () => {
  const awaited = (shape, given) => ({ clip: null, waiting: true, shape, given });
  assert.equal(grid.shapeOf([awaited(9 / 16, null)], null), 9 / 16);
  assert.equal(grid.shapeOf([awaited(null, 'a.png')], 3 / 4), 3 / 4);
  assert.equal(grid.shapeOf([awaited(1, 'a.png'), awaited(null, null)], 3 / 4), 1);
  assert.equal(grid.shapeOf([{ ...awaited(9 / 16, null), waiting: false }], null), 16 / 9, 'one that failed has none');
});

test('a take that is waited for says where it stands', () => {
  assert.equal(cell.hint({ queue_position: null, progress: null, eta_s: null }, 3), '');
  assert.equal(cell.hint({ queue_position: 0, progress: 0.256, eta_s: 70 }, 3), 'position 0 in the queue · 26% · usually 70.0 s');
  assert.equal(cell.hint({ queue_position: null, progress: null, eta_s: 2 }, 3), 'longer than the usual 2.0 s');
  assert.equal(cell.hint({ queue_position: null, progress: null, eta_s: 2 }, null), 'usually 2.0 s');
});

test('its bar is what its provider says, else by what is usual, else none', () => {
  assert.equal(cell.shareOf({ progress: 0.4, eta_s: 10 }, 9), 0.4);
  assert.equal(cell.shareOf({ progress: null, eta_s: 10 }, 9), 0.9);
  assert.equal(cell.shareOf({ progress: null, eta_s: 10 }, 99), 1);
  assert.equal(cell.shareOf({ progress: null, eta_s: 10 }, null), null);
  assert.equal(cell.shareOf({ progress: null, eta_s: null }, 9), null);
});

test('phases that took time are told in their order, held apart, and the one that lasts goes on', () => {
  const phases = [['held', 1], ['upload', 0.01], ['submit', 0.5], ['queue', 2]];
  const words = ({ shown, held }) => [...shown, ...held].map((each) => each.words);
  assert.deepEqual(words(cell.phasesOf({ phases, phase: 'queue', waiting: true }, 3)), [
    'submit 0.5 s', 'queue 5.0 s', 'held 1.0 s, not in the total',
  ]);
  assert.deepEqual(words(cell.phasesOf({ phases, phase: null, waiting: false }, 3)), [
    'submit 0.5 s', 'queue 2.0 s', 'held 1.0 s, not in the total',
  ]);
  assert.deepEqual(words(cell.phasesOf({ phases: [['held', 0]], phase: 'held', waiting: true }, 2)), ['held 2.0 s, not in the total']);
});

test('what was sent is told where it is not what was asked', () => {
  const names = (data) => Array.from(cell.factsOf({ told: [], ...data }), ([name]) => name);
  assert.deepEqual(names({ asked: '6 s', sent: '6 s', came: null }), ['asked']);
  assert.deepEqual(names({ asked: '6 s', sent: '5 s', came: '5 s' }), ['asked', 'sent', 'came']);
  assert.deepEqual(names({ asked: null, sent: '5 s', came: null }), ['sent']);
  assert.deepEqual(names({ asked: '6 s', sent: '6 s', came: '6 s', told: [['its seed', '7']] }), ['asked', 'came', 'its seed']);
  assert.deepEqual(names({ asked: '6 s', sent: '6 s', error: 'The worker died.', cost_told: 'cost unknown' }), ['asked', 'why', 'cost']);
});

test('the tally tells what is in and what came to nothing', () => {
  const [arrived, lost, awaited] = [{ clip: {}, waiting: false }, { clip: null, waiting: false }, { clip: null, waiting: true }];
  assert.equal(head.tallyOf([arrived, awaited]), '1 of 2 delivered');
  assert.equal(head.tallyOf([arrived, lost, awaited]), '1 of 3 delivered, 1 without a clip');
});

test('a screen reader hears of what is new, by name where a provider has several', () => {
  const take = (job, provider, more) => ({ job, provider, label: 'Pro', words: 'In the queue', ending: null, clip: null, error: null, total_s: null, is_news: true, ...more });
  const cells = [
    take('1', 'A', { state: 'delivered', clip: {}, total_s: 42 }),
    take('2', 'B', { state: 'failed', ending: 'Failed', error: 'Out of memory.' }),
    take('3', 'B', { state: 'queued' }),
    take('4', 'C', { state: 'submitting', is_news: false }),
    take('5', 'D', { state: 'queued' }),
  ];
  const before = new Map([['1', 'running'], ['2', 'running'], ['3', 'submitting'], ['4', 'planned'], ['5', 'queued']]);
  assert.deepEqual([...news.newsOf(cells, before)], ['A delivered in 42.0 s', 'B, Pro: Failed. Out of memory.', 'B, Pro: In the queue']);
  assert.deepEqual([...news.newsOf(cells, new Map())], [], 'of a run that was just opened nothing is new');
});

test('a vote needs both of a pair, or two of several, and says what it waits for', () => {
  assert.equal(ballot.canVote({ kind: 'pair' }, 2, 0), true);
  assert.equal(ballot.canVote({ kind: 'pair' }, 2, 1), false);
  assert.equal(ballot.canVote({ kind: 'best' }, 4, 2), true);
  assert.equal(ballot.canVote({ kind: 'best' }, 4, 3), false);
  const state = { cast: false, open: true, seen: 1, total: 2, unseen: [] };
  assert.equal(ballot.wordsOf(state), 'Play every take to its end: 1 of 2 seen');
  assert.equal(ballot.wordsOf({ ...state, seen: 2, unseen: [2] }), 'All seen: which is better? (without Take C, which this browser cannot play)');
  assert.match(ballot.wordsOf({ ...state, open: false, unseen: [0, 1] }), /^This browser cannot play Take A and Take B, so/);
  assert.equal(ballot.wordsOf({ ...state, cast: true }), 'Counting your vote …');
});

test('what was seen of a clip is what was played, once', () => {
  const played = (...spans) => ({ length: spans.length, start: (i) => spans[i][0], end: (i) => spans[i][1] });
  assert.equal(ballot.secondsSeen(played(), 6), 0);
  assert.equal(ballot.secondsSeen(played([0, 2], [3, 4.5]), 6), 3.5);
  assert.equal(ballot.secondsSeen(played([0, 6.2]), 6), 6);
});
