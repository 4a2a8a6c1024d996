// The grid of takes and the one player that drives their clips. Runs as the on-load body of one component: `element`,
// `props`, `watch` and `trigger` come from it (as do `server` and `upload`, so these names are taken). The page is told the
// whole state each time; cells are matched by job id and updated in place, because a video element that is made or moved
// again loses its picture. Text from outside only ever goes through textContent.

// ---------------------------------------------------------------------------------------------------- small helpers
const root = element.querySelector('.takes-grid');
const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const ENDED = { failed: 'Failed', canceled: 'Canceled', rejected: 'Refused', uncertain: 'Uncertain' };
const REST_MS = 4000;
const LONG_PROMPT = 150;
const PHASES = ['upload', 'submit', 'queue', 'generate', 'result', 'download'];
const ICONS = {
  play: 'M4.5 2.5v11l8.5-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  back: 'M3 3h1.8v10H3zM13 3v10L6 8z',
  forward: 'M11.2 3H13v10h-1.8zM3 3v10l7-5z',
  loop: 'M4 3.5h6.5A3.5 3.5 0 0 1 14 7v.5h-1.6V7a1.9 1.9 0 0 0-1.9-1.9H4v2L1 4.3l3-2.8zM12 12.5H5.5A3.5 3.5 0 0 1 2 9v-.5h1.6V9a1.9 1.9 0 0 0 1.9 1.9H12v-2l3 2.8-3 2.8z',
  sound: 'M2 6h2.5L8 3v10L4.5 10H2zM10 5.3a4 4 0 0 1 0 5.4l1 1.100a5.5 5.5 0 0 0 0-7.6z',
  full: 'M2 2h4v1.6H3.6V6H2zM10 2h4v4h-1.6V3.6H10zM2 10h1.6v2.4H6V14H2zM12.4 10H14v4h-4v-1.6h2.4z',
  mute: 'M2 6h2.5L8 3v10L4.5 10H2zM14.5 6.3l-1-1L12 6.9l-1.5-1.6-1 1L11 8 9.5 9.700l1 1L12 9.100l1.5 1.6 1-1L13 8z',
};

function icon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  button.replaceChildren(svg);
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const known = (value) => value !== null && value !== undefined;

function seconds(value) {
  if (value < 60) return value.toFixed(1) + ' s';
  const tenths = Math.round(value * 10);
  return Math.floor(tenths / 600) + ':' + ((tenths % 600) / 10).toFixed(1).padStart(4, '0') + ' min';
}

// ------------------------------------------------------------------------------------------------------- the server's clock
// A snapshot can only arrive late, so the largest difference seen is the closest to the true one.
const serverClock = { run: null, offset: null, told: 0, runs: false };

function hearClock(value) {
  if (serverClock.run !== value.run) Object.assign(serverClock, { run: value.run, offset: null });
  Object.assign(serverClock, { told: value.now, runs: Boolean(value.watch_url) });
  const offset = value.now - Date.now() / 1000;
  serverClock.offset = serverClock.offset === null ? offset : Math.max(serverClock.offset, offset);
}

const sinceTold = () => Math.max(0, Date.now() / 1000 + serverClock.offset - serverClock.told);
const elapsed = (data) => Math.max(0, Date.now() / 1000 + serverClock.offset - data.since);
const isWaiting = (data) => !data.clip && !(data.state in ENDED) && !known(data.total_s);

