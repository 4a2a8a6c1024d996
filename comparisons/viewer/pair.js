// ---------------------------------------------------------------------------------------------------------------- two takes
// Any two takes on one canvas, drawn from the clips that the player drives: what is seen is in step as they are.
const MODES = { wipe: 'Wipe', side: 'Side by side', difference: 'Difference', blink: 'Blink' };
const BLINK_MS = 700;
const CANVAS_MOST = 1920;
const NARROW_PX = 520; // side by side stands one above the other
const GAINS = [1, 4, 8, 16, 32];
const pair = { on: false, a: null, b: null, mode: 'wipe', split: 0.5, gain: 8, flipped: false, drawn: '' };

const pairHead = make('div', 'tg-pair-head', pairBox);
const pairA = picking('A');
const pairSwap = make('button', 'tg-act', pairHead, { type: 'button', 'data-act': 'swap', 'aria-label': 'Swap the two takes' });
pairSwap.textContent = 'Swap';
const pairB = picking('B');
const pairModes = make('div', 'tg-modes', pairHead, { role: 'group', 'aria-label': 'How to compare' });
const modeButtons = new Map();
for (const [mode, label] of Object.entries(MODES)) {
  const button = make('button', 'tg-mode', pairModes, { type: 'button', 'data-mode': mode });
  button.textContent = label;
  button.addEventListener('click', () => setMode(mode));
  modeButtons.set(mode, button);
}
const gainLabel = make('label', 'tg-pick', pairHead);
make('span', '', gainLabel).textContent = 'Amplified';
const gainPick = make('select', 'tg-speed', gainLabel, { 'data-act': 'gain' });
for (const gain of GAINS) make('option', '', gainPick, { value: String(gain) }).textContent = gain + '×';
gainPick.value = String(pair.gain);
const flipButton = make('button', 'tg-act', pairHead, { type: 'button', 'data-act': 'flip' });
flipButton.textContent = 'Flip';
const pairClose = make('button', 'tg-act tg-close', pairHead, { type: 'button', 'data-act': 'close-pair' });
pairClose.textContent = 'Close';
const pairStage = make('div', 'tg-pair-stage', pairBox);
const canvas = make('canvas', 'tg-canvas', pairStage, { role: 'img' });
const painter = canvas.getContext('2d', { alpha: false });
const nameA = make('span', 'tg-name tg-name-a', pairStage);
const nameB = make('span', 'tg-name tg-name-b', pairStage);
const pairSandbox = make('span', 'tg-sandbox', pairStage);
const divider = make('div', 'tg-divider', pairStage, {
  role: 'slider', tabindex: '0', 'aria-label': 'Divider between the two takes', 'aria-valuemin': '0', 'aria-valuemax': '100',
});

function picking(letter) {
  const label = make('label', 'tg-pick', pairHead);
  make('span', '', label).textContent = letter;
  const pick = make('select', 'tg-speed', label, { 'data-act': 'pick-' + letter.toLowerCase() });
  pick.addEventListener('change', () => { pair[letter.toLowerCase()] = pick.value; paintPair(); });
  return pick;
}

const nameOf = (cell) => cell.data.provider + (cell.data.label ? ' · ' + cell.data.label : '');
const playable = () => Array.from(cells.values()).filter((cell) => clips.has(cell.job));
const paired = () => [clips.get(pair.a), clips.get(pair.b)];

function togglePair() {
  const able = playable().map((cell) => cell.job);
  if (!pair.on && able.length < 2) return;
  pair.on = !pair.on;
  if (pair.on) {
    if (!able.includes(pair.a)) pair.a = able.includes(selected) ? selected : able[0];
    if (!able.includes(pair.b) || pair.b === pair.a) pair.b = able[(able.indexOf(pair.a) + 1) % able.length];
  }
  paintPair();
  if (pair.on) { pairBox.scrollIntoView({ block: 'nearest', behavior: calm.matches ? 'auto' : 'smooth' }); drawSoon(); }
}

