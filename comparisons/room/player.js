// --------------------------------------------------------------------------------------------------------------- the player
// The master position is a wall clock; clips are nudged towards it by their speed, and only a clip far off is sought.
const ASSUMED_FPS = 24; // for a clip whose frame rate could not be measured: only the size of a step depends on it
const HARD_SEEK_S = 0.25;
const MAX_LAG_S = 0.12;
const STALLED_MS = 3000;
const JOIN_LEAD_S = 0.03; // what a play() takes to show its first frame
const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];
const clips = new Map();
const play = {
  position: 0, playing: false, starting: false, rate: 1, loop: true, muted: true, solo: null, token: 0,
  at: 0, from: 0, scrubbing: false, resume: false,
};

function setClip(cell, info) {
  const url = info ? info.url : null;
  if (url === cell.url) return;
  dropClip(cell);
  cell.url = url;
  if (info) addClip(cell, info);
}

function addClip(cell, info) {
  const video = make('video', 'tg-video', null, { playsinline: '', preload: 'auto', tabindex: '-1' });
  video.muted = true;
  video.disablePictureInPicture = true;
  video.setAttribute('aria-label', cell.data.provider + ', ' + cell.data.label);
  if (info.poster) video.poster = info.poster;
  const fps = info.fps || ASSUMED_FPS;
  const frames = info.frames || Math.round((info.duration_s || 0) * fps) || 1;
  const clip = {
    cell, video, fps, frames, audio: info.audio, want: null, loaded: false, joined: false, joining: false,
    nudging: false, lead: 0.1, sought: 0, seen: 0, movedAt: 0,
  };
  video.addEventListener('loadedmetadata', () => measure(clip, info));
  video.addEventListener('loadeddata', () => { clip.loaded = true; });
  video.addEventListener('seeked', () => sought(clip));
  video.addEventListener('error', () => broken(clip));
  video.addEventListener('click', () => { listenTo(clip); toggle(); });
  clips.set(cell.job, clip);
  cell.video = video;
  video.src = info.url;
  cell.stage.prepend(video);
}

function dropClip(cell) {
  if (!cell.video) return;
  clips.delete(cell.job);
  cell.video.pause();
  cell.video.removeAttribute('src');
  cell.video.load();
  cell.video.remove();
  cell.video = null;
}

function measure(clip, info) {
  if (!info.frames && Number.isFinite(clip.video.duration)) clip.frames = Math.max(1, Math.round(clip.video.duration * clip.fps));
  if (!play.playing) seek(clip, frameTime(clip, frameAt(clip, play.position)));
  paint();
}

function broken(clip) {
  clips.delete(clip.cell.job);
  clip.video.hidden = true;
  put(clip.cell.faultName, 'Not playable here');
  put(clip.cell.faultWords, 'This browser cannot play the clip; the file itself is kept as received.');
  clip.cell.fault.hidden = false;
  paint();
}

const length = (clip) => clip.frames / clip.fps;
const frameAt = (clip, time) => clamp(Math.floor(time * clip.fps + 0.001), 0, clip.frames - 1);
// The middle of a frame: its exact start can land on the frame before.
const frameTime = (clip, frame) => (clamp(frame, 0, clip.frames - 1) + 0.5) / clip.fps;
const lastTime = (clip) => frameTime(clip, clip.frames - 1);

function master() {
  let best = null;
  for (const clip of clips.values()) {
    const longer = best === null || length(clip) > length(best) + 0.001;
    if (longer || (length(clip) > length(best) - 0.001 && clip.fps > best.fps)) best = clip;
  }
  return best;
}

function seek(clip, time) {
  const video = clip.video;
  if (video.readyState < 1 || video.seeking) { clip.want = time; return; }
  clip.want = null;
  if (Math.abs(video.currentTime - time) > 0.002) video.currentTime = time;
}

function sought(clip) {
  if (clip.sought) clip.lead = clamp((performance.now() - clip.sought) / 1000, 0.02, 2);
  clip.sought = 0;
  if (clip.want !== null) seek(clip, clip.want);
}

const settled = (clip) => clip.want === null && !clip.video.seeking && clip.video.readyState >= 2;

// A clip still loading joins later; it must not hold up the others.
function allSettled(limit_s) {
  const until = performance.now() + limit_s * 1000;
  return new Promise((done) => {
    const look = () => {
      const ready = Array.from(clips.values()).every((clip) => settled(clip) || !clip.loaded);
      if (ready || performance.now() > until) done();
      else setTimeout(look, 8);
    };
    look();
  });
}