// ------------------------------------------------------------------------------------------------------------------- layout
root.tabIndex = -1; // where the keyboard is after what starts takes
root.setAttribute('role', 'group');
root.setAttribute('aria-label', 'Takes');
const head = make('header', 'tg-head', root);
const headText = make('div', 'tg-head-text', head);
const prompt = make('p', 'tg-prompt', headText);
const promptMore = make('button', 'tg-more', headText, { type: 'button', 'aria-expanded': 'false' });
promptMore.textContent = 'Whole prompt';
promptMore.addEventListener('click', () => {
  const open = prompt.classList.toggle('tg-whole');
  promptMore.setAttribute('aria-expanded', String(open));
  promptMore.textContent = open ? 'Less' : 'Whole prompt';
});
const title = make('p', 'tg-title', headText);
const headSide = make('div', 'tg-head-side', head);
const tally = make('span', 'tg-tally', headSide);
const headSandbox = make('span', 'tg-sandbox', headSide, { title: 'Made by the built-in sandbox: not a measurement' });
const judge = make('a', 'tg-act', headSide, { 'data-act': 'judge' });
const takeAway = make('a', 'tg-act', headSide, { 'data-act': 'export', download: '' });
const goOn = makeAct(headSide, 'go_on', () => trigger('go_on', { run: shownRun }));
const empty = make('div', 'tg-empty', root);
const pairBox = make('section', 'tg-pair', root, { 'aria-label': 'Two takes compared', hidden: '' });
const cellsBox = make('div', 'tg-cells', root);
const ballotBox = make('div', 'tg-ballot', root, { role: 'group', 'aria-label': 'Your vote', hidden: '' });
const bar = make('div', 'tg-player', root, { role: 'group', 'aria-label': 'Player for all clips' });
const stripsBox = make('section', 'tg-strips', root, { 'aria-label': 'Filmstrips', hidden: '' });
const live = make('p', 'tg-live', root, { 'aria-live': 'polite', role: 'status' });
const cells = new Map();

function drawEmpty() {
  const words = make('div', 'tg-empty-words', empty);
  make('p', 'tg-empty-line', words).textContent = root.dataset.line;
  make('p', 'tg-empty-more', words).textContent = root.dataset.more;
  const slates = make('div', 'tg-slates', empty, { 'aria-hidden': 'true' });
  for (let take = 1; take <= 6; take += 1) make('span', 'tg-slate', slates).textContent = String(take);
}

// --------------------------------------------------------------------------------------------------------------------- cells
function makeCell(job) {
  const node = make('article', 'tg-cell', null, { 'data-job': job });
  const cell = { job, node, data: null, url: null, video: null };
  cell.stage = make('div', 'tg-stage', node);
  cell.wait = make('div', 'tg-wait', cell.stage);
  cell.words = make('p', 'tg-words', cell.wait);
  cell.clock = make('p', 'tg-clock', cell.wait, { role: 'timer' });
  cell.track = make('div', 'tg-track', cell.wait);
  cell.fill = make('span', 'tg-fill', cell.track);
  cell.hint = make('p', 'tg-hint', cell.wait);
  cell.trouble = make('p', 'tg-hint tg-trouble', cell.wait);
  cell.fault = make('div', 'tg-fault', cell.stage);
  cell.faultName = make('p', 'tg-fault-name', cell.fault);
  cell.faultWords = make('p', 'tg-fault-words', cell.fault);
  cell.download = make('a', 'tg-act tg-download', cell.fault, { 'data-act': 'download', download: '', hidden: '' });
  cell.sandbox = make('span', 'tg-sandbox', cell.stage, { title: 'Made by the built-in sandbox: not a measurement' });
  cell.number = make('span', 'tg-number', cell.stage);
  cell.copied = make('span', 'tg-number tg-copied', cell.stage, { hidden: '' });
  cell.held = make('span', 'tg-held', cell.stage);
  cell.givenNote = make('span', 'tg-held tg-given-note', cell.stage);
  cell.seen = make('span', 'tg-held tg-seen', cell.stage);
  makeMeta(cell, make('div', 'tg-meta', node));
  watchLens(cell.stage);
  watchGiven(cell.stage);
  return cell;
}

