'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');

const { load } = require('./load.js');

const { clock, copies, pair, stream, watching } = load(['clock', 'copies', 'pair', 'watching'], { Error }).takes;

const info = (more) => ({ url: 'clip', playable: 'copy', seekable: null, first_s: null, codec: null, container: null, pixel_format: null, ...more });

test('a clip plays from the file that was received, then from a copy; first from one that can be sought, where that is needed', () => {
  assert.deepEqual([...copies.filesOf(info())], ['clip', 'copy']);
  assert.deepEqual([...copies.filesOf(info({ seekable: 'sought' }))], ['clip', 'copy'], 'not known to be needed yet');
  assert.deepEqual([...copies.filesOf(info({ seekable: 'sought', first_s: 0.08 }))], ['sought', 'clip', 'copy']);
  assert.deepEqual([...copies.filesOf(info({ url: null, playable: '' }))], []);
  assert.equal(copies.isCopy({ files: ['copy'], info: info() }), true);
  assert.equal(copies.isCopy({ files: ['clip', 'copy'], info: info() }), false);
  assert.equal(copies.isCopy({ files: [], info: info({ playable: null }) }), false);
});

test('small copies play where all clips are too much, but for what is looked at closely', () => {
  const clip = { files: ['clip'], small: 'small' };
  assert.equal(copies.wantedOf(clip, true, false), 'small');
  assert.equal(copies.wantedOf(clip, true, true), 'clip');
  assert.equal(copies.wantedOf(clip, false, false), 'clip');
  assert.equal(copies.wantedOf({ ...clip, small: null }, true, false), 'clip');
  const large = { load: 1920 * 1080 * 24 };
  assert.equal(copies.isCrowd([large, large, large, large]), false);
  assert.equal(copies.isCrowd([large, large, large, large, large]), true);
});

test('what does not play is named', () => {
  const kind = (more, partly = false) => copies.kindOf({ info: info(more), partly });
  assert.equal(kind({}), 'this file');
  assert.equal(kind({ codec: 'hevc', container: 'mov', pixel_format: 'yuv422p10le' }), 'HEVC 4:2:2 of 10 bits in MOV');
  assert.equal(kind({ codec: 'gif', container: 'gif' }), 'GIF');
  assert.equal(kind({ codec: 'theora', container: 'ogg' }), 'theora in ogg');
  assert.equal(kind({ codec: 'h264', container: 'mp4' }, true), 'all of this H.264 in MP4');
});

test('two takes are compared that were before, else the selected one and the next', () => {
  const able = ['x', 'y', 'z'];
  assert.deepEqual([...pair.chosen(able, null, null, null)], ['x', 'y']);
  assert.deepEqual([...pair.chosen(able, null, null, 'z')], ['z', 'x']);
  assert.deepEqual([...pair.chosen(able, 'y', 'x', 'z')], ['y', 'x']);
  assert.deepEqual([...pair.chosen(able, 'gone', 'z', 'z')], ['z', 'x']);
});

test('a stream is read event by event, whatever pieces it comes in', () => {
  const text = 'data: {"n":1}\n\n: still here\n\ndata: {"n":2}\n\nevent: end\n\ndata: {"n":3}\n\n';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const first = stream.eventsIn(text.slice(0, cut));
    const then = first.over ? { values: [], over: true } : stream.eventsIn(first.rest + text.slice(cut));
    assert.deepEqual([...first.values, ...then.values].map((value) => value.n), [1, 2]);
    assert.equal(then.over, true);
  }
  assert.equal(stream.eventsIn('data: {"n":1}\n').values.length, 0);
});

test('a stream that was cut is asked for again later and later, and much later from a server that is full', () => {
  assert.deepEqual([0, 1, 2, 3, 50].map((tries) => stream.waitOf(tries, false, 0.5)), [300, 1000, 2000, 3000, 3000]);
  assert.equal(stream.waitOf(0, true, 0.5), 20000);
  assert.deepEqual([0, 1].map((chance) => stream.waitOf(1, false, chance)), [750, 1250], 'not all in the same moment');
});

test('a value that was overtaken by a later one is not shown; a ballot has no time', () => {
  const value = { run: 'a', now: 10 };
  assert.equal(watching.isOld(value, 'a', 11), true);
  assert.equal(watching.isOld(value, 'a', 10), false);
  assert.equal(watching.isOld(value, 'b', 11), false);
  assert.equal(watching.isOld({ ...value, ballot: {} }, 'a', 11), false);
  assert.notEqual(watching.figuresOf({ run: 'a', ended: 1, done: false }), watching.figuresOf({ run: 'a', ended: 2, done: false }));
});

test("the server's clock is known from the value that came the quickest", () => {
  let now = 1000;
  const server = new clock.ServerClock(() => now);
  server.hear({ run: 'a', now: 5000 - 3, watch_url: 'x' }); // it took 3 s
  now = 1010;
  server.hear({ run: 'a', now: 5010 - 1, watch_url: 'x' });
  now = 1020;
  server.hear({ run: 'a', now: 5020 - 8, watch_url: null });
  assert.equal(server.since(5000), 19);
  assert.equal(server.sinceTold(), 7);
  assert.equal(server.since(9999), 0);
  assert.equal(server.runs, false);
  server.hear({ run: 'b', now: 20 });
  assert.equal(server.since(10), 10, 'another run may be of another clock');
});