function setPair(letter) {
  if (!clips.has(selected)) return;
  const other = letter === 'a' ? 'b' : 'a';
  if (pair[other] === selected) pair[other] = pair[letter];
  pair[letter] = selected;
  if (pair.on) paintPair();
  else togglePair();
}

function setMode(mode) {
  pair.mode = mode;
  pair.flipped = false;
  if (!pair.on) togglePair();
  paintPair();
}

function setSplit(part) {
  pair.split = clamp(part, 0, 1);
  pairStage.style.setProperty('--split', (pair.split * 100).toFixed(2) + '%');
  divider.setAttribute('aria-valuenow', String(Math.round(pair.split * 100)));
}

function paintPair() {
  if (pair.on && !paired().every(Boolean)) pair.on = false;
  pairBox.hidden = !pair.on;
  root.dataset.pair = String(pair.on);
  pairButton.setAttribute('aria-pressed', String(pair.on));
  lighten();
  if (!pair.on) return;
  for (const [pick, job] of [[pairA, pair.a], [pairB, pair.b]]) fillPick(pick, job);
  for (const [mode, button] of modeButtons) button.setAttribute('aria-pressed', String(mode === pair.mode));
  pairStage.dataset.mode = pair.mode;
  divider.hidden = pair.mode !== 'wipe';
  gainLabel.hidden = pair.mode !== 'difference';
  flipButton.hidden = pair.mode !== 'blink';
  const [a, b] = paired();
  const named = (clip) => nameOf(clip.cell) + (isCopy(clip) ? ' · copy' : '');
  put(nameA, 'A · ' + named(a));
  put(nameB, pair.mode === 'difference' ? 'A − B, amplified ' + pair.gain + '×' : 'B · ' + named(b));
  put(pairSandbox, barSandbox.textContent);
  canvas.setAttribute('aria-label', MODES[pair.mode] + ' of ' + nameOf(a.cell) + ' and ' + nameOf(b.cell));
  canvas.style.filter = pair.mode === 'difference' ? 'brightness(' + pair.gain + ')' : '';
  sizeCanvas();
  setSplit(pair.split);
  pair.drawn = '';
}

function fillPick(pick, job) {
  const able = playable();
  keep(pick, able.length, 'option', '').forEach((option, index) => {
    option.value = able[index].job;
    put(option, able[index].number.textContent + ' · ' + nameOf(able[index]));
  });
  pick.value = job;
}

const stacked = () => pairStage.clientWidth < NARROW_PX;
const aspectOf = (clip) => (clip.video.videoWidth || 16) / (clip.video.videoHeight || 9);

function sizeCanvas() {
  const aspect = Math.max(...paired().map(aspectOf)) * (pair.mode === 'side' ? (stacked() ? 0.5 : 2) : 1);
  pairStage.style.setProperty('--aspect', String(aspect));
  const wide = Math.min(CANVAS_MOST, Math.round((pairStage.clientWidth || 960) * (window.devicePixelRatio || 1)));
  const size = [wide, Math.round(wide / aspect)];
  if (canvas.width !== size[0]) canvas.width = size[0];
  if (canvas.height !== size[1]) canvas.height = size[1];
}

// Whole within its box, as the cells show it, through the same lens.
function drawClip(clip, left = 0, top = 0, width = canvas.width, height = canvas.height) {
  const wide = Math.min(width, height * aspectOf(clip));
  const high = wide / aspectOf(clip);
  painter.save();
  painter.beginPath();
  painter.rect(left, top, width, height);
  painter.clip();
  painter.translate(left + width / 2, top + height / 2);
  painter.scale(lens.zoom, lens.zoom);
  painter.translate((0.5 - lens.x) * width, (0.5 - lens.y) * height);
  painter.drawImage(clip.video, -wide / 2, -high / 2, wide, high);
  painter.restore();
}