function makeMeta(cell, meta) {
  const top = make('div', 'tg-row', meta);
  const who = make('h3', 'tg-who', top);
  cell.provider = make('span', 'tg-provider', who);
  cell.label = make('p', 'tg-label', meta);
  const time = make('p', 'tg-time', top);
  cell.total = make('span', 'tg-total', time);
  cell.plusminus = make('span', 'tg-plusminus', time, { title: 'Half the gap between the last two polls' });
  cell.bar = make('div', 'tg-phases', meta, { 'aria-hidden': 'true' });
  cell.phaseList = make('ul', 'tg-phase-list', meta, { 'aria-label': 'Where the time went' });
  cell.facts = make('dl', 'tg-facts', meta);
  cell.badges = make('ul', 'tg-badges', meta, { 'aria-label': 'Notes' });
  cell.tools = make('div', 'tg-tools', meta, { role: 'group', 'aria-label': 'This take against the others' });
  make('span', '', cell.tools).textContent = 'Offset';
  tool(cell, 'earlier', 'Show this take one frame earlier', '−', (clip) => shift(clip, -1));
  cell.shift = tool(cell, 'unshift', 'No offset', '0 f', (clip) => shift(clip, 0));
  tool(cell, 'later', 'Show this take one frame later', '+', (clip) => shift(clip, 1));
  cell.solo = tool(cell, 'solo', 'Hear this take alone', 'Listen', (clip) => { play.muted = false; listenTo(clip); paint(); });
  const foot = make('div', 'tg-row tg-foot', meta);
  const cost = make('p', 'tg-cost', foot);
  cell.cost = make('span', 'tg-amount', cost);
  cell.basis = make('span', 'tg-basis', cost);
  const acts = make('div', 'tg-acts', foot);
  cell.cancel = makeAct(acts, 'cancel', () => trigger('cancel', { job: cell.job }));
  cell.fetch = makeAct(acts, 'fetch', () => trigger('fetch', { job: cell.job }));
  cell.again = makeAct(acts, 'again', () => trigger('again', { job: cell.job }));
}

function tool(cell, name, label, words, act) {
  const button = make('button', 'tg-tool', cell.tools, { type: 'button', 'data-act': name, 'aria-label': label, title: label });
  button.textContent = words;
  button.addEventListener('click', () => { select(cell.job); if (clips.has(cell.job)) act(clips.get(cell.job)); });
  return button;
}

// One press, one event: "again" costs money, so the button rests until the server has had time to answer.
function makeAct(parent, act, tell) {
  const button = make('button', 'tg-act', parent, { type: 'button', 'data-act': act });
  button.addEventListener('click', () => {
    if (button.disabled) return;
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, REST_MS);
    tell();
    root.focus({ preventScroll: true }); // where Space plays: it must not press this again
  });
  return button;
}

function updateCell(cell, data, simulated) {
  cell.data = data;
  cell.node.dataset.state = data.state;
  cell.node.setAttribute('aria-label', data.provider + ', ' + data.label + ': ' + data.words);
  put(cell.provider, data.provider);
  put(cell.label, data.label);
  put(cell.sandbox, simulated ? 'Sandbox' : '');
  updateStage(cell, data);
  updateTimes(cell, data);
  updateCost(cell, data);
  paintCopied(cell);
  facts(cell.facts, data);
  act(cell.cancel, data.can_cancel, 'Cancel', data);
  act(cell.fetch, data.can_fetch, 'Fetch now', data);
  act(cell.again, data.can_retry, data.retry_label || 'Take again', data);
}

function updateStage(cell, data) {
  const waiting = isWaiting(data);
  const ended = ENDED[data.state];
  setClip(cell, data.clip);
  cell.wait.hidden = !waiting;
  cell.fault.hidden = waiting || (Boolean(data.clip) && !cell.unshown);
  cell.tools.hidden = !data.clip || cell.unshown;
  cell.solo.hidden = !(data.clip && data.clip.audio);
  put(cell.words, data.words);
  put(cell.trouble, waiting ? data.error : '');
  if (waiting) tickCell(cell);
  if (data.clip) return;
  put(cell.download, '');
  put(cell.faultName, ended || data.words);
  put(cell.faultWords, ended ? data.error || data.words : data.error);
}

