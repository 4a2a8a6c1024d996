// The choice of variants, grouped by model: runs as the on-load body of one component. The server owns the list; a tick shows
// at once and is told as the 'pick' event. Text from outside only ever goes through textContent.

const root = element.querySelector('.takes-picker');
const LOST_MS = 5000; // an answer this late is taken for lost: the server is believed, and told again
const groups = new Map();
const rows = new Map();
const pending = new Map(); // ticks the server has not answered yet: they win over what it says
let shown = null;
// What is ticked is sent with everything that the form asks. Requests sent together may arrive in any order, so only one is
// under way: each tick has a turn, the answer repeats it.
let turn = 0;
let answered = 0;
let underWay = null;
let wanted = []; // what is ticked, also what cannot take part just now: it is ticked again when it can

const head = make('div', 'tp-head', root);
const summary = make('p', 'tp-summary', head, { role: 'status' });
const none = make('button', 'tp-none', head, { type: 'button', 'aria-label': 'Clear all variants' });
const box = make('div', 'tp-groups', root);
put(none, 'Clear');
none.addEventListener('click', clear);

// ---------------------------------------------------------------------------------------------------------------- building
function makeGroup(model) {
  const node = make('fieldset', 'tp-group', null, { 'data-model': model });
  const legend = make('legend', 'tp-legend', node);
  const group = { node, title: make('span', 'tp-title', legend), list: null, all: null, refs: [] };
  group.all = make('button', 'tp-all', node, { type: 'button', 'data-act': 'all' });
  group.list = make('div', 'tp-list', node);
  group.all.addEventListener('click', () => toggleGroup(group));
  return group;
}

function makeRow(ref) {
  const node = make('label', 'tp-row', null, { 'data-ref': ref });
  const row = { ref, node, input: make('input', 'tp-check', node, { type: 'checkbox' }), off: false };
  const what = make('span', 'tp-what', node);
  const name = make('span', 'tp-name', what);
  row.provider = make('span', 'tp-provider', name);
  row.label = make('span', 'tp-label', name);
  row.detail = make('span', 'tp-detail', what);
  row.reason = make('span', 'tp-reason', what);
  row.badge = make('span', 'tp-badge', what);
  row.sibling = make('span', 'tp-sibling', what);
  const price = make('span', 'tp-price', node);
  row.price = make('span', 'tp-amount', price);
  row.basis = make('span', 'tp-basis', price);
  row.input.addEventListener('change', () => pick([row]));
  return row;
}

// ---------------------------------------------------------------------------------------------------------------- updating
function updateRow(row, variant) {
  row.off = Boolean(variant.disabled);
  row.providerName = variant.provider;
  row.node.classList.toggle('tp-off', row.off);
  row.input.disabled = row.off;
  row.input.checked = !row.off && believed(variant);
  put(row.provider, variant.provider);
  put(row.label, variant.label);
  put(row.detail, variant.detail);
  put(row.reason, variant.disabled);
  put(row.badge, row.off ? '' : variant.badge);
  put(row.sibling, variant.evidence === 'sibling' ? 'not in its own docs' : '');
  row.sibling.title = variant.evidence_note || '';
  put(row.price, variant.price || 'price unknown');
  row.price.classList.toggle('tp-unknown', !variant.price);
  put(row.basis, variant.price_basis || '');
}

function believed(variant) {
  const mine = pending.get(variant.ref);
  if (!mine) return variant.checked;
  if (mine.turn <= answered || performance.now() - mine.at > LOST_MS) pending.delete(variant.ref);
  return pending.has(variant.ref) ? mine.checked : variant.checked;
}

function hear(value) {
  if (!value || !value.turn || value.turn <= answered) return;
  answered = value.turn;
  tell();
}

function send() {
  remember();
  trigger('pick', {});
}

function remember() {
  wanted = chosen().concat(wanted.filter((ref) => rows.has(ref) && rows.get(ref).off));
  props.value = { chosen: wanted, turn };
}

function arrange(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

function fetchFrom(map, key, build) {
  if (!map.has(key)) map.set(key, build(key));
  return map.get(key);
}

function show(value) {
  hear(value);
  shown = value && value.groups ? value : { groups: [] };
  for (const data of shown.groups) {
    const group = fetchFrom(groups, data.model, makeGroup);
    put(group.title, data.title);
    group.refs = data.variants.map((variant) => variant.ref);
    for (const variant of data.variants) updateRow(fetchFrom(rows, variant.ref, makeRow), variant);
    arrange(group.list, group.refs.map((ref) => rows.get(ref).node));
  }
  arrange(box, shown.groups.map((data) => groups.get(data.model).node));
  paint();
  waitFor(shown.later, send);
  wanted = shown.chosen || [];
  remember();
}

const able = (group) => group.refs.map((ref) => rows.get(ref)).filter((row) => !row.off);
const isOn = (row) => row.input.checked && !row.off;
const chosen = () => shown.groups.flatMap((data) => groups.get(data.model).refs).filter((ref) => isOn(rows.get(ref)));

function paint() {
  for (const data of shown.groups) paintGroup(groups.get(data.model), data.title);
  const refs = chosen();
  const gateways = new Set(refs.map((ref) => rows.get(ref).providerName)).size;
  const count = (number, one, many) => number + ' ' + (number === 1 ? one : many);
  put(summary, refs.length
    ? count(refs.length, 'variant', 'variants') + ' on ' + count(gateways, 'gateway', 'gateways')
    : 'Nothing picked yet');
  none.hidden = !refs.length;
}

function paintGroup(group, title) {
  const free = able(group);
  const every = free.length > 0 && free.every(isOn);
  group.all.hidden = free.length < 2;
  put(group.all, free.length < 2 ? '' : every ? 'Clear' : 'All ' + free.length);
  group.all.setAttribute('aria-label', (every ? 'Clear ' : 'Pick all of ') + title);
}

// ----------------------------------------------------------------------------------------------------------------- picking
function pick(changed) {
  turn += 1;
  for (const row of changed) pending.set(row.ref, { checked: row.input.checked, turn, at: performance.now() });
  paint();
  remember();
  tell();
}

function tell() {
  if (underWay !== null && underWay > answered) return;
  underWay = turn > answered ? turn : null;
  if (underWay === null) return;
  const sent = underWay;
  setTimeout(() => { if (underWay === sent && sent > answered) { underWay = null; if (turn > sent) tell(); } }, LOST_MS);
  send();
}

function toggleGroup(group) {
  const free = able(group);
  const to = !free.every(isOn);
  turnTo(free.filter((row) => row.input.checked !== to), to);
}

function clear() {
  wanted = [];
  turnTo(chosen().map((ref) => rows.get(ref)), false);
  const first = box.querySelector('input:not(:disabled)'); // the button is gone, and the keyboard must not be lost
  if (first) first.focus({ preventScroll: true });
}

function turnTo(changed, checked) {
  for (const row of changed) row.input.checked = checked;
  pick(changed);
}

show(props.value);
watch('value', () => show(props.value));
