// --------------------------------------------------------------------------------------------------------------- the player
// The master position is a wall clock; clips are nudged towards it by their speed, and only a clip far off is sought.
const HARD_SEEK_S = 0.25;
const AHEAD_S = 0.08; // a clip that runs on while another one stands still waits for it
const MAX_LAG_S = 0.06;
const STALLED_MS = 3000;
const BEHIND_S = 0.1; // a clip this late has to be sought
const REGROUP_MS = 5000;
const PACE_LEAST = 0.1;
const SLOWER = 0.6; // per look at which some clip could not follow
const FASTER = 1.15; // per PACE_REST_MS in which all could
const SLOWER_EVERY_MS = 400;
const LATE_MS = 250; // a clip that is late for longer cannot follow
const PACE_REST_MS = 1500;
const JOIN_LEAD_S = 0.03; // what a play() takes to show its first frame
const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];
const clips = new Map();
const play = {
  position: 0, playing: false, starting: false, rate: 1, loop: true, muted: true, solo: null, token: 0,
  at: 0, from: 0, scrubbing: false, resume: false, pace: 1, pacedAt: 0, lateSince: 0, regroupedAt: -REGROUP_MS,
};

function setClip(cell, info) {
  const url = info ? info.url : null;
  if (url === cell.url) return;
  dropClip(cell);
  cell.url = url;
  cell.unshown = false;
  if (info) addClip(cell, info);
}

function addClip(cell, info) {
  const fps = rateOf(info);
  const frames = info.frames || Math.round((info.duration_s || 0) * fps) || 1;
  const clip = {
    cell, info, fps, frames, moments: null, lasts: frames / fps, audio: info.audio, want: null, loaded: false, joined: false,
    joining: false, kept: false, nudging: false, lead: 0.1, sought: 0, seen: 0, movedAt: 0, shift: 0,
    files: filesOf(info), small: info.small || null, load: info.width * info.height * fps || 0, next: null,
  };
  const video = screen(clip, wholeOf(clip), () => measure(clip), () => fail(clip, video));
  hang(clip, video);
  if (info.poster) clip.video.poster = info.poster;
  clips.set(cell.job, clip);
  cell.stage.prepend(clip.video);
  if (info.moments) hearMoments(clip, info.moments);
  lighten();
}

function hang(clip, video) {
  clip.video = video;
  clip.cell.video = video;
}

function dropClip(cell) {
  if (!cell.video) return;
  const clip = clips.get(cell.job);
  clips.delete(cell.job);
  if (clip && clip.next) unload(clip.next);
  unload(cell.video);
  cell.video = null;
}

function unload(video) {
  video.pause();
  video.removeAttribute('src');
  video.load();
  video.remove();
}

// Its first picture is there, and when that is shown is known.
function measure(clip) {
  const { info, video } = clip;
  clip.loaded = true;
  if (!info.frames && Number.isFinite(video.duration)) {
    clip.lasts = Math.max(video.duration - reels.get(video).first, 1 / clip.fps);
    clip.frames = Math.max(1, Math.round(clip.lasts * clip.fps));
  }
  if (!info.width) clip.load = video.videoWidth * video.videoHeight * clip.fps;
  straighten(clip);
  standStill();
}

// Where its pictures do not come evenly: when each of them does, or where to ask for that.
async function hearMoments(clip, told) {
  const times = Array.isArray(told) ? told : await fetch(told).then((answer) => (answer.ok ? answer.json() : []), () => []);
  if (times.length < 2 || clips.get(clip.cell.job) !== clip) return;
  clip.moments = times.map((time) => time - times[0]);
  clip.frames = times.length;
  clip.lasts = Math.max(clip.info.duration_s || 0, clip.moments[times.length - 1] + 0.001);
  standStill();
}

// Paused, the takes stand where they should as more is known of one; while all play, it joins them as a late clip does.
function standStill() {
  if (!play.playing) { stand(); return; }
  for (const clip of clips.values()) if (!clip.joined) clip.want = null;
  paint();
}

