/**
 * The one player that controls all clips of a room. Its position follows the page's clock; clips are brought towards it by
 * small changes of their speed (`following.js`), and only a clip that is far off is sought. Positions are seconds from the
 * common start.
 */
takes.player = (() => {
  const { clamp } = takes.numbers;
  const { behind, goIn, late, nowOf, reelOf, run } = takes.screens;
  const { frameAt, frameTime, lastFrame, lastTime, master, masterFrameAt, masterTime, own, stepFrom, within } = takes.timeline;

  const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];
  const NUDGE_S = 0.001;
  const SETTLE_S = 4; // how long a start waits for clips that are not where they should be

  /** @param {number} rate */
  const clampRate = (rate) => clamp(rate, 0.0625, 16);
  /** @param {Clip} clip */
  const settled = (clip) => clip.want === null && !clip.video.seeking && clip.video.readyState >= 2;

  class Player {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.position = 0;
      this.playing = false;
      this.starting = false;
      this.rate = 1;
      this.loop = true;
      this.muted = true;
      /** @type {string | null} */
      this.solo = null;
      this.token = 0; // the number of the last start: an earlier one that is still waiting gives up
      this.at = 0; // when the position was `from`, in milliseconds of the page's clock
      this.from = 0;
    }

    get clips() {
      return this.room.clips.all();
    }

    /** The clip that gives the timecode its frames and the scrubber its length. */
    get lead() {
      return master(this.clips);
    }

    /** The frame of the lead that is shown. */
    get frame() {
      const { lead } = this;
      return lead ? masterFrameAt(lead, this.position) : 0;
    }

    /** The speed at which all clips really run: slower than chosen if this machine cannot decode so many at once. */
    get running() {
      return this.rate * this.room.following.pace;
    }

    /**
     * @param {Clip} clip
     * @param {number} time
     */
    seek(clip, time) {
      const { video } = clip;
      if (reelOf(video).first === null || video.readyState < 1 || video.seeking) { clip.want = time; return; }
      clip.want = null;
      if (Math.abs(nowOf(video) - time) > 0.002) goIn(video, time);
    }

    /**
     * Called when a clip's seek is done: begins the seek that was wanted meanwhile.
     *
     * @param {Clip} clip
     */
    sought(clip) {
      if (clip.sought) clip.lead = clamp((performance.now() - clip.sought) / 1000, 0.02, 2);
      clip.sought = 0;
      if (clip.want !== null) this.seek(clip, clip.want);
    }

    /**
     * Resolves once all loaded clips are where they should be. A clip that is still loading joins later, so that the others
     * need not wait for it.
     *
     * @param {number} limit_s
     * @returns {Promise<void>}
     */
    allSettled(limit_s) {
      const until = performance.now() + limit_s * 1000;
      return new Promise((done) => {
        const look = () => {
          const ready = this.clips.every((clip) => settled(clip) || !clip.loaded);
          if (ready || performance.now() > until) done();
          else setTimeout(look, 8);
        };
        look();
      });
    }

    /** @param {number} position */
    async start(position) {
      this.token += 1;
      const { token } = this;
      Object.assign(this, { position, playing: true, starting: true });
      for (const clip of this.clips) {
        clip.video.pause();
        clip.video.playbackRate = clampRate(this.running);
        this.seek(clip, clamp(own(clip, position), frameTime(clip, 0), lastTime(clip)));
      }
      this.room.bar.paint();
      await this.allSettled(SETTLE_S);
      if (token !== this.token) return;
      const ready = this.clips.filter((clip) => settled(clip) && within(clip, position));
      for (const clip of this.clips) clip.joined = clip.kept = ready.includes(clip);
      await Promise.all(ready.map((clip) => run(clip.video)));
      if (token !== this.token) return;
      const times = ready.map((clip) => position + behind(clip, position)).sort((a, b) => a - b);
      this.anchor(times.length ? times[times.length >> 1] : position);
      this.starting = false;
      this.room.following.begin();
    }

    /**
     * Makes this the position at this moment; it runs on from here.
     *
     * @param {number} position
     */
    anchor(position) {
      Object.assign(this, { position, from: position, at: performance.now() });
    }

    /** @param {number} position */
    stop(position) {
      this.token += 1;
      Object.assign(this, { playing: false, starting: false });
      for (const clip of this.clips) clip.video.pause();
      this.goTo(position);
    }

    /**
     * Moves all paused clips to the middle of the lead's frame at this position.
     *
     * @param {number} position
     */
    goTo(position) {
      const { lead } = this;
      this.position = lead ? masterTime(lead, masterFrameAt(lead, position)) : 0;
      this.stand();
    }

    /**
     * Goes to a position, and plays on from there if it plays now.
     *
     * @param {number} position
     */
    jump(position) {
      if (this.playing) this.start(position);
      else this.goTo(position);
    }

    stand() {
      for (const clip of this.clips) this.seek(clip, frameTime(clip, frameAt(clip, own(clip, this.position))));
      this.room.bar.paint();
    }

    /** Makes paused clips draw their pictures again, by seeking each back and forth within the picture that it shows. */
    showAgain() {
      if (this.playing) return;
      for (const clip of this.clips.filter(settled)) {
        const time = frameTime(clip, frameAt(clip, own(clip, this.position)));
        goIn(clip.video, Math.abs(nowOf(clip.video) - time) < NUDGE_S / 2 ? time + NUDGE_S : time);
      }
    }

    toggle() {
      const { lead } = this;
      if (!lead) return;
      if (this.playing) this.stop(this.position);
      else this.start(this.position >= masterTime(lead, lastFrame(lead)) - 0.001 ? 0 : this.position);
    }

    /** Called at the end of the longest clip. */
    atEnd() {
      const { lead } = this;
      if (lead && this.loop) this.start(0);
      else this.stop(lead ? masterTime(lead, lastFrame(lead)) : 0);
    }

    /** @param {number} by */
    step(by) {
      if (!this.lead) return;
      if (this.playing) this.stop(this.position);
      this.position = stepFrom(this.clips, this.position, by);
      this.stand();
    }

    /**
     * Moves one take against the others by frames of its own; by 0 it goes back to where it was.
     *
     * @param {Clip} clip
     * @param {number} by
     */
    shift(clip, by) {
      const most = clip.frames - 1;
      clip.shift = by === 0 ? 0 : clamp(clip.shift + by, -most, most);
      this.jump(this.position);
    }

    /**
     * Sets the speed, and starts again if it plays: at a tenth of the speed, small changes of it would need seconds to close
     * a gap.
     *
     * @param {number} rate
     */
    setSpeed(rate) {
      this.rate = rate;
      this.room.following.pace = 1;
      if (this.playing) this.start(this.position);
      else this.room.bar.paint();
    }

    /** @param {number} by */
    faster(by) {
      this.setSpeed(SPEEDS[clamp(SPEEDS.indexOf(this.rate) + by, 0, SPEEDS.length - 1)]);
    }

    /** Lets only one clip be heard: the one last clicked, else the first that has sound. */
    sound() {
      const heard = this.room.clips.get(this.solo) || this.clips.find((clip) => clip.audio);
      for (const clip of this.clips) clip.video.muted = this.muted || clip !== heard;
    }

    /** @param {Clip} clip */
    listenTo(clip) {
      if (clip.audio) this.solo = clip.cell.job;
      this.sound();
    }

    /** @param {Clip} clip */
    hearAlone(clip) {
      this.muted = false;
      this.listenTo(clip);
      this.room.bar.paint();
    }

    /** How many seconds the pictures on screen are apart; 0 while each is the right one for this moment. */
    spread() {
      const times = this.clips
        .filter((clip) => clip.loaded && within(clip, this.position) && clip.video.readyState >= 2)
        .map((clip) => late(clip, this.position));
      return times.length > 1 ? Math.max(...times) - Math.min(...times) : 0;
    }
  }

  return { Player, SPEEDS, clampRate, settled };
})();
