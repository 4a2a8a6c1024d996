// -------------------------------------------------------------------------------------------------------------- small copies
// More large clips than a machine can decode at once are played as small copies, frame by frame the same. What is looked
// at closely, zoomed or one against another, is the clip as it was received.
const EASY = 200e6; // pixels a second of all clips together that are played as received: four of 1080p at 24 fps
const CLOSE_S = 1; // of the others, so that it need not be waited for
const TRIES = 5; // to come that close

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
    const wanted = many && clip.small && !closely(clip) ? clip.small : clip.whole;
    const coming = (clip.next || clip.video).getAttribute('src');
    if (coming !== wanted) bring(clip, wanted);
  }
}

function bring(clip, url) {
  if (clip.next) unload(clip.next);
  clip.next = null;
  if (clip.video.getAttribute('src') === url) return;
  const video = screen(clip, url);
  let tries = 0;
  const arrived = () => {
    if (clip.next !== video) return;
    const time = frameTime(clip, frameAt(clip, own(clip, play.position)));
    const there = Math.abs(video.currentTime - time) < (play.playing ? CLOSE_S : 0.002);
    if (there || tries === TRIES) { replace(clip, video); return; }
    tries += 1;
    video.currentTime = time;
  };
  clip.next = video;
  video.addEventListener('loadeddata', arrived);
  video.addEventListener('seeked', arrived);
  video.addEventListener('error', () => { if (clip.next === video) refuse(clip, url); });
}

// A copy that cannot be had is done without.
function refuse(clip, url) {
  unload(clip.next);
  clip.next = null;
  if (url === clip.small) clip.small = null;
}

// It takes the other's place on the frame that the other shows; while all play, it then joins them as a late clip does.
function replace(clip, video) {
  const before = clip.video;
  video.muted = before.muted;
  before.replaceWith(video);
  hang(clip, video);
  unload(before);
  Object.assign(clip, {
    next: null, want: null, loaded: true, joined: false, joining: false, kept: false, nudging: false, sought: 0,
  });
  pair.drawn = '';
  paintMixed();
}