function tickCell(cell) {
  const data = cell.data;
  const age = known(data.since) ? elapsed(data) : null;
  put(cell.clock, age === null ? '' : calm.matches ? Math.floor(age) + ' s' : seconds(age));
  const share = known(data.progress) ? data.progress : age !== null && data.eta_s ? age / data.eta_s : null;
  cell.track.classList.toggle('tg-none', share === null);
  if (share !== null) cell.fill.style.transform = 'scaleX(' + clamp(share, 0, 1).toFixed(4) + ')';
  const words = hint(data, age);
  if (cell.hint.textContent !== words) cell.hint.textContent = words;
}

function hint(data, age) {
  const parts = [];
  if (known(data.queue_position)) parts.push('position ' + data.queue_position + ' in the queue');
  if (known(data.progress)) parts.push(Math.round(data.progress * 100) + '%');
  if (data.eta_s) parts.push((age > data.eta_s ? 'longer than the usual ' : 'usually ') + seconds(data.eta_s));
  return parts.join(' · ');
}

// The phase it is in goes on by the browser's clock: the server tells only what has changed.
function spentOf(data) {
  const spent = new Map(data.phases || []);
  if (serverClock.runs && isWaiting(data) && spent.has(data.phase)) spent.set(data.phase, spent.get(data.phase) + sinceTold());
  return spent;
}

function updateTimes(cell, data) {
  put(cell.total, known(data.total_s) ? seconds(data.total_s) : '');
  put(cell.plusminus, known(data.total_s) && known(data.uncertainty_s) ? '± ' + data.uncertainty_s.toFixed(1) : '');
  const spent = spentOf(data);
  const shown = PHASES.filter((name) => spent.get(name) >= 0.05);
  const held = spent.get('held') >= 0.05 ? ['held ' + seconds(spent.get('held')) + ', not in the total'] : [];
  const lines = shown.map((name) => name + ' ' + seconds(spent.get(name)));
  list(cell.phaseList, lines.concat(held), 'tg-phase-item', shown.concat('held'));
  cell.bar.hidden = shown.length === 0;
  keep(cell.bar, shown.length, 'span', 'tg-phase').forEach((part, index) => {
    part.dataset.phase = shown[index];
    part.style.flexGrow = String(spent.get(shown[index]));
    part.title = lines[index];
  });
}

// Without a clip only the provider's own bill is a cost; a list price then says what it might be, and is labeled so.
function updateCost(cell, data) {
  const lost = data.state in ENDED && data.basis !== 'billed';
  const basis = data.cost && data.basis !== 'unknown' ? data.basis : '';
  if (lost) {
    const owed = { rejected: 'nothing owed', uncertain: 'may be billed' }[data.state] || 'cost unknown';
    put(cell.cost, owed);
    put(cell.basis, basis && data.state !== 'rejected' ? basis + ' ' + data.cost : '');
    return;
  }
  put(cell.cost, data.cost || 'price unknown');
  put(cell.basis, basis);
}

function keep(parent, count, tag, className) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) make(tag, className, parent);
  return Array.from(parent.children);
}

function list(parent, lines, className, marks = []) {
  parent.hidden = lines.length === 0;
  keep(parent, lines.length, 'li', className).forEach((item, index) => {
    put(item, lines[index]);
    if (marks[index]) item.dataset.phase = marks[index];
  });
}

function facts(parent, data) {
  const sent = data.sent && data.sent !== data.asked ? data.sent : null;
  const rows = [['asked', data.asked], ['sent', sent], ['came', data.came]].filter((row) => row[1]);
  parent.hidden = rows.length === 0;
  keep(parent, rows.length, 'div', 'tg-fact').forEach((pair, index) => {
    if (!pair.children.length) pair.append(make('dt'), make('dd'));
    put(pair.children[0], rows[index][0]);
    put(pair.children[1], rows[index][1]);
  });
}

function act(button, can, label, data) {
  button.hidden = !can;
  put(button, can ? label : '');
  button.setAttribute('aria-label', label + ': ' + data.provider + ', ' + data.label);
}
