// ---------------------------------------------------------------------------------------------------------- the one clock
// The only place that says which picture a clip shows at which moment, and the other way round. Moments count from a clip's
// first picture, in seconds, since takes of one prompt begin with the same picture whatever their files say of it.
//
// How Chromium 156 keeps a file's own time, which is `currentTime` and a frame's `mediaTime` (measured on 2026-11-30 with
// numbered pictures in MP4, fragmented MP4, MOV, WebM and Matroska, 23.976 to 60 a second):
// - A picture is on screen from its stamp, as edit lists move it, up to the next one's. Nothing moves the first to 0: it is
//   at 2/24 where pictures are stored out of order without an edit list, at 0.5 where sound comes first, at 1.5 in a WebM
//   whose stamps begin there. It is shown before its time, too. What an edit list hides is never shown.
// - Stamps of WebM are whole milliseconds, so that a seek to a picture's start may land on the one before: the middle of
//   a picture is sought.
// - Without an edit list, pictures out of order in an MP4 are sought by when they are decoded: the last ones before each key
//   frame cannot be reached, the key frame shows. So it is where they come unevenly and out of order, and there a picture
//   also shows for as long as the file says that it lasts, though the next one's time has come. Both play from a Matroska
//   of the same pictures (make_seekable in copies.py), whose index goes by when they are shown.
// - A file of which only the sound can be played brings no error, but a picture of no width.
// - `seeked` may come before the new picture does; requestVideoFrameCallback tells which one is on screen, in sight or not.
const ASSUMED_FPS = 24; // for a clip whose frame rate could not be measured: only the size of a step depends on it
const UNEVEN = 0.01; // share by which the mean frame rate may differ from the commonest, in results that hold the latter
const STAMP_S = 0.002; // by how much stamps are rounded at most, of a first picture and of another together
const JOIN = 0.25; // of the shortest picture: changes that are closer are one step

// Of a clip whose frames do not all last as long, the mean: its length is then right, and a step about one frame.
function rateOf(info) {
  const mean = info.frames && info.duration_s ? info.frames / info.duration_s : 0;
  if (!info.fps) return mean || ASSUMED_FPS;
  return mean && Math.abs(mean / info.fps - 1) > UNEVEN ? mean : info.fps;
}

// Pictures of a clip are counted from 0. Before its first and after its last they go on evenly, for the axis of others.
function startOf(clip, picture) {
  const times = clip.moments;
  if (!times || picture < 0) return picture / clip.fps;
  return picture < times.length ? times[picture] : clip.lasts + (picture - times.length) / clip.fps;
}

function pictureAt(clip, time) {
  const times = clip.moments;
  if (!times || time < 0) return Math.floor(time * clip.fps + 0.001);
  if (time >= clip.lasts) return times.length + Math.floor((time - clip.lasts) * clip.fps);
  let [low, high] = [0, times.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time + 0.0005) low = middle;
    else high = middle;
  }
  return low;
}

const middleOf = (clip, picture) => (startOf(clip, picture) + startOf(clip, picture + 1)) / 2;
const length = (clip) => startOf(clip, clip.frames);
const frameAt = (clip, time) => clamp(pictureAt(clip, time), 0, clip.frames - 1);
const frameTime = (clip, frame) => middleOf(clip, clamp(frame, 0, clip.frames - 1));
const lastTime = (clip) => frameTime(clip, clip.frames - 1);

// A clip's own moment is the position of all plus its shift, the frames by which a person moved it against the others.
const shifted = (clip) => clip.shift / clip.fps;
const own = (clip, position) => position + shifted(clip);
const end = (clip) => length(clip) - shifted(clip);
const within = (clip, position) => own(clip, position) >= 0 && own(clip, position) < lastTime(clip);

// From moments to a video element's clock and back: the only two places that touch it.
const nowOf = (video) => video.currentTime - (reels.get(video).first || 0);
const goIn = (video, time) => { video.currentTime = (reels.get(video).first || 0) + time; };
const behind = (clip, position) => nowOf(clip.video) - own(clip, position);

// Seconds by which the picture on screen is behind (below 0) or ahead of the one that should be there; 0 while it is that one.
function late(clip, position) {
  const reel = reels.get(clip.video);
  if (reel.shown === null) return behind(clip, position);
  const picture = frameAt(clip, reel.shown - reel.first + STAMP_S);
  const wanted = own(clip, position);
  return Math.max(0, startOf(clip, picture) - wanted - STAMP_S) + Math.min(0, startOf(clip, picture + 1) - wanted + STAMP_S);
}

// The clip that ends last gives the timecode its frames and the scrubber its length.
function master() {
  let best = null;
  for (const clip of clips.values()) {
    const later = best === null || end(clip) > end(best) + 0.001;
    if (later || (end(clip) > end(best) - 0.001 && clip.fps > best.fps)) best = clip;
  }
  return best;
}

const passed = (lead) => pictureAt(lead, own(lead, 0)); // its pictures that a shift put before the start of all
const lastFrame = (lead) => Math.max(0, lead.frames - 1 - passed(lead));
const masterFrameAt = (lead, position) => clamp(pictureAt(lead, own(lead, position)) - passed(lead), 0, lastFrame(lead));
const masterTime = (lead, frame) => middleOf(lead, clamp(frame, 0, lastFrame(lead)) + passed(lead)) - shifted(lead);

// Where one press of a step leads: past the next change of picture in any take, to the middle of what shows there.
function stepFrom(position, by) {
  const all = Array.from(clips.values());
  const close = JOIN / Math.max(...all.map((clip) => clip.fps));
  const changes = all.flatMap((clip) => {
    const here = pictureAt(clip, own(clip, position));
    const near = [-2, -1, 0, 1, 2, 3].map((n) => here + n).filter((n) => n > 0 && n < clip.frames);
    return near.map((n) => startOf(clip, n) - shifted(clip));
  });
  const last = Math.max(...all.map(end));
  const edges = [0, ...changes.filter((each) => each > close && each < last - close), last].sort((a, b) => a - b);
  const spans = []; // what shows unchanged, from and to
  for (let n = 1; n < edges.length; n += 1) if (edges[n] - edges[n - 1] > close) spans.push([edges[n - 1], edges[n]]);
  const now = Math.max(0, spans.findLastIndex((span) => span[0] <= position));
  const [from, to] = spans[clamp(now + by, 0, spans.length - 1)];
  return (from + to) / 2;
}