function seek(clip, time) {
  const video = clip.video;
  if (reels.get(video).first === null || video.readyState < 1 || video.seeking) { clip.want = time; return; }
  clip.want = null;
  if (Math.abs(nowOf(video) - time) > 0.002) goIn(video, time);
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

// What all clips really run at: slower than asked where this machine cannot decode so many at once.
const running = () => play.rate * play.pace;

async function start(position) {
  const token = ++play.token;
  Object.assign(play, { position, playing: true, starting: true });
  for (const clip of clips.values()) {
    clip.video.pause();
    clip.video.playbackRate = clampRate(running());
    seek(clip, clamp(own(clip, position), frameTime(clip, 0), lastTime(clip)));
  }
  paint();
  await allSettled(4);
  if (token !== play.token) return;
  const ready = Array.from(clips.values()).filter((clip) => settled(clip) && within(clip, position));
  for (const clip of clips.values()) clip.joined = clip.kept = ready.includes(clip);
  await Promise.allSettled(ready.map((clip) => clip.video.play()));
  if (token !== play.token) return;
  const times = ready.map((clip) => position + behind(clip, position)).sort((a, b) => a - b);
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
  play.position = lead ? masterTime(lead, masterFrameAt(lead, position)) : 0;
  stand();
}

function stand() {
  for (const clip of clips.values()) seek(clip, frameTime(clip, frameAt(clip, own(clip, play.position))));
  paint();
}

function toggle() {
  const lead = master();
  if (!lead) return;
  if (play.playing) stop(play.position);
  else start(play.position >= masterTime(lead, lastFrame(lead)) - 0.001 ? 0 : play.position);
}

function tick() {
  if (!play.playing || play.starting || !element.isConnected) return;
  const lead = master();
  const now = performance.now();
  const position = together(play.from + ((now - play.at) / 1000) * running(), now);
  if (!lead || position >= end(lead)) { atEnd(lead); return; }
  play.position = position;
  if (regroup(position, now)) return;
  for (const clip of clips.values()) follow(clip, position, now);
  paint();
  requestAnimationFrame(tick);
}

function atEnd(lead) {
  if (lead && play.loop) start(0);
  else stop(lead ? masterTime(lead, lastFrame(lead)) : 0);
}

function rolling(clip, now) {
  const time = clip.video.currentTime;
  if (time !== clip.seen) Object.assign(clip, { seen: time, movedAt: now });
  if (now - clip.movedAt > STALLED_MS) clip.joined = false;
  return clip.joined && !clip.video.paused && !clip.video.seeking;
}

// A machine too slow for so many clips slows all of them down: staying together matters more than real time.
function pace(limited, position, now) {
  if (!limited) play.lateSince = 0;
  else if (!play.lateSince) play.lateSince = now;
  if (limited && now - play.lateSince < LATE_MS) return;
  if (now - play.pacedAt < (limited ? SLOWER_EVERY_MS : PACE_REST_MS)) return;
  if (!limited && play.pace === 1) return;
  play.pace = limited ? Math.max(PACE_LEAST, play.pace * SLOWER) : Math.min(1, play.pace * FASTER);
  play.pacedAt = now;
  anchor(position);
}

const clampRate = (rate) => clamp(rate, 0.0625, 16);

function together(position, now) {
  const times = Array.from(clips.values()).filter((clip) => rolling(clip, now)).map((clip) => position + behind(clip, position));
  const limit = Math.min(...times) + MAX_LAG_S;
  if (position > limit) anchor(limit);
  const starved = Array.from(clips.values()).some((clip) => clip.joined && clip.video.readyState < 3);
  pace(position > limit && !starved, Math.min(position, limit), now);
  return Math.min(position, limit);
}

// A clip that kept up and then fell behind for good: all of them start afresh where they are, rather than that it is
// sought to where they may be by then, and stands there ahead of them.
function regroup(position, now) {
  const lost = (clip) => clip.kept && !clip.joined && !clip.joining && settled(clip) && within(clip, position) && behind(clip, position) < -BEHIND_S;
  if (now - play.regroupedAt < REGROUP_MS || !Array.from(clips.values()).some(lost)) return false;
  play.regroupedAt = now;
  start(position);
  return true;
}

function follow(clip, position, now) {
  const time = own(clip, position);
  if (time < 0) { hold(clip, 0); return; }
  if (time >= lastTime(clip)) { hold(clip, clip.frames - 1); return; }
  if (clip.joined && clip.video.paused) clip.joined = false;
  const off = behind(clip, position);
  if (clip.joined && off >= -HARD_SEEK_S && off <= AHEAD_S * Math.max(1, running())) nudge(clip, off);
  else join(clip, off, time, now);
}

// A clip ahead of the master waits, paused, until it comes by; one that arrives late is first sought to a little ahead.
function join(clip, off, time, now) {
  const video = clip.video;
  clip.joined = false;
  if (!clip.loaded || video.seeking || video.readyState < 2 || clip.joining) return;
  if (!video.paused) video.pause();
  if (off < -BEHIND_S || off > 2 * running() + 0.5) {
    clip.sought = now;
    goIn(video, Math.min(time + (clip.lead + 0.1) * running(), lastTime(clip)));
    return;
  }
  if (off > JOIN_LEAD_S * running()) return;
  clip.joining = true;
  video.playbackRate = clampRate(running());
  const done = (joined) => {
    if (clip.video === video) Object.assign(clip, { joined: joined && play.playing, kept: joined && play.playing, joining: false });
  };
  video.play().then(() => done(true), () => done(false));
}

// Before its own start a clip shows its first frame, after its end its last.
function hold(clip, frame) {
  if (!clip.video.paused) clip.video.pause();
  clip.joined = false;
  const time = frameTime(clip, frame);
  if (Math.abs(nowOf(clip.video) - time) > 0.5 / clip.fps) seek(clip, time);
}

function nudge(clip, off) {
  const limit = clip.nudging ? 0.002 : 0.25 / clip.fps;
  clip.nudging = Math.abs(off) > limit;
  const wanted = clip.nudging ? running() * (1 - clamp(off * 3, -0.3, 0.3)) : running();
  const rate = clampRate(Math.round(wanted * 200) / 200);
  if (clip.video.playbackRate !== rate) clip.video.playbackRate = rate;
}

function step(by) {
  const lead = master();
  if (!lead) return;
  if (play.playing) stop(play.position);
  play.position = stepFrom(play.position, by);
  stand();
}

// Moves one take against the others, by frames of its own.
function shift(clip, by) {
  const most = clip.frames - 1;
  clip.shift = by === 0 ? 0 : clamp(clip.shift + by, -most, most);
  if (play.playing) start(play.position);
  else goTo(play.position);
}

// Started afresh at the new speed: at a tenth of it, a nudge would take seconds to close a gap.
function setSpeed(rate) {
  Object.assign(play, { rate, pace: 1 });
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

// How far apart the pictures are that are on screen, in seconds; 0 while each is the one of this moment.
function spread() {
  const times = Array.from(clips.values())
    .filter((clip) => clip.loaded && within(clip, play.position) && clip.video.readyState >= 2)
    .map((clip) => late(clip, play.position));
  return times.length > 1 ? Math.max(...times) - Math.min(...times) : 0;
}

const masterFrame = () => (master() ? masterFrameAt(master(), play.position) : 0);

element.__takes = {
  videos: () => Array.from(clips.values(), (clip) => clip.video),
  drift: spread,
  copies: () => howCopied(),
  copied: () => Array.from(clips.values(), isCopy),
  frame: masterFrame,
  position: () => play.position,
  keys: () => Object.keys(KEYS),
  shows: () => shows,
};

