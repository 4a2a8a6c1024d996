// ------------------------------------------------------------------------------------------------------------------- snapshots
function said(data, several) {
  const who = several ? data.provider + ', ' + data.label : data.provider;
  if (data.state === 'delivered') return who + ' delivered' + (known(data.total_s) ? ' in ' + seconds(data.total_s) : '');
  if (data.state in ENDED) return who + ': ' + ENDED[data.state] + '. ' + (data.error || data.words);
  return who + ': ' + data.words;
}

function announce(value, before) {
  const count = (provider) => value.cells.filter((data) => data.provider === provider).length;
  const news = value.cells.filter((data) => before.has(data.job) && before.get(data.job) !== data.state && data.state !== 'submitting');
  const lines = news.map((data) => said(data, count(data.provider) > 1));
  if (value.done && lines.length) lines.push('All takes are in');
  if (lines.length) live.textContent = lines.join('. ');
}

function rememberRun(run) {
  if (!run) return;
  try {
    const url = new URL(window.location.href);
    if (url.searchParams.get('run') === run) return;
    url.searchParams.set('run', run);
    window.history.replaceState(window.history.state, '', url);
  } catch (error) {
    // A sandboxed frame may refuse; then only the reload loses its way back to this run.
  }
}

// Full rows of equal size read best: six takes stand in threes, eight in fours.
function columns(count) {
  if (count <= 4) return Math.max(count, 2);
  return count % 4 === 0 || count > 9 ? 4 : 3;
}

function place(value) {
  cellsBox.style.setProperty('--columns', String(columns(value.cells.length)));
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
    updateCell(cell, data, value.simulated);
  });
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
}

let shownRun = null;

function show(value) {
  const some = Boolean(value && value.cells);
  root.dataset.empty = String(!some);
  empty.hidden = some;
  head.hidden = cellsBox.hidden = !some;
  if (!some) { place({ cells: [] }); stop(0); return; }
  hearClock(value);
  if (shownRun !== value.run) { shownRun = value.run; play.solo = null; stop(0); }
  const before = new Map(Array.from(cells.values(), (cell) => [cell.job, cell.data.state]));
  place(value);
  updateHead(value);
  announce(value, before);
  rememberRun(value.run);
  sound();
  paint();
}

const ticking = setInterval(() => {
  if (!element.isConnected) { clearInterval(ticking); return; }
  for (const cell of cells.values()) if (isWaiting(cell.data)) tickCell(cell);
}, 100);

drawEmpty();
show(props.value);
watch('value', () => show(props.value));
