'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { catalogue, finding } = load(['catalogue', 'finding']).takes;

const FAMILIES = ['Alpha', 'Béta', 'Gamma'];
const PROVIDERS = ['One', 'Two', 'Three'];
const [TEXT, FIRST, LAST, REFERENCES] = [0, 1, 2, 3];

/** A list of so many variants, ten to a model: of four, one takes each kind of input. */
function listOf(count) {
  const models = Array.from({ length: Math.ceil(count / 10) }, (_, at) => ['m-' + at, FAMILIES[at % 3] + ' ' + at, at % 3]);
  const variants = Array.from({ length: count }, (_, at) => [
    'p' + (at % 3) + ':endpoint/' + at, at % 3, Math.floor(at / 10), 'image-to-video', 1 << (at % 4), at % 2, at % 7 ? 0 : 1, 0, at % 11 ? 0 : 2, [],
  ]);
  return { providers: PROVIDERS, families: FAMILIES, models, words: ['', 'not in its own docs', 'ended'], options: [], variants };
}

/** A refresh of such a list, in which each variant costs as many dollars as its number, changed by `rows`. */
function said(count, rows = {}) {
  const each = Array.from({ length: count }, (_, at) => (at in rows ? rows[at] : [1, 2, 0, 0, 0, at]));
  return { catalogue: 'list', rows: each, unused: [], words: ['', '768p', '$1', 'needs a last frame', '8 s, nearest to 6 s'], chosen: [], past: {}, last: [] };
}

function variants(count, rows) {
  const read = catalogue.read(listOf(count));
  catalogue.renew(read, said(count, rows));
  return read;
}

const sought = (what) => ({ ...finding.everything(), ...what });
const numbers = (found) => Array.from(found, (variant) => variant.number);

test('every word has to be in name, family, provider or reference, in whatever order, case and accents', () => {
  const all = variants(60);
  assert.deepEqual(numbers(finding.found(all, sought({ words: 'TWO  beta' }))), numbers(finding.found(all, sought({ words: 'bÉta two' }))));
  assert.deepEqual(numbers(finding.found(all, sought({ words: 'endpoint/17' }))), [17]);
  assert.deepEqual(numbers(finding.found(all, sought({ words: 'm-2 three' }))), [20, 23, 26, 29]);
  assert.deepEqual(numbers(finding.found(all, sought({ words: 'three nowhere' }))), []);
  assert.equal(finding.found(all, sought({ words: '  ' })).length, 60);
});

test('of families and of providers any will do, of inputs and of all else each must hold', () => {
  const all = variants(60);
  const two = finding.found(all, sought({ providers: new Set(['One', 'Two']), families: new Set(['Gamma']) }));
  assert.ok(two.length && two.every((each) => each.provider !== 'Three' && each.family === 'Gamma'));
  assert.ok(finding.found(all, sought({ inputs: new Set([LAST]) })).every((each) => each.number % 4 === LAST));
  assert.deepEqual(finding.found(all, sought({ inputs: new Set([TEXT, FIRST]) })).length, 0);
  assert.ok(finding.found(all, sought({ inputs: new Set([REFERENCES]), audio: true })).every((each) => each.number % 4 === 3 && each.audio));
  assert.deepEqual(numbers(finding.found(all, sought({ ending: true }))), [0, 11, 22, 33, 44, 55]);
  assert.equal(finding.found(all, sought({ priced: true })).length, 60);
  assert.equal(finding.found(variants(60, { 5: [1, 0, 0, 0, 0, null] }), sought({ priced: true })).length, 59);
});

test('what cannot be reached is not found, and comes back with the next refresh that has it', () => {
  const all = variants(12, { 3: null });
  assert.ok(!numbers(finding.found(all, finding.everything())).includes(3));
  catalogue.renew(all, said(12));
  assert.ok(numbers(finding.found(all, finding.everything())).includes(3));
});

test('300 variants are found by a letter more without folding a name again, and each text is looked at once for a word', () => {
  const all = variants(300);
  let looked = 0;
  for (const each of all) {
    const { text } = each;
    Object.defineProperty(each, 'text', { get() { looked += 1; return text; } });
    for (const name of ['ref', 'model', 'title', 'label']) Object.defineProperty(each, name, { get() { throw new Error(name); } });
  }
  assert.equal(finding.found(all, sought({ words: 'endpoint' })).length, 300);
  assert.equal(looked, 300);
});

test('a button picks nothing that cannot take part and no model that ends at its maker', () => {
  const all = variants(30, { 1: [1, 2, 0, 3, 0, 0.1], 2: null });
  const picked = numbers(finding.pickable(all));
  for (const number of [0, 1, 2, 11, 22]) assert.ok(!picked.includes(number));
  assert.equal(picked.length, 25);
});

test('a button picks no variant that would leave the image out, unless nothing else has the model at that provider', () => {
  const all = variants(20);
  catalogue.renew(all, { ...said(20), unused: [3, 4, 10, 13, 16, 19] }); // 3 and 4 are not alone at theirs, the others are all there is
  assert.deepEqual(numbers(finding.pickable(all)).filter((number) => [3, 4, 10, 13, 16, 19].includes(number)), [10, 13, 16, 19]);
  assert.ok(numbers(finding.offered(all)).includes(3), 'what was run before is picked again as it was');
  assert.deepEqual(numbers(finding.pickable(all.slice(3, 5))), [3, 4], 'what is looked for by itself');
});

test('the cheapest ten are those of the lowest known dollars: an unknown price is not a low one', () => {
  const all = variants(30, { 4: [1, 0, 0, 0, 0, null], 29: [1, 2, 0, 0, 0, 0.01] });
  assert.deepEqual(numbers(finding.cheapest(all)), [29, 1, 2, 3, 5, 6, 7, 8, 9, 10]);
});

test('one of each family: whole and documented requests first, and none where the family has one', () => {
  const all = variants(30, { 1: [1, 2, 0, 0, 4, 1] });
  assert.deepEqual(numbers(finding.oneOfEach(all, () => false)), [2, 10, 20]);
  assert.deepEqual(numbers(finding.oneOfEach(all, ({ number }) => number === 15)), [2, 20]);
});

test('something is looked for as soon as a word or a chip is there', () => {
  assert.equal(finding.isNarrow(finding.everything()), false);
  assert.equal(finding.isNarrow(sought({ words: ' ' })), false);
  for (const what of [{ words: 'k' }, { families: new Set(['Alpha']) }, { inputs: new Set([TEXT]) }, { audio: true }, { ending: true }]) {
    assert.equal(finding.isNarrow(sought(what)), true);
  }
});
