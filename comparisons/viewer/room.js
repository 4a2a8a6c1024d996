// ------------------------------------------------------------------------------------------------------------------- snapshots
function said(data, several) {
  const who = several ? data.provider + ', ' + data.label : data.provider;
  if (data.state === 'delivered') return who + ' delivered' + (known(data.total_s) ? ' in ' + seconds(data.total_s) : '');
  if (data.state in ENDED) return who + ': ' + ENDED[data.state] + '. ' + (data.error || data.words);
  return who + ': ' + data.words;
}

let underWay = null; // the run that was seen while it was

function announce(value, before) {
  const count = (provider) => value.cells.filter((data) => data.provider === provider).length;
  const news = value.cells.filter((data) => before.has(data.job) && before.get(data.job) !== data.state && data.state !== 'submitting');
  const lines = news.map((data) => said(data, count(data.provider) > 1));
  if (value.done && underWay === value.run) lines.push('All takes are in');
  underWay = value.done ? null : value.run;
  if (lines.length) live.textContent = lines.join('. ');
}

function rememberRun(value) {
  const run = value.run;
  if (!run || value.ballot) return;
  try {
    const url = new URL(window.location.href);
    if (url.searchParams.get('run') === run) return;
    url.searchParams.set('run', run);
    window.history.replaceState(window.history.state, '', url);
  } catch (error) {
    // A sandboxed frame may refuse; then only the reload loses its way back to this run.
  }
}

// Full rows of equal size read best: six takes stand in threes, eight in fours, upright and very many in sixes.
function columns(count) {
  if (count > MANY) return 6;
  if (root.dataset.upright === 'true') return Math.min(Math.max(count, 3), 6);
  if (count <= 4) return Math.max(count, 2);
  return count % 4 === 0 || count > 9 ? 4 : 3;
}

const MANY = 12;

// All stages have one shape: that of the clips if these stand upright or are square, else 16 : 9.
function shape(value) {
  const shapes = value.cells.filter((data) => data.clip).map((data) => data.clip.width / data.clip.height);
  const widest = shapes.length ? Math.max(...shapes) : 16 / 9;
  root.dataset.upright = String(widest < 1);
  root.style.setProperty('--stage', String(Math.min(16 / 9, widest)));
  cellsBox.style.setProperty('--columns', String(columns(value.cells.length)));
  const many = value.cells.length > MANY;
  root.dataset.many = String(many);
  cellsBox.style.setProperty('--least', widest < 1 || many ? '200px' : '300px');
  root.style.setProperty('--rows', String(Math.ceil(value.cells.length / columns(value.cells.length))));
}

function place(value) {
  shape(value);
  const wanted = new Set(value.cells.map((data) => data.job));
  for (const [job, cell] of cells) {
    if (wanted.has(job)) continue;
    dropClip(cell);
    cell.node.remove();
    cells.delete(job);
  }
  value.cells.forEach((data, index) => {
    if (!cells.has(data.job)) cells.set(data.job, makeCell(data.job));
    const cell = cells.get(data.job);
    if (cellsBox.children[index] !== cell.node) cellsBox.insertBefore(cell.node, cellsBox.children[index] || null);
    put(cell.number, value.blind ? letters[index] : String(index + 1));
    updateCell(cell, data, value.simulated);
  });
}

function linkTo(link, url, words) {
  put(link, url ? words : '');
  if (url) link.href = url;
}

function updateHead(value) {
  const arrived = value.cells.filter((data) => data.clip).length;
  const over = value.cells.filter((data) => !isWaiting(data)).length;
  put(prompt, value.prompt);
  put(title, value.title);
  put(tally, arrived + ' of ' + value.cells.length + ' delivered' + (over > arrived ? ', ' + (over - arrived) + ' without a clip' : ''));
  put(headSandbox, value.simulated ? 'Sandbox' : '');
  put(goOn, value.can_go_on ? 'Go on with what is unfinished' : '');
  put(barSandbox, value.simulated ? 'Sandbox' : '');
  root.dataset.blind = String(Boolean(value.blind));
  tally.hidden = Boolean(value.ballot);
  linkTo(judge, value.judge_url, 'Judge blind');
  linkTo(takeAway, value.export_url, 'Download all');
  promptMore.hidden = !prompt.textContent || prompt.textContent.length < LONG_PROMPT;
}

