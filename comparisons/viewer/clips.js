/** The clips of a room that can be played, by the job id of their take. */
takes.clips = (() => {
  const { filesOf, wholeOf } = takes.copies;
  const { reelOf, screen, unload } = takes.screens;
  const { rateOf } = takes.timeline;

  class Clips {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      /** @type {Map<string, Clip>} */
      this.byJob = new Map();
    }

    all() {
      return Array.from(this.byJob.values());
    }

    /** @param {string | null} job */
    get(job) {
      return job === null ? undefined : this.byJob.get(job);
    }

    /** @param {string | null} job */
    has(job) {
      return this.get(job) !== undefined;
    }

    /**
     * Makes a cell play this clip, unless it does already; or none, if `info` is null.
     *
     * @param {Cell} cell
     * @param {ClipInfo | null} info
     */
    set(cell, info) {
      const url = info ? info.url : null;
      if (url === cell.url) return;
      this.drop(cell);
      cell.url = url;
      cell.unshown = false;
      if (info) this.add(cell, info);
    }

    /**
     * @param {Cell} cell
     * @param {ClipInfo} info
     */
    add(cell, info) {
      const clip = this.made(cell, info);
      this.byJob.set(cell.job, clip);
      if (info.poster) clip.video.poster = info.poster;
      cell.stage.prepend(clip.video);
      if (info.moments) this.hearMoments(clip, info.moments);
      this.room.copies.lighten();
    }

    /**
     * @param {Cell} cell
     * @param {ClipInfo} info
     */
    made(cell, info) {
      const fps = rateOf(info);
      const frames = info.frames || Math.round((info.duration_s || 0) * fps) || 1;
      const clip = /** @type {Clip} */ ({
        cell, info, fps, frames, moments: null, lasts: frames / fps, audio: Boolean(info.audio), want: null, loaded: false,
        joined: false, joining: false, kept: false, nudging: false, lead: 0.1, sought: 0, seen: 0, movedAt: 0, shift: 0,
        files: filesOf(info), small: info.small, load: (info.width || 0) * (info.height || 0) * fps, next: null, partly: false,
      });
      const video = screen(this.room, clip, wholeOf(clip) || '', {
        ready: () => this.measure(clip),
        failed: () => this.room.copies.fail(clip, video),
      });
      this.hang(clip, video);
      return clip;
    }

    /**
     * @param {Clip} clip
     * @param {HTMLVideoElement} video
     */
    hang(clip, video) {
      this.room.sight.watch(video);
      clip.video = video;
      clip.cell.video = video;
    }

    /** @param {Cell} cell */
    drop(cell) {
      if (!cell.video) return;
      const clip = this.byJob.get(cell.job);
      this.byJob.delete(cell.job);
      if (clip && clip.next) unload(clip.next);
      unload(cell.video);
      cell.video = null;
    }

    /**
     * Called when a clip's first picture is there, and it is known when the file shows it.
     *
     * @param {Clip} clip
     */
    measure(clip) {
      const { info, video } = clip;
      clip.loaded = true;
      if (!info.frames && Number.isFinite(video.duration)) {
        clip.lasts = Math.max(video.duration - (reelOf(video).first || 0), 1 / clip.fps);
        clip.frames = Math.max(1, Math.round(clip.lasts * clip.fps));
      }
      if (!info.width) clip.load = video.videoWidth * video.videoHeight * clip.fps;
      this.room.copies.straighten(clip);
      this.standStill();
    }

    /**
     * For a clip whose pictures come unevenly: learns when each of them begins.
     *
     * @param {Clip} clip
     * @param {string | number[]} told these moments in seconds, or the URL that answers with them
     */
    async hearMoments(clip, told) {
      /** @type {number[]} */
      const times = Array.isArray(told) ? told : await fetch(told).then((answer) => (answer.ok ? answer.json() : []), () => []);
      if (times.length < 2 || this.byJob.get(clip.cell.job) !== clip) return;
      clip.moments = times.map((time) => time - times[0]);
      clip.frames = times.length;
      clip.lasts = Math.max(clip.info.duration_s || 0, clip.moments[times.length - 1] + 0.001);
      this.standStill();
    }

    /** After something new is known about a clip: seeks paused takes again; a clip that plays joins the others as a late one. */
    standStill() {
      const { player, bar } = this.room;
      if (!player.playing) { player.stand(); return; }
      for (const clip of this.all()) if (!clip.joined) clip.want = null;
      bar.paint();
    }

    /**
     * Replaces a clip's video element with another one, at the same frame. While all play, it then joins the others as a late
     * clip does.
     *
     * @param {Clip} clip
     * @param {HTMLVideoElement} video
     */
    replace(clip, video) {
      const before = clip.video;
      video.muted = before.muted;
      before.replaceWith(video);
      this.hang(clip, video);
      unload(before);
      Object.assign(clip, { next: null, want: null, joined: false, joining: false, kept: false, nudging: false, sought: 0 });
      if (!clip.loaded) this.measure(clip);
    }
  }

  return { Clips };
})();
