// ----------------------------------------------------------------------------------------------------------- the player's bar
function control(parent, name, label, keys, onClick, words = '') {
  const button = make('button', 'tg-control', parent, { type: 'button', 'data-act': name, 'aria-label': label });
  button.title = label + (keys ? ' (' + keys + ')' : '');
  button.textContent = words;
  button.addEventListener('click', onClick);
  return button;
}

const transport = make('div', 'tg-transport', bar);
const backButton = control(transport, 'back', 'One frame back', ', or left arrow', () => step(-1));
const playButton = control(transport, 'play', 'Play', 'Space', toggle);
const forwardButton = control(transport, 'forward', 'One frame forward', '. or right arrow', () => step(1));
const timecode = make('p', 'tg-timecode', bar, { title: 'minutes:seconds:frames' });
const timeNow = make('span', 'tg-now', timecode);
const timeAll = make('span', 'tg-all', timecode);
const scrub = make('input', 'tg-scrub', bar, {
  type: 'range', min: '0', max: '1', step: '0.001', 'data-act': 'scrub', 'aria-label': 'Position',
});
const moreButton = control(bar, 'more', 'More tools', '', () => toggleMore(), 'Tools');
const options = make('div', 'tg-options', bar);
const speed = make('select', 'tg-speed', options, { 'data-act': 'speed', 'aria-label': 'Speed', title: 'Speed (< and >)' });
const loopButton = control(options, 'loop', 'Loop', 'L', () => { play.loop = !play.loop; paint(); });
const muteButton = control(options, 'mute', 'Sound', 'M', () => { play.muted = !play.muted; sound(); paint(); });
const noAudio = make('span', 'tg-note', options);
const driftButton = control(options, 'drift', 'Show how far the clips are apart', 'D', () => toggleDrift());
const zoomBox = make('div', 'tg-zoom', options, { role: 'group', 'aria-label': 'Zoom of all takes' });
control(zoomBox, 'zoom-out', 'Zoom out', '−', () => zoomBy(1 / ZOOM_STEP), '−');
const zoomText = control(zoomBox, 'zoom-reset', 'Whole picture', '0', () => look(1, 0.5, 0.5), '1×');
control(zoomBox, 'zoom-in', 'Zoom in', '+', () => zoomBy(ZOOM_STEP), '+');
const mixed = make('span', 'tg-note tg-mixed', options);
const paced = make('span', 'tg-note tg-paced', options);
const barSandbox = make('span', 'tg-sandbox', options);
const views = make('div', 'tg-views', options);
const givenPick = make('label', 'tg-pick', views, { hidden: '' });
make('span', '', givenPick).textContent = 'Input';
const givenSlider = make('input', 'tg-given-slider', givenPick, { type: 'range', min: '0', max: '100', step: '1', 'data-act': 'given-split' });
const pairButton = control(views, 'pair', 'Compare two takes', 'C', () => togglePair(), 'A/B');
const givenButton = control(views, 'given', 'Input image over the first frames', 'I', () => toggleGiven(), 'Input');
const namesButton = control(views, 'names', 'Hide the names of the takes', 'N', () => toggleNames(), 'Hide names');
const fullButton = control(views, 'fullscreen', 'Full screen', 'F', () => toggleFullscreen());
const helpButton = control(views, 'help', 'Keys', '?', () => openHelp(), '?');
const drift = { shown: false, at: 0 };
let selected = null;

for (const value of SPEEDS) make('option', '', speed, { value: String(value) }).textContent = value + '×';
speed.value = '1';
speed.addEventListener('change', () => setSpeed(Number(speed.value)));
driftButton.classList.add('tg-drift');
icon(backButton, 'back');
icon(forwardButton, 'forward');
icon(loopButton, 'loop');
icon(fullButton, 'full');
namesButton.setAttribute('aria-pressed', 'false');
fullButton.hidden = !document.fullscreenEnabled;
givenSlider.addEventListener('input', () => splitGiven(Number(givenSlider.value) / 100));
givenSlider.addEventListener('keydown', (event) => event.stopPropagation());

scrub.addEventListener('input', () => {
  if (!play.scrubbing) Object.assign(play, { scrubbing: true, resume: play.playing });
  const position = Number(scrub.value);
  if (play.playing) stop(position);
  else goTo(position);
});
scrub.addEventListener('change', () => {
  play.scrubbing = false;
  if (play.resume) start(play.position);
  play.resume = false;
});

function toggleDrift() {
  drift.shown = !drift.shown;
  drift.at = 0;
  paint();
}