function draw() {
  const [a, b] = paired();
  const { width, height } = canvas;
  painter.globalCompositeOperation = 'source-over';
  painter.fillStyle = '#000';
  painter.fillRect(0, 0, width, height);
  if (pair.mode === 'side') { drawSides(a, b, width, height); return; }
  drawClip(pair.mode === 'blink' && pair.flipped ? b : a);
  if (pair.mode === 'wipe') drawRight(b, pair.split * width);
  if (pair.mode === 'difference') { painter.globalCompositeOperation = 'difference'; drawClip(b); }
}

function drawSides(a, b, width, height) {
  pairStage.dataset.stacked = String(stacked());
  if (stacked()) { drawClip(a, 0, 0, width, height / 2); drawClip(b, 0, height / 2, width, height / 2); return; }
  drawClip(a, 0, 0, width / 2, height);
  drawClip(b, width / 2, 0, width / 2, height);
}

function drawRight(clip, from) {
  painter.save();
  painter.beginPath();
  painter.rect(from, 0, canvas.width - from, canvas.height);
  painter.clip();
  painter.fillRect(from, 0, canvas.width - from, canvas.height);
  drawClip(clip);
  painter.restore();
}

function drawSoon() {
  if (!pair.on || !element.isConnected) return;
  requestAnimationFrame(drawSoon);
  if (!paired().every(Boolean)) { paintPair(); return; }
  if (pair.mode === 'blink' && !calm.matches) pair.flipped = Math.floor(performance.now() / BLINK_MS) % 2 === 1;
  const times = paired().map(({ video }) => [reels.get(video).shown, video.currentTime, video.readyState, video.seeking]);
  const now = [...times, pair.split, pair.flipped, lens.zoom, lens.x, lens.y, canvas.width].join();
  if (now === pair.drawn) return;
  pair.drawn = now;
  nameA.hidden = pair.mode === 'difference' || (pair.mode === 'blink' && pair.flipped);
  nameB.hidden = pair.mode === 'blink' && !pair.flipped;
  draw();
}

function flip() {
  pair.flipped = !pair.flipped;
  pair.drawn = '';
}

function slideTo(event) {
  const box = pairStage.getBoundingClientRect();
  setSplit((event.clientX - box.left) / box.width);
}

const SLIDES = {
  ArrowLeft: (by) => pair.split - by, ArrowRight: (by) => pair.split + by, Home: () => 0, End: () => 1,
  ArrowDown: (by) => pair.split - by, ArrowUp: (by) => pair.split + by,
};
divider.addEventListener('keydown', (event) => {
  const to = SLIDES[event.key];
  if (!to) return;
  event.preventDefault();
  event.stopPropagation();
  setSplit(to(event.shiftKey ? 0.1 : 0.01));
});
pairStage.addEventListener('pointerdown', (event) => {
  if (pair.mode !== 'wipe' || (lens.zoom > 1 && event.target !== divider)) return;
  event.preventDefault();
  divider.focus({ preventScroll: true });
  pairStage.setPointerCapture(event.pointerId);
  pairStage.dataset.sliding = 'true';
  slideTo(event);
});
pairStage.addEventListener('pointermove', (event) => { if (pairStage.dataset.sliding === 'true') slideTo(event); });
for (const name of ['pointerup', 'pointercancel']) pairStage.addEventListener(name, () => { delete pairStage.dataset.sliding; });
pairSwap.addEventListener('click', () => { [pair.a, pair.b] = [pair.b, pair.a]; paintPair(); });
gainPick.addEventListener('change', () => { pair.gain = Number(gainPick.value); paintPair(); });
flipButton.addEventListener('click', flip);
pairClose.addEventListener('click', () => { togglePair(); pairButton.focus(); });
new ResizeObserver(() => { if (pair.on) { sizeCanvas(); pair.drawn = ''; } }).observe(pairStage);