// A press of Run may leave its takes below the window's edge; who opens a page of a run is where they want to be.
function comeIntoView(value) {
  const pressed = navigator.userActivation && navigator.userActivation.hasBeenActive;
  if (value.done || value.ballot || !pressed || root.getBoundingClientRect().top < window.innerHeight / 2) return;
  root.scrollIntoView({ block: 'start', behavior: calm.matches ? 'auto' : 'smooth' });
}

let shownRun = null;
let shows = 0; // how often a new value was told

function show(value) {
  shows += 1;
  const some = Boolean(value && value.cells);
  root.dataset.empty = String(!some);
  empty.hidden = some;
  head.hidden = cellsBox.hidden = !some;
  if (!some) { place({ cells: [] }); placeStrips(); showBallot({ cells: [] }); paintPair(); stop(0); return; }
  hearClock(value);
  const isNew = shownRun !== value.run;
  if (isNew) {
    shownRun = value.run;
    Object.assign(play, { solo: null, pace: 1 });
    select(null);
    hideGiven();
    look(1, 0.5, 0.5);
    stop(0);
  }
  const before = new Map(Array.from(cells.values(), (cell) => [cell.job, cell.data.state]));
  place(value);
  updateHead(value);
  announce(value, before);
  rememberRun(value);
  placeStrips();
  showBallot(value);
  if (isNew) comeIntoView(value);
  sound();
  paintMixed();
  paintPair();
  pairButton.hidden = value.cells.length < 2;
  givenButton.hidden = !value.cells.some((data) => data.given);
  namesButton.hidden = Boolean(value.blind);
  if (given.on) paintGiven();
  paint();
}

let second = 0;

const ticking = setInterval(() => {
  if (!element.isConnected) { clearInterval(ticking); return; }
  const waiting = Array.from(cells.values()).filter((cell) => isWaiting(cell.data));
  const now = Math.floor(sinceTold());
  for (const cell of waiting) tickCell(cell);
  if (now !== second) for (const cell of waiting) updateTimes(cell, cell.data);
  second = now;
  lookAtBallot();
}, 100);

// ------------------------------------------------------------------------------------------------------------------ the stream
// A run that goes on is told by the server as it happens. The page is given the first value by what was pressed, and asks for
// the figures below, which are none of the grid's, when another take is over.
const FIGURES_MS = 1000;
const watching = { now: null, figures: '', asked: -FIGURES_MS, soon: null };

function hearPage(value) {
  if (!value || !value.cells) { watchRun(null); show(value); return; }
  if (isOld(value)) return;
  watching.figures = figuresOf(value);
  clearTimeout(watching.soon);
  show(value);
  if (!value.ballot) props.value = { run: value.run }; // what Stop all is about; the rest need not travel back
  watchRun(value.watch_url);
}

function hear(value) {
  if (isOld(value)) return;
  show(value);
  if (figuresOf(value) === watching.figures) return;
  watching.figures = figuresOf(value);
  clearTimeout(watching.soon);
  const rest = value.done ? 0 : watching.asked + FIGURES_MS - performance.now();
  watching.soon = setTimeout(askFigures, Math.max(0, rest));
}

const figuresOf = (value) => [value.run, value.ended, value.done, value.trouble].join(' ');
const isOld = (value) => shownRun === value.run && !value.ballot && value.now < serverClock.told;

function askFigures() {
  watching.asked = performance.now();
  trigger('figures', { run: shownRun });
}

function watchRun(url) {
  if (watching.now && watching.now.url === url && !watching.now.isOver()) return;
  if (watching.now) watching.now.end();
  watching.now = url ? readStream(url, hear, askFigures) : null;
}

drawEmpty();
hearPage(props.value);
watch('value', () => hearPage(props.value));
