'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');

const { load, needs, scripts } = require('./load.js');

for (const [name, file] of scripts()) {
  const text = fs.readFileSync(file, 'utf8');

  test(`${name}.js puts one name under takes, and nothing else anywhere`, () => {
    const context = load([]);
    const before = Object.keys(context);
    const after = load([name]);
    assert.deepEqual(Object.keys(after), before);
    if (name === 'takes') return;
    assert.ok(name in after.takes);
    const code = text.replace(/\/\*\*.*?\*\//gs, '').trim();
    assert.match(code, new RegExp(`^takes\\.${name} = \\(\\(\\) => \\{\\n([ ]{2}.*\\n|\\n)*\\}\\)\\(\\);$`));
  });

  test(`${name}.js says in its first lines all that it needs`, () => {
    if (name === 'takes') return;
    const uses = [...text.replace(/\/\*\*.*?\*\//gs, '').matchAll(/\btakes\.(\w+)\b/g)].map((match) => match[1]);
    assert.deepEqual(uses, [name, ...needs(text)]);
    assert.deepEqual(Object.keys(load(needs(text)).takes).includes(name), false, 'no two scripts need each other');
  });
}
