// -------------------------------------------------------------------------------------------- the input, and eight frames each
const STRIP_FRAMES = 8;
const given = { on: false, split: 0.5 };
const strips = new Map();

make('h3', 'tg-strips-title', stripsBox).textContent = 'Filmstrips';
const stripsNote = make('p', 'tg-note', stripsBox);
stripsNote.textContent = 'Eight frames of each take, from its first to its last. Click one to go there.';
const stripRows = make('div', 'tg-strip-rows', stripsBox);

// The image that was asked to start with, over the first frame of every take: one divider for all.
function toggleGiven() {
  if (!Array.from(cells.values()).some((cell) => cell.data.given && clips.has(cell.job))) return;
  given.on = !given.on;
  if (given.on) stop(0);
  paintGiven();
}

function hideGiven() {
  if (!given.on) return;
  given.on = false;
  paintGiven();
}

function paintGiven() {
  root.dataset.given = String(given.on);
  givenButton.setAttribute('aria-pressed', String(given.on));
  givenPick.hidden = !given.on;
  for (const cell of cells.values()) paintGivenOf(cell);
  splitGiven(given.split);
}

function paintGivenOf(cell) {
  const wanted = given.on && clips.has(cell.job);
  const url = wanted ? cell.data.given : null;
  if (url && !cell.given) cell.given = make('img', 'tg-given', cell.stage, { alt: 'The image it was asked to start with' });
  if (url && cell.given.getAttribute('src') !== url) cell.given.src = url;
  if (cell.given) cell.given.hidden = !url;
  put(cell.givenNote, wanted ? (url ? 'input image | first frame' : 'no image was sent') : '');
}

function splitGiven(part) {
  given.split = clamp(part, 0, 1);
  root.style.setProperty('--given', (given.split * 100).toFixed(2) + '%');
  givenSlider.value = String(Math.round(given.split * 100));
}

function watchGiven(stage) {
  const slide = (event) => { if (given.on && event.buttons === 1 && lens.zoom === 1) splitGiven(placeIn(stage, event)[0]); };
  stage.addEventListener('pointerdown', slide);
  stage.addEventListener('pointermove', slide);
}

// A strip shows the first frame, the last, and evenly between (as copies.py makes it).
const stripFrames = (clip) => {
  const count = Math.min(STRIP_FRAMES, clip.frames);
  return Array.from({ length: count }, (_, i) => Math.round((i * (clip.frames - 1)) / Math.max(1, count - 1)));
};

function placeStrips() {
  const shown = Array.from(cells.values()).filter((cell) => clips.has(cell.job) && cell.data.clip.strip);
  stripsBox.hidden = shown.length === 0;
  for (const [job, row] of strips) {
    if (shown.some((cell) => cell.job === job)) continue;
    row.node.remove();
    strips.delete(job);
  }
  for (const cell of shown) if (!strips.has(cell.job)) strips.set(cell.job, makeStrip(cell));
  shown.forEach((cell, index) => {
    const row = strips.get(cell.job);
    put(row.name, cell.number.textContent + ' · ' + nameOf(cell));
    if (stripRows.children[index] !== row.node) stripRows.insertBefore(row.node, stripRows.children[index] || null);
  });
}

function makeStrip(cell) {
  const node = make('figure', 'tg-strip');
  const name = make('figcaption', 'tg-strip-name', node);
  const film = make('div', 'tg-film', node);
  const image = make('img', 'tg-film-image', film, { loading: 'lazy', alt: 'Eight frames of ' + nameOf(cell) });
  image.src = cell.data.clip.strip;
  const head = make('span', 'tg-film-head', film, { 'aria-hidden': 'true' });
  film.addEventListener('click', (event) => goToStrip(clips.get(cell.job), placeIn(film, event)[0]));
  return { node, name, head };
}

function goToStrip(clip, part) {
  if (!clip) return;
  const frames = stripFrames(clip);
  const frame = frames[clamp(Math.floor(part * frames.length), 0, frames.length - 1)];
  const position = frameTime(clip, frame) - shifted(clip);
  if (play.playing) start(position);
  else goTo(position);
}

// The playhead runs from the middle of the first picture to the middle of the last.
function paintStrips() {
  for (const [job, row] of strips) {
    const clip = clips.get(job);
    if (!clip) continue;
    const count = stripFrames(clip).length;
    const part = frameAt(clip, own(clip, play.position)) / Math.max(1, clip.frames - 1);
    row.head.style.left = (((0.5 + part * (count - 1)) / count) * 100).toFixed(2) + '%';
  }
}
