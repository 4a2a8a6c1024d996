'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { arrange, ticked, here, arrival, pasting } = load(['arrange', 'ticked', 'here', 'arrival', 'pasting']).takes;

const AS_ASKED = { sort: 'asked', placed: [], pinned: [], hidden: [] };
const CELLS = [
  { job: 'a', provider: 'Two', label: 'x', total_s: 40, usd: null },
  { job: 'b', provider: 'One', label: 'y', total_s: null, usd: 0.5 },
  { job: 'c', provider: 'One', label: 'x', total_s: 12, usd: 0.1 },
];
const shown = (how) => arrange.shownOf(CELLS, { ...AS_ASKED, ...how }).map((data) => data.job).join('');

test('takes stand as they were asked, by time, by cost or by name; what is not known comes last', () => {
  assert.equal(shown({}), 'abc');
  assert.equal(shown({ sort: 'time' }), 'cab');
  assert.equal(shown({ sort: 'cost' }), 'cba');
  assert.equal(shown({ sort: 'name' }), 'cba');
  assert.equal(shown({ sort: 'no such order' }), 'abc');
});

test('starred takes come first where that is asked for, and all others stay as they were asked', () => {
  const told = { a: null, b: { star: false, note: 'dull', tags: '' }, c: { star: true, note: '', tags: '' }, d: { star: true, note: '', tags: '' } };
  const cells = Object.entries(told).map(([job, mark]) => ({ ...CELLS[0], job, mark }));
  const order = (how) => arrange.shownOf(cells, { ...AS_ASKED, sort: 'star', ...how }).map((data) => data.job).join('');
  assert.equal(order({}), 'cdab');
  assert.equal(order({ pinned: ['b'], hidden: ['d'] }), 'bca');
});

test('pinned takes come first in whatever order, and hidden ones not at all', () => {
  assert.equal(shown({ sort: 'time', pinned: ['b'] }), 'bca');
  assert.equal(shown({ hidden: ['a'], pinned: ['c', 'a'] }), 'cb');
});

test('a take that is moved changes places with its neighbour, and new ones come last', () => {
  assert.deepEqual([...arrange.movedIn(['a', 'b', 'c'], 'c', -1)], ['a', 'c', 'b']);
  assert.deepEqual([...arrange.movedIn(['a', 'b', 'c'], 'a', -1)], ['a', 'b', 'c']);
  assert.deepEqual([...arrange.movedIn(['a', 'b'], 'no such', 1)], ['a', 'b']);
  assert.equal(shown({ sort: 'placed', placed: ['c', 'a'] }), 'cab');
});

test('as many takes are ticked as can be shown together, each once', () => {
  assert.deepEqual([...ticked.tickedWith(['a'], 'b', true)], ['a', 'b']);
  assert.deepEqual([...ticked.tickedWith(['a', 'b'], 'a', true)], ['b', 'a']);
  assert.deepEqual([...ticked.tickedWith(['a', 'b'], 'a', false)], ['b']);
  const full = Array.from({ length: 24 }, (_, number) => String(number));
  assert.equal(ticked.tickedWith(full, 'one more', true).length, 24);
  assert.match(ticked.trayWords(24), /most/);
});

test('a server that answers is there, whatever it says; a proxy that does not reach it is not the server', () => {
  assert.equal(here.isHere({ status: 200 }), true);
  assert.equal(here.isHere({ status: 403 }), true);
  assert.equal(here.isHere({ status: 500 }), true);
  assert.equal(here.isHere({ status: 502 }), false);
  assert.equal(here.isHere(null), false);
});

test('who is in another tab reads in the title what came', () => {
  assert.equal(arrival.titleWith('Takes', '6 of 6 delivered'), '✓ 6 of 6 delivered · Takes');
});

test('of what is pasted the first image counts, and words none', () => {
  assert.equal(pasting.imageIn([{ type: 'text/plain' }]), null);
  assert.deepEqual(pasting.imageIn([{ type: 'text/html' }, { type: 'image/webp' }, { type: 'image/png' }]), { type: 'image/webp' });
});

const LINK = 'https://pics.example/a.png?sig=1';

/** `pasting` where the HTML that is pasted shows this picture, or none. */
const withPicture = (src) => load(['pasting'], {
  DOMParser: class { parseFromString() { return { querySelector: () => src && { getAttribute: () => src } }; } },
}).takes.pasting;
const told = (kinds) => ({ getData: (kind) => kinds[kind] || '' });

test('the address of a picture is told from words, and from where the picture links to', () => {
  const { addressIn } = withPicture(null);
  assert.equal(addressIn(told({ 'text/plain': ' ' + LINK + '\n' })), LINK);
  assert.equal(addressIn(told({ 'text/uri-list': '# a comment\r\n' + LINK + '\r\nhttps://other.example/' })), LINK);
  assert.equal(addressIn(told({ 'text/plain': 'see ' + LINK })), '');
  assert.equal(addressIn(told({ 'text/plain': 'A paper boat' })), '');
  assert.equal(addressIn(told({ 'text/plain': 'file:///etc/passwd' })), '');
  assert.equal(addressIn(told({})), '');
  assert.equal(withPicture(LINK).addressIn(told({ 'text/html': '…', 'text/uri-list': 'https://page.example/' })), LINK);
  assert.equal(withPicture('data:image/png;base64,AA').addressIn(told({ 'text/uri-list': LINK })), LINK);
});
