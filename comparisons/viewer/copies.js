// ------------------------------------------------------------------------------------------------- what plays in its stead
// A clip plays from the file that was received, unless the browser cannot: then from a copy that it can play, which is said
// on the take. Where pictures of the file cannot all be sought, it plays from one with the same pictures in which they can.
// More large clips than a machine can decode at once are played as small copies, frame by frame the same. What is looked
// at closely, zoomed or one against another, is the clip as it was received, or the copy of its size.
const EASY = 200e6; // pixels a second of all clips together that are played as received: four of 1080p at 24 fps
const CLOSE_S = 1; // of the others, so that it need not be waited for
const TRIES = 5; // to come that close
const CODECS = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1', vp8: 'VP8', vp9: 'VP9', mpeg4: 'MPEG-4 Visual', prores: 'ProRes', mjpeg: 'Motion JPEG', gif: 'GIF' };
const CONTAINERS = { mp4: 'MP4', mov: 'MOV', webm: 'WebM', mkv: 'Matroska', avi: 'AVI', gif: 'GIF', ts: 'MPEG-TS' };

// The files that a clip may play from, first the one to be tried first.
function filesOf(info) {
  return [known(info.first_s) ? info.seekable : null, info.url, info.playable].filter(Boolean);
}

const wholeOf = (clip) => clip.files[0] || null;
const isCopy = (clip) => known(clip.info.playable) && wholeOf(clip) === clip.info.playable;

// What only the browser's own look told of a clip that was measured before that was asked.
function straighten(clip) {
  const { info } = clip;
  if (!info.seekable || known(info.first_s) || wholeOf(clip) !== info.url || reels.get(clip.video).first < 0.001) return;
  clip.files.unshift(info.seekable);
  lighten();
}

const crowded = () => Array.from(clips.values()).reduce((sum, clip) => sum + clip.load, 0) > EASY;
const closely = (clip) => lens.zoom > 1 || (pair.on && paired().includes(clip));
const shownSmall = (clip) => clip.small !== null && clip.video.getAttribute('src') === clip.small;

const howCopied = () => {
  const all = Array.from(clips.values());
  return all.some((clip) => clip.next) ? 'coming' : all.some(shownSmall) ? 'shown' : 'none';
};

// Has every clip play the file that it should: the one that comes is loaded unseen.
function lighten() {
  const many = crowded();
  for (const clip of clips.values()) {
    const wanted = many && clip.small && !closely(clip) ? clip.small : wholeOf(clip);
    const coming = (clip.next || clip.video).getAttribute('src');
    if (coming !== wanted) bring(clip, wanted);
  }
}

function bring(clip, url) {
  if (clip.next) unload(clip.next);
  clip.next = null;
  if (clip.video.getAttribute('src') === url) return;
  let tries = 0;
  const arrived = () => {
    if (clip.next !== video) return;
    const time = frameTime(clip, frameAt(clip, own(clip, play.position)));
    const there = Math.abs(nowOf(video) - time) < (play.playing ? CLOSE_S : 0.002);
    if (there || tries === TRIES) { replace(clip, video); return; }
    tries += 1;
    goIn(video, time);
  };
  const video = screen(clip, url, arrived, () => fail(clip, video));
  clip.next = video;
  video.addEventListener('seeked', arrived);
}

// A file of a clip cannot be played: the next one is tried. A small copy is done without.
function fail(clip, video) {
  if (clips.get(clip.cell.job) !== clip || (video !== clip.video && video !== clip.next)) return;
  const url = video.getAttribute('src');
  if (url === clip.small) clip.small = null;
  else clip.files = clip.files.filter((file) => file !== url);
  if (video === clip.next) {
    unload(video);
    clip.next = null;
  } else {
    const partly = reels.get(video).first !== null;
    Object.assign(clip, { partly, loaded: false, joined: false, joining: false, kept: false });
    video.hidden = true;
  }
  if (!wholeOf(clip)) broken(clip);
  else {
    if (isCopy(clip) && video === clip.video) sayUnshown(clip, 'A copy that it can play is on its way.');
    lighten();
  }
}

// What a clip is, for somebody who wonders why it does not play.
function kindOf({ info, partly }) {
  const pixels = info.pixel_format || '';
  const colors = /444/.test(pixels) ? ' 4:4:4' : /422/.test(pixels) ? ' 4:2:2' : '';
  const codec = info.codec ? (CODECS[info.codec] || info.codec) + colors + (/10(le|be)$/.test(pixels) ? ' of 10 bits' : '') : 'file';
  const container = CONTAINERS[info.container] || info.container;
  const whole = codec + (info.codec && container && container !== codec ? ' in ' + container : '');
  return partly ? 'all of this ' + whole : info.codec ? whole : 'this file';
}

function sayUnshown(clip, more) {
  const { cell } = clip;
  cell.unshown = true;
  put(cell.faultName, 'Not playable here');
  put(cell.faultWords, 'This browser cannot play ' + kindOf(clip) + '. ' + more);
  cell.fault.hidden = false;
  cell.tools.hidden = true;
  linkTo(cell.download, clip.info.url, 'Download the clip');
}

// Nothing of it plays. The others go on without it.
function broken(clip) {
  clips.delete(clip.cell.job);
  clip.video.hidden = true;
  put(clip.cell.seen, '');
  sayUnshown(clip, 'No copy of it can be made either; the file itself is kept as received.');
  paintPair();
  paint();
  paintBallot();
  if (window.location.protocol !== 'file:' && !ballot.blind) sayIfGone(clip);
}

async function sayIfGone({ cell, info }) {
  const answer = await fetch(info.url, { method: 'HEAD' }).catch(() => null);
  if (!answer || answer.status !== 404 || cell.url !== info.url) return;
  put(cell.faultName, 'No clip');
  put(cell.faultWords, 'The clip is no longer in the data folder.');
  put(cell.download, '');
}

// On the take itself, and why below it.
function paintCopied(cell) {
  const clip = clips.get(cell.job);
  const copied = Boolean(clip && clip.loaded && isCopy(clip));
  put(cell.copied, copied ? 'copy' : '');
  const why = copied ? ['H.264 copy: this browser cannot play ' + kindOf(clip)] : [];
  list(cell.badges, (cell.data.badges || []).concat(why), 'tg-badge');
}

// It takes the other's place on the frame that the other shows; while all play, it then joins them as a late clip does.
function replace(clip, video) {
  const before = clip.video;
  video.muted = before.muted;
  before.replaceWith(video);
  hang(clip, video);
  unload(before);
  Object.assign(clip, {
    next: null, want: null, joined: false, joining: false, kept: false, nudging: false, sought: 0,
  });
  clip.cell.unshown = clip.cell.tools.hidden = false;
  clip.cell.fault.hidden = true;
  if (!clip.loaded) measure(clip);
  paintCopied(clip.cell);
  pair.drawn = '';
  paintMixed();
  paint();
}
