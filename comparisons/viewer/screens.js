// ------------------------------------------------------------------------------------------------------------- the screens
// A video element for one file of a clip. It is ready once its first picture is there and when the file shows that is known:
// the browser tells it, whatever the server measured, since all other pictures are found from there.
const FIRST_MS = 3000; // for a browser that could tell and does not, since its window is hidden
const STUCK_MS = 15000; // without a picture and without anything more arriving

// Of each video element: when its first picture is shown and which one is on screen, in seconds of the file's own clock.
const reels = new WeakMap();

function screen(clip, url, ready, failed) {
  const video = make('video', 'tg-video', null, { playsinline: '', preload: 'auto', tabindex: '-1' });
  const cell = clip.cell;
  video.muted = true;
  video.disablePictureInPicture = true;
  video.setAttribute('aria-label', cell.data.provider + ', ' + cell.data.label);
  video.addEventListener('seeked', () => { if (clip.video === video) sought(clip); });
  video.addEventListener('click', () => { select(cell.job); listenTo(clip); if (!lens.dragged && !given.on) toggle(); });
  const reel = { first: null, shown: null };
  reels.set(video, reel);
  watchPictures(video, reel, url === clip.info.url ? clip.info.first_s : null, ready);
  watchTrouble(video, reel, failed);
  video.src = url;
  return video;
}

function watchPictures(video, reel, told, ready) {
  const begin = (first) => {
    if (reel.first !== null) return;
    reel.first = first;
    ready();
  };
  const look = (now, frame) => {
    reel.shown = frame.mediaTime;
    begin(frame.mediaTime);
    video.requestVideoFrameCallback(look);
  };
  const tells = Boolean(video.requestVideoFrameCallback);
  if (tells) video.requestVideoFrameCallback(look);
  video.addEventListener('loadeddata', () => setTimeout(() => begin(known(told) ? told : video.currentTime), tells ? FIRST_MS : 0));
}

// An error at any time, a file whose sound alone can be played, or none that ever comes to a picture.
function watchTrouble(video, reel, failed) {
  let over = false;
  let stuck = null;
  const fail = () => {
    if (over || !video.hasAttribute('src')) return;
    over = true;
    clearTimeout(stuck);
    failed();
  };
  const wait = () => {
    clearTimeout(stuck);
    if (reel.first === null && !over) stuck = setTimeout(() => { if (reel.first === null) fail(); }, STUCK_MS);
  };
  video.addEventListener('error', fail);
  video.addEventListener('loadedmetadata', () => { if (!video.videoWidth) fail(); });
  for (const name of ['loadstart', 'progress', 'loadedmetadata']) video.addEventListener(name, wait);
}
