// Loads scripts of the page as a page does, without one: each puts itself under `takes`, in a scope of its own.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const CODE = path.join(__dirname, '..', '..', 'comparisons');

/** Every script of the page that is under `takes`, by its name. */
function scripts(folder = CODE) {
  const found = new Map();
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith('.js') && entry.name !== 'me.js') {
      found.set(path.basename(entry.name, '.js'), path.join(entry.parentPath || entry.path, entry.name));
    }
  }
  return found;
}

/** The names of the scripts that a script says it needs. */
function needs(text) {
  return [...text.matchAll(/^  const \{[^}]*\} = takes\.(\w+);$/gm)].map((match) => match[1]);
}

/** `takes` with some scripts in it, and those that they need. Nothing of a browser is there but what is given. */
function load(names, surroundings = {}) {
  const files = scripts();
  const context = vm.createContext({ URL, ...surroundings });
  const loaded = new Set();
  const bring = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const text = fs.readFileSync(files.get(name), 'utf8');
    for (const other of needs(text)) bring(other);
    vm.runInContext(text, context, { filename: files.get(name) });
  };
  bring('takes');
  for (const name of names) bring(name);
  return context;
}

module.exports = { load, needs, scripts };
