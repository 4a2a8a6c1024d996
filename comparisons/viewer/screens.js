/**
 * A video element for one file of a clip, called a screen. It is ready once its first picture is there, and the browser has told
 * at which time the file shows that: all other pictures are found from this time, whatever the server measured.
 *
 * How Chromium 156 keeps a file's own time, which is `currentTime` and a frame's `mediaTime` (measured on 2026-11-30 with
 * numbered pictures in MP4, fragmented MP4, MOV, WebM and Matroska, 23.976 to 60 a second):
 * - A picture is on screen from its stamp, as edit lists move it, up to the next one's. Nothing moves the first to 0: it is
 *   at 2/24 where pictures are stored out of order without an edit list, at 0.5 where sound comes first, at 1.5 in a WebM
 *   whose stamps begin there. It is shown before its time, too. What an edit list hides is never shown.
 * - Stamps of WebM are whole milliseconds, so that a seek to a picture's start may land on the one before: the middle of
 *   a picture is sought.
 * - Without an edit list, pictures out of order in an MP4 are sought by when they are decoded: the last ones before each key
 *   frame cannot be reached, the key frame shows. So it is where they come unevenly and out of order, and there a picture
 *   also shows for as long as the file says that it lasts, though the next one's time has come. Both play from a Matroska
 *   of the same pictures (media/copies.py), whose index goes by when they are shown.
 * - A file of which only the sound can be played brings no error, but a picture of no width. WebKitGTK 2.50 says so of any
 *   file at first: the width comes with the first picture, after `canplay`.
 * - `seeked` may come before the new picture does; requestVideoFrameCallback tells which one is on screen, in sight or not.
 */