async function start(position) {
  const token = ++play.token;
  Object.assign(play, { position, playing: true, starting: true });
  for (const clip of clips.values()) {
    clip.video.pause();
    clip.video.playbackRate = play.rate;
    seek(clip, Math.min(Math.max(position, 0.5 / clip.fps), lastTime(clip)));
  }
  paint();
  await allSettled(4);
  if (token !== play.token) return;
  const ready = Array.from(clips.values()).filter((clip) => settled(clip) && position < lastTime(clip));
  for (const clip of clips.values()) clip.joined = ready.includes(clip);
  await Promise.allSettled(ready.map((clip) => clip.video.play()));
  if (token !== play.token) return;
  const times = ready.map((clip) => clip.video.currentTime).sort((a, b) => a - b);
  anchor(times.length ? times[times.length >> 1] : position);
  play.starting = false;
  requestAnimationFrame(tick);
}

function anchor(position) {
  Object.assign(play, { position, from: position, at: performance.now() });
}

function stop(position) {
  play.token += 1;
  Object.assign(play, { playing: false, starting: false });
  for (const clip of clips.values()) clip.video.pause();
  goTo(position);
}

// Paused, every clip stands on the middle of the frame that the master shows.
function goTo(position) {
  const lead = master();
  play.position = lead ? frameTime(lead, frameAt(lead, position)) : 0;
  for (const clip of clips.values()) seek(clip, frameTime(clip, frameAt(clip, play.position)));
  paint();
}

function toggle() {
  const lead = master();
  if (!lead) return;
  if (play.playing) stop(play.position);
  else start(play.position >= lastTime(lead) - 0.001 ? 0 : play.position);
}

function tick() {
  if (!play.playing || play.starting || !element.isConnected) return;
  const lead = master();
  const now = performance.now();
  const position = together(play.from + ((now - play.at) / 1000) * play.rate, now);
  if (!lead || position >= length(lead)) { atEnd(lead); return; }
  play.position = position;
  for (const clip of clips.values()) follow(clip, position, now);
  paint();
  requestAnimationFrame(tick);
}

function atEnd(lead) {
  if (lead && play.loop) start(0);
  else stop(lead ? lastTime(lead) : 0);
}

function rolling(clip, now) {
  const time = clip.video.currentTime;
  if (time !== clip.seen) Object.assign(clip, { seen: time, movedAt: now });
  if (now - clip.movedAt > STALLED_MS) clip.joined = false;
  return clip.joined && !clip.video.paused;
}

// A machine too slow for so many clips slows the master down: staying together matters more than real time.
function together(position, now) {
  const times = Array.from(clips.values()).filter((clip) => rolling(clip, now)).map((clip) => clip.video.currentTime);
  const limit = Math.min(...times) + MAX_LAG_S;
  if (position > limit) anchor(limit);
  return Math.min(position, limit);
}

function follow(clip, position, now) {
  if (position >= lastTime(clip)) { hold(clip); return; }
  if (clip.joined && clip.video.paused) clip.joined = false;
  const off = clip.video.currentTime - position;
  if (clip.joined && Math.abs(off) <= HARD_SEEK_S) nudge(clip, off);
  else join(clip, off, position, now);
}

// A clip ahead of the master waits, paused, until it comes by; one that arrives late is first sought to a little ahead.
function join(clip, off, position, now) {
  const video = clip.video;
  clip.joined = false;
  if (video.seeking || video.readyState < 2 || clip.joining) return;
  if (!video.paused) video.pause();
  if (off < -0.1 || off > 2 * play.rate + 0.5) {
    clip.sought = now;
    video.currentTime = Math.min(position + (clip.lead + 0.1) * play.rate, lastTime(clip));
    return;
  }
  if (off > JOIN_LEAD_S * play.rate) return;
  clip.joining = true;
  video.playbackRate = play.rate;
  const done = (joined) => Object.assign(clip, { joined: joined && play.playing, joining: false });
  video.play().then(() => done(true), () => done(false));
}

function hold(clip) {
  if (!clip.video.paused) clip.video.pause();
  clip.joined = false;
  if (Math.abs(clip.video.currentTime - lastTime(clip)) > 0.5 / clip.fps) seek(clip, lastTime(clip));
}

function nudge(clip, off) {
  const limit = clip.nudging ? 0.002 : 0.25 / clip.fps;
  clip.nudging = Math.abs(off) > limit;
  const wanted = clip.nudging ? play.rate * (1 - clamp(off * 3, -0.3, 0.3)) : play.rate;
  const rate = Math.round(clamp(wanted, 0.0625, 16) * 200) / 200 || play.rate;
  if (clip.video.playbackRate !== rate) clip.video.playbackRate = rate;
}

