/** Filmstrips under the grid: a row of up to eight frames for each take; a click goes to that frame's time. */
takes.strips = (() => {
  const { make, put } = takes.dom;
  const { placeIn } = takes.elements;
  const { clamp } = takes.numbers;
  const { nameOf } = takes.pair;
  const { frameAt, frameTime, own, shifted } = takes.timeline;

  const STRIP_FRAMES = 8;

  /**
   * The frames that a strip shows: the first, the last, and others evenly between (as `strip_frames` in media/copies.py).
   *
   * @param {number} frames of the clip
   */
  function stripFrames(frames) {
    const count = Math.min(STRIP_FRAMES, frames);
    return Array.from({ length: count }, (_, i) => Math.round((i * (frames - 1)) / Math.max(1, count - 1)));
  }

  /**
   * Where the playhead is on a strip, as a fraction of its width: from the middle of the first picture to the middle of the last.
   *
   * @param {number} frame
   * @param {number} frames of the clip
   */
  function headAt(frame, frames) {
    const count = stripFrames(frames).length;
    return (0.5 + (frame / Math.max(1, frames - 1)) * (count - 1)) / count;
  }

  class Strips {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.box = make('section', 'tg-strips', room.root, { 'aria-label': 'Filmstrips', hidden: '' });
      make('h3', 'tg-strips-title', this.box).textContent = 'Filmstrips';
      make('p', 'tg-note', this.box).textContent = 'Eight frames of each take, from its first to its last. Click one to go there.';
      this.rows = make('div', 'tg-strip-rows', this.box);
      /** @type {Map<string, Strip>} */
      this.byJob = new Map();
    }

    /** Shows a strip for every take that has one, in the order of the takes. */
    place() {
      const { clips, grid } = this.room;
      const shown = grid.all().filter((cell) => clips.has(cell.job) && cell.data.clip && cell.data.clip.strip);
      this.box.hidden = shown.length === 0;
      for (const [job, strip] of this.byJob) {
        if (shown.some((cell) => cell.job === job)) continue;
        strip.node.remove();
        this.byJob.delete(job);
      }
      shown.forEach((cell, index) => {
        const strip = this.byJob.get(cell.job) || this.made(cell);
        this.byJob.set(cell.job, strip);
        put(strip.name, cell.number.textContent + ' · ' + nameOf(cell));
        if (this.rows.children[index] !== strip.node) this.rows.insertBefore(strip.node, this.rows.children[index] || null);
      });
    }

    /**
     * @param {Cell} cell
     * @returns {Strip}
     */
    made(cell) {
      const node = make('figure', 'tg-strip');
      const name = make('figcaption', 'tg-strip-name', node);
      const film = make('div', 'tg-film', node);
      const image = make('img', 'tg-film-image', film, { loading: 'lazy', alt: 'Eight frames of ' + nameOf(cell) });
      image.src = (cell.data.clip && cell.data.clip.strip) || '';
      const head = make('span', 'tg-film-head', film, { 'aria-hidden': 'true' });
      film.addEventListener('click', (event) => this.goTo(this.room.clips.get(cell.job), placeIn(film, event)[0]));
      return { node, name, head };
    }

    /**
     * @param {Clip | undefined} clip
     * @param {number} part of the strip that was clicked
     */
    goTo(clip, part) {
      if (!clip) return;
      const frames = stripFrames(clip.frames);
      const frame = frames[clamp(Math.floor(part * frames.length), 0, frames.length - 1)];
      this.room.player.jump(frameTime(clip, frame) - shifted(clip));
    }

    paint() {
      for (const [job, strip] of this.byJob) {
        const clip = this.room.clips.get(job);
        if (!clip) continue;
        const frame = frameAt(clip, own(clip, this.room.player.position));
        strip.head.style.left = (headAt(frame, clip.frames) * 100).toFixed(2) + '%';
      }
    }
  }

  return { Strips, headAt, stripFrames };
})();
