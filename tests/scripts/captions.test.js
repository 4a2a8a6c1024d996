'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { captionsOf } = load(['caption']).takes.caption;

const of = (provider, label, variant = provider + ':' + label) => ({ provider, label, variant });
const parts = (...all) => Array.from(captionsOf(all), ({ common, own, alike }) => [common, own, alike]);

test('of labels that begin alike the rest is their own, also where one is the beginning of another', () => {
  assert.deepEqual(parts(of('fal', 'Hailuo 2.3 Fast'), of('fal', 'Hailuo 2.3 Pro'), of('fal', 'Hailuo 2.3'), of('fal', 'Veo 3.1')), [
    ['Hailuo 2.3', 'Fast', true], ['Hailuo 2.3', 'Pro', true], ['Hailuo 2.3', '', true], ['', 'Veo 3.1', true],
  ]);
});

test('one label at several providers is common, and what differs is the provider', () => {
  assert.deepEqual(parts(of('fal', 'Veo 3.1 Fast'), of('RunComfy', 'Veo 3.1 Fast')), [['Veo 3.1 Fast', '', false], ['Veo 3.1 Fast', '', false]]);
});

test('what clips are made from is needed only where takes of one provider and model differ in it', () => {
  const rests = (...all) => Array.from(captionsOf(all), ({ rest, needed }) => [rest, needed]);
  assert.deepEqual(rests(of('fal', 'Veo 3.1 · image-to-video'), of('RunComfy', 'Veo 3.1 · text-to-video')), [['image-to-video', false], ['text-to-video', false]]);
  assert.deepEqual(rests(of('fal', 'Veo 3.1 · image-to-video'), of('fal', 'Veo 3.1 · text-to-video')), [['image-to-video', true], ['text-to-video', true]]);
  assert.deepEqual(rests(of('fal', 'Veo 3.1', 'fal:fal-ai/veo3.1'), of('fal', 'Veo 3.1', 'fal:fal-ai/veo3.1/reference')), [['veo3.1', true], ['reference', true]]);
});

test('the same variant again has its whole name, and takes without labels, as on a ballot, their provider alone', () => {
  assert.deepEqual(parts(of('fal', 'Veo 3.1'), of('fal', 'Veo 3.1')), [['', 'Veo 3.1', true], ['', 'Veo 3.1', true]]);
  assert.deepEqual(parts(of('Take A', '', ''), of('Take B', '', '')), [['', '', false], ['', '', false]]);
});