function toggleNames() {
  root.dataset.names = String(root.dataset.names === 'false');
  namesButton.setAttribute('aria-pressed', String(root.dataset.names === 'false'));
}

function toggleMore() {
  bar.dataset.more = String(bar.dataset.more !== 'true');
  moreButton.setAttribute('aria-expanded', bar.dataset.more);
}

function faster(by) {
  const at = SPEEDS.indexOf(play.rate);
  setSpeed(SPEEDS[clamp(at + by, 0, SPEEDS.length - 1)]);
  speed.value = String(play.rate);
}

function select(job) {
  selected = job;
  for (const cell of cells.values()) {
    if (cell.job === job) cell.node.setAttribute('aria-current', 'true');
    else cell.node.removeAttribute('aria-current');
  }
}

// Of a clip whose pictures do not come evenly they have no number worth telling: its time is in thousandths.
function code(lead, frame) {
  if (lead.moments) return thousandths(startOf(lead, frame + passed(lead)) - shifted(lead));
  const rate = Math.max(1, Math.round(lead.fps));
  const whole = Math.floor(frame / rate);
  const two = (value) => String(value).padStart(2, '0');
  return Math.floor(whole / 60) + ':' + two(whole % 60) + ':' + two(frame % rate);
}

function thousandths(time) {
  const all = Math.round(time * 1000);
  return Math.floor(all / 60000) + ':' + (Math.floor(all / 1000) % 60 + '.').padStart(3, '0') + String(all % 1000).padStart(3, '0');
}

function paint() {
  const lead = master();
  bar.hidden = !lead;
  if (play.playing) hideGiven();
  if (!lead) return;
  put(timeNow, code(lead, masterFrame()));
  timecode.title = lead.moments ? 'minutes:seconds.thousandths' : 'minutes:seconds:frames';
  put(timeAll, '/ ' + code(lead, lastFrame(lead) + 1));
  scrub.max = String(end(lead));
  if (!play.scrubbing) scrub.value = String(masterFrame() ? play.position : 0);
  scrub.style.setProperty('--fill', ((Number(scrub.value) / end(lead)) * 100).toFixed(2) + '%');
  scrub.setAttribute('aria-valuetext', timeNow.textContent);
  paintButtons();
  paintDrift();
  paintShifts();
  paintStrips();
  paintBallot();
}

function paintButtons() {
  icon(playButton, play.playing ? 'pause' : 'play');
  playButton.setAttribute('aria-label', play.playing ? 'Pause' : 'Play');
  loopButton.setAttribute('aria-pressed', String(play.loop));
  const audible = Array.from(clips.values()).some((clip) => clip.audio);
  icon(muteButton, audible && !play.muted ? 'sound' : 'mute');
  muteButton.disabled = !audible;
  muteButton.setAttribute('aria-pressed', String(audible && !play.muted));
  put(noAudio, audible ? '' : 'no audio');
}

function paintDrift() {
  driftButton.setAttribute('aria-pressed', String(drift.shown));
  put(paced, play.playing && play.pace < 0.95 ? 'slowed to ' + running().toFixed(2) + '× to stay together' : '');
  const now = performance.now();
  if (drift.shown && now - drift.at < 250) return;
  drift.at = now;
  put(driftButton, drift.shown ? Math.round(spread() * 1000) + ' ms apart' : 'sync');
}

// Which clip is past its own end, or not yet at its start, is said on it.
function paintShifts() {
  for (const clip of clips.values()) {
    const time = own(clip, play.position);
    const over = time >= length(clip) - 0.0005 && end(clip) < end(master()) - 0.0005;
    put(clip.cell.held, over ? 'ended' : time < 0 ? 'not yet started' : '');
    put(clip.cell.shift, (clip.shift > 0 ? '+' : clip.shift < 0 ? '−' : '') + Math.abs(clip.shift) + ' f');
    clip.cell.shift.disabled = clip.shift === 0;
  }
}

// Lengths and frame rates that differ, in words: a step is one frame of each clip's own. And what is not played itself.
function paintMixed() {
  const all = Array.from(clips.values());
  const differs = (of, close) => all.length > 1 && Math.max(...all.map(of)) - Math.min(...all.map(of)) > close;
  const range = (of, digits, unit) => {
    const values = all.map(of);
    return Math.min(...values).toFixed(digits) + ' to ' + Math.max(...values).toFixed(digits) + ' ' + unit;
  };
  const parts = [];
  if (differs(length, 0.05)) parts.push(range(length, 1, 's long'));
  if (differs((clip) => clip.fps, 0.01)) parts.push(range((clip) => clip.fps, 0, 'fps') + ', a step leads to the next frame of any');
  if (all.some(shownSmall)) parts.push('small copies play; zoom and A/B show the clips');
  put(mixed, parts.join(' · '));
}