function step(by) {
  const lead = master();
  if (!lead) return;
  if (play.playing) stop(play.position);
  const before = play.position;
  play.position = frameTime(lead, frameAt(lead, before) + by);
  for (const clip of clips.values()) {
    const here = clip.want === null ? clip.video.currentTime : clip.want;
    const wasPast = before >= length(clip);
    const frame = wasPast ? frameAt(clip, play.position) : frameAt(clip, here) + by;
    if (play.position !== before) seek(clip, frameTime(clip, frame));
  }
  paint();
}

// Started afresh at the new speed: at a tenth of it, a nudge would take seconds to close a gap.
function setSpeed(rate) {
  play.rate = rate;
  for (const clip of clips.values()) clip.video.playbackRate = rate;
  if (play.playing) start(play.position);
  else paint();
}

// Six soundtracks at once are noise: one clip is heard, the one last clicked or else the first that has sound.
function sound() {
  const heard = clips.get(play.solo) || Array.from(clips.values()).find((clip) => clip.audio);
  for (const clip of clips.values()) clip.video.muted = play.muted || clip !== heard;
}

function listenTo(clip) {
  if (clip.audio) play.solo = clip.cell.job;
  sound();
}

function spread() {
  const times = Array.from(clips.values())
    .filter((clip) => play.position < lastTime(clip) && clip.video.readyState >= 2)
    .map((clip) => clip.video.currentTime);
  return times.length > 1 ? Math.max(...times) - Math.min(...times) : 0;
}

const masterFrame = () => (master() ? frameAt(master(), play.position) : 0);

element.__takes = {
  videos: () => Array.from(clips.values(), (clip) => clip.video),
  drift: spread,
  frame: masterFrame,
};

// ----------------------------------------------------------------------------------------------------------- the player's bar
function control(parent, name, label, keys, onClick) {
  const button = make('button', 'tg-control', parent, { type: 'button', 'data-act': name, 'aria-label': label });
  button.title = label + (keys ? ' (' + keys + ')' : '');
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
const options = make('div', 'tg-options', bar);
const speed = make('select', 'tg-speed', options, { 'data-act': 'speed', 'aria-label': 'Speed', title: 'Speed' });
const loopButton = control(options, 'loop', 'Loop', 'L', () => { play.loop = !play.loop; paint(); });
const muteButton = control(options, 'mute', 'Sound', 'M', () => { play.muted = !play.muted; sound(); paint(); });
const noAudio = make('span', 'tg-note', options);
const driftButton = control(options, 'drift', 'Show how far the clips are apart', '', () => toggleDrift());
const barSandbox = make('span', 'tg-sandbox', options);
const drift = { shown: false, at: 0 };

for (const value of SPEEDS) make('option', '', speed, { value: String(value) }).textContent = value + '×';
speed.value = '1';
speed.addEventListener('change', () => setSpeed(Number(speed.value)));
driftButton.classList.add('tg-drift');
icon(backButton, 'back');
icon(forwardButton, 'forward');
icon(loopButton, 'loop');

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

function code(clip, frame) {
  const rate = Math.max(1, Math.round(clip.fps));
  const whole = Math.floor(frame / rate);
  const two = (value) => String(value).padStart(2, '0');
  return Math.floor(whole / 60) + ':' + two(whole % 60) + ':' + two(frame % rate);
}

function paint() {
  const lead = master();
  bar.hidden = !lead;
  if (!lead) return;
  put(timeNow, code(lead, frameAt(lead, play.position)));
  put(timeAll, '/ ' + code(lead, lead.frames));
  scrub.max = String(length(lead));
  if (!play.scrubbing) scrub.value = String(frameAt(lead, play.position) ? play.position : 0);
  scrub.style.setProperty('--fill', ((Number(scrub.value) / length(lead)) * 100).toFixed(2) + '%');
  scrub.setAttribute('aria-valuetext', timeNow.textContent);
  paintButtons();
  paintDrift();
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
  const now = performance.now();
  if (drift.shown && now - drift.at < 250) return;
  drift.at = now;
  put(driftButton, drift.shown ? Math.round(spread() * 1000) + ' ms apart' : 'sync');
}

// ------------------------------------------------------------------------------------------------------------------ keyboard
const KEYS = {
  ' ': toggle, ',': () => step(-1), '.': () => step(1), ArrowLeft: () => step(-1), ArrowRight: () => step(1),
  l: () => loopButton.click(), m: () => muteButton.click(),
};

function inView() {
  const box = root.getBoundingClientRect();
  return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
}

function mayHandle(event) {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || !clips.size) return false;
  if (target !== document.body && !element.contains(target)) return false;
  if (target === document.body && !inView()) return false;
  if (target.tagName === 'SELECT' || target.isContentEditable) return false;
  return !(event.key === ' ' && target.tagName === 'BUTTON');
}

function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  const handler = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!handler || !mayHandle(event)) return;
  event.preventDefault();
  handler();
}
document.addEventListener('keydown', onKey);