takes.screens = (() => {
  const { make } = takes.dom;
  const { known } = takes.numbers;
  const { frameAt, own, startOf } = takes.timeline;

  const FIRST_MS = 3000; // how long a browser has to tell the first picture's time, which it does not in a hidden window
  const STUCK_MS = 15000; // a file fails after this time without a picture and without more data
  const RUN_MS = 4000; // how long a video element that was told to play has to say whether it does
  const LOOK_MS = 8;
  const STAMP_S = 0.002; // by how much stamps are rounded at most, of a first picture and of another together

  /** @type {WeakMap<HTMLVideoElement, Reel>} */
  const reels = new WeakMap();

  /**
   * When a video element's first picture is shown, which one is on screen, in seconds of the file's own clock, and how
   * many were.
   *
   * @param {HTMLVideoElement} video
   */
  function reelOf(video) {
    const reel = reels.get(video) || { first: null, shown: null, shows: 0 };
    reels.set(video, reel);
    return reel;
  }

  // Only these two functions convert between moments and a video element's `currentTime`.
  /** @param {HTMLVideoElement} video */
  const nowOf = (video) => video.currentTime - (reelOf(video).first || 0);
  /**
   * Seeks a video. One at its end is played for a moment first: WebKitGTK 2.50 never completes a seek from there while paused.
   *
   * @param {HTMLVideoElement} video
   * @param {number} time
   */
  function goIn(video, time) {
    const { ended } = video;
    if (ended) video.play().catch(() => {});
    video.currentTime = (reelOf(video).first || 0) + time;
    if (ended) video.pause();
  }
  /**
   * Plays a video element; resolves to whether it does, as soon as it says so or its time moves: WebKitGTK 2.50 may never say
   * so.
   *
   * @param {HTMLVideoElement} video
   * @returns {Promise<boolean>}
   */
  function run(video) {
    const from = video.currentTime;
    const until = performance.now() + RUN_MS;
    return new Promise((done) => {
      let over = false;
      /** @param {boolean} runs */
      const told = (runs) => { over = true; done(runs); };
      const look = () => {
        if (video.currentTime > from || performance.now() > until) told(video.currentTime > from);
        else if (!over) setTimeout(look, LOOK_MS);
      };
      video.play().then(() => told(true), () => told(false));
      look();
    });
  }

  /** @type {(clip: Clip, position: number) => number} */
  const behind = (clip, position) => nowOf(clip.video) - own(clip, position);

  /**
   * Seconds by which the picture on screen is behind (below 0) or ahead of the one that should be there; 0 while it is
   * that one.
   *
   * @param {Clip} clip
   * @param {number} position
   */
  function late(clip, position) {
    const reel = reelOf(clip.video);
    if (reel.shown === null) return behind(clip, position);
    const picture = frameAt(clip, reel.shown - (reel.first || 0) + STAMP_S);
    const wanted = own(clip, position);
    return Math.max(0, startOf(clip, picture) - wanted - STAMP_S) + Math.min(0, startOf(clip, picture + 1) - wanted + STAMP_S);
  }

  /**
   * A screen of a clip.
   *
   * @param {Room} room
   * @param {Clip} clip
   * @param {string} url
   * @param {{ ready: () => void, failed: () => void }} then what happens once it shows a picture, or never will
   */
  function screen(room, clip, url, then) {
    const video = make('video', 'tg-video', null, { playsinline: '', preload: 'auto', tabindex: '-1' });
    const { data, job } = clip.cell;
    video.muted = true;
    video.disablePictureInPicture = true;
    video.setAttribute('aria-label', data.provider + ', ' + data.label);
    video.addEventListener('seeked', () => { if (clip.video === video) room.player.sought(clip); });
    video.addEventListener('click', () => {
      room.grid.select(job);
      room.player.listenTo(clip);
      if (!room.lens.dragged && !room.given.on) room.player.toggle();
    });
    watchPictures(video, url === clip.info.url ? clip.info.first_s : null, then.ready);
    watchTrouble(video, then.failed);
    video.src = url;
    return video;
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number | null} told
   * @param {() => void} ready
   */
  function watchPictures(video, told, ready) {
    const reel = reelOf(video);
    /** @param {number} first */
    const begin = (first) => {
      if (reel.first !== null) return;
      reel.first = first;
      ready();
    };
    /** @type {VideoFrameRequestCallback} */
    const look = (now, frame) => {
      reel.shown = frame.mediaTime;
      reel.shows += 1;
      begin(frame.mediaTime);
      video.requestVideoFrameCallback(look);
    };
    const tells = 'requestVideoFrameCallback' in HTMLVideoElement.prototype;
    if (tells) video.requestVideoFrameCallback(look);
    const untold = () => { if (video.videoWidth) begin(known(told) ? told : video.currentTime); };
    video.addEventListener('loadeddata', () => setTimeout(untold, tells ? FIRST_MS : 0));
  }

  /**
   * Calls `failed` on an error at any time, for a file of which only the sound can be played, or one that never shows a picture.
   *
   * @param {HTMLVideoElement} video
   * @param {() => void} failed
   */
  function watchTrouble(video, failed) {
    const reel = reelOf(video);
    let over = false;
    let stuck = 0;
    const fail = () => {
      if (over || !video.hasAttribute('src')) return;
      over = true;
      clearTimeout(stuck);
      failed();
    };
    const wait = () => {
      clearTimeout(stuck);
      if (reel.first === null && !over) stuck = window.setTimeout(() => { if (reel.first === null) fail(); }, STUCK_MS);
    };
    video.addEventListener('error', fail);
    const look = () => { if (!video.videoWidth && reel.shown === null) fail(); };
    video.addEventListener('loadedmetadata', () => { if (!video.videoWidth) setTimeout(look, FIRST_MS); });
    for (const name of ['loadstart', 'progress', 'loadedmetadata']) video.addEventListener(name, wait);
  }

  /** @param {HTMLVideoElement} video */
  function unload(video) {
    video.pause();
    video.removeAttribute('src');
    video.load();
    video.remove();
  }

  return { behind, goIn, late, nowOf, reelOf, run, screen, unload };
})();