// ------------------------------------------------------------------------------------------------------------------ keyboard
const onSelected = (act) => () => { const clip = clips.get(selected); if (clip) act(clip); };
const takeNumbered = (number) => Array.from(cells.keys())[number - 1];
const KEYS = {
  ' ': toggle, k: toggle, ',': () => step(-1), '.': () => step(1), ArrowLeft: () => step(-1), ArrowRight: () => step(1),
  '<': () => faster(-1), '>': () => faster(1), l: () => loopButton.click(), m: () => muteButton.click(),
  s: onSelected((clip) => { play.muted = false; listenTo(clip); paint(); }),
  '[': onSelected((clip) => shift(clip, -1)), ']': onSelected((clip) => shift(clip, 1)), '\\': onSelected((clip) => shift(clip, 0)),
  '+': () => zoomBy(ZOOM_STEP), '=': () => zoomBy(ZOOM_STEP), '-': () => zoomBy(1 / ZOOM_STEP), 0: () => look(1, 0.5, 0.5),
  c: togglePair, a: () => setPair('a'), b: () => setPair('b'), v: nextMode, x: flip,
  i: toggleGiven, n: toggleNames, d: toggleDrift, f: toggleFullscreen, '?': () => openHelp(),
  Escape: () => { if (pair.on) togglePair(); },
};
const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SHEET = [
  ['Space or K', 'play and pause'], [', and .', 'one frame back, one forward (also the arrow keys)'], ['< and >', 'slower, faster'],
  ['L', 'loop'], ['1 to 9', 'select a take'], ['M, S', 'sound on or off; hear the selected take alone'],
  ['[ and ]', 'move the selected take by a frame against the others; \\ puts it back'],
  ['+, −, 0', 'zoom all takes, whole picture; Ctrl and wheel, or a double click, zooms where you point'],
  ['Shift and arrows', 'move the zoomed picture; or drag it'], ['C', 'compare two takes'],
  ['A, B', 'make the selected take A or B'], ['V, X', 'wipe, side by side, difference, blink; flip while blinking'],
  ['I', 'input image over the first frames'], ['N', 'hide and show the names'], ['D', 'show the drift'], ['F', 'full screen'],
  ['?', 'this sheet'],
];

function nextMode() {
  const modes = Object.keys(MODES);
  setMode(pair.on ? modes[(modes.indexOf(pair.mode) + 1) % modes.length] : pair.mode);
}

const help = make('dialog', 'tg-help', root, { 'aria-label': 'Keys' });
const helpHead = make('div', 'tg-help-head', help);
make('h3', '', helpHead).textContent = 'Keys';
const helpClose = make('button', 'tg-act', helpHead, { type: 'button' });
helpClose.textContent = 'Close';
helpClose.addEventListener('click', () => help.close());
const sheet = make('dl', 'tg-sheet', help);
for (const [keys, words] of SHEET) {
  make('dt', '', sheet).textContent = keys;
  make('dd', '', sheet).textContent = words;
}

function openHelp() {
  if (!help.open) help.showModal();
}

function inView() {
  const box = root.getBoundingClientRect();
  return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
}

function mayHandle(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || !clips.size || help.open) return false;
  if (target !== document.body && !element.contains(target)) return false;
  if (target === document.body && !inView()) return false;
  if (target.tagName === 'SELECT' || target.isContentEditable) return false;
  return !(event.key === ' ' && target.tagName === 'BUTTON');
}

function handlerOf(event) {
  if (event.shiftKey && PANS[event.key]) return lens.zoom > 1 ? () => pan(...PANS[event.key].map((part) => part * PAN_STEP)) : null;
  if (/^[1-9]$/.test(event.key)) return () => { if (takeNumbered(Number(event.key))) select(takeNumbered(Number(event.key))); };
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return Object.hasOwn(KEYS, name) ? KEYS[name] : null;
}

function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  const handler = mayHandle(event) ? handlerOf(event) : null;
  if (event.target === root && event.key === ' ') event.preventDefault(); // also while there is nothing to play
  if (!handler) return;
  event.preventDefault();
  handler();
}
document.addEventListener('keydown', onKey);
