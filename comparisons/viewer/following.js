/** Keeps the clips of a room at the same position while they play. */
takes.following = (() => {
  const { clamp } = takes.numbers;
  const { clampRate, settled } = takes.player;
  const { behind, goIn, nowOf, run } = takes.screens;
  const { end, frameTime, lastTime, own, within } = takes.timeline;

  const HARD_SEEK_S = 0.25;
  const AHEAD_S = 0.08; // a clip that runs on while another one stands still waits for it
  const MAX_LAG_S = 0.06;
  const STALLED_MS = 3000;
  const BEHIND_S = 0.1; // a clip this late has to be sought
  const REGROUP_MS = 5000;
  const PACE_LEAST = 0.1;
  const SLOWER = 0.6; // factor on the pace whenever some clip has been late for LATE_MS
  const FASTER = 1.15; // factor on the pace for each PACE_REST_MS in which all clips kept up
  const SLOWER_EVERY_MS = 400;
  const LATE_MS = 250; // a clip that is late for longer cannot follow
  const PACE_REST_MS = 1500;
  const JOIN_LEAD_S = 0.03; // what a play() takes to show its first frame

  /**
   * The new pace: slower if some clip has been late for a while, faster if all have kept up for a while. Null if it stays.
   *
   * @param {number} pace as a share of the speed that was asked for
   * @param {boolean} limited whether some clip is late
   * @param {number} late_ms for how long one has been
   * @param {number} rest_ms since the pace was changed
   */
  function paced(pace, limited, late_ms, rest_ms) {
    if (limited && late_ms < LATE_MS) return null;
    if (rest_ms < (limited ? SLOWER_EVERY_MS : PACE_REST_MS)) return null;
    if (!limited && pace === 1) return null;
    return limited ? Math.max(PACE_LEAST, pace * SLOWER) : Math.min(1, pace * FASTER);
  }

  /**
   * The speed for a clip that is off by so many seconds (above 0: ahead of the others), so that the gap closes.
   *
   * @param {number} off
   * @param {number} running the speed of all
   */
  function nudged(off, running) {
    return clampRate(Math.round(running * (1 - clamp(off * 3, -0.3, 0.3)) * 200) / 200);
  }

  class Following {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.pace = 1;
      this.pacedAt = 0;
      this.lateSince = 0;
      this.regroupedAt = -REGROUP_MS;
    }

    begin() {
      requestAnimationFrame(() => this.tick());
    }

    tick() {
      const { player } = this.room;
      if (!player.playing || player.starting || !this.room.element.isConnected) return;
      const { lead } = player;
      const now = performance.now();
      const position = this.together(player.from + ((now - player.at) / 1000) * player.running, now);
      if (!lead || position >= end(lead)) { player.atEnd(); return; }
      player.position = position;
      if (this.regroup(position, now)) return;
      for (const clip of player.clips) this.follow(clip, position, now);
      this.room.bar.paint();
      this.begin();
    }

    /**
     * Whether a clip plays. One whose picture has not changed for STALLED_MS no longer counts as joined.
     *
     * @param {Clip} clip
     * @param {number} now
     */
    rolling(clip, now) {
      const time = clip.video.currentTime;
      if (time !== clip.seen) Object.assign(clip, { seen: time, movedAt: now });
      if (now - clip.movedAt > STALLED_MS) clip.joined = false;
      return clip.joined && !clip.video.paused && !clip.video.seeking;
    }

    /**
     * Slows all clips down on a machine that cannot decode so many at full speed: staying together matters more than real time.
     *
     * @param {boolean} limited whether some clip is late
     * @param {number} position
     * @param {number} now
     */
    setPace(limited, position, now) {
      if (!limited) this.lateSince = 0;
      else if (!this.lateSince) this.lateSince = now;
      const pace = paced(this.pace, limited, now - this.lateSince, now - this.pacedAt);
      if (pace === null) return;
      Object.assign(this, { pace, pacedAt: now });
      this.room.player.anchor(position);
    }

    /**
     * The common position, which is held back so that the slowest playing clip is never more than MAX_LAG_S behind.
     *
     * @param {number} position
     * @param {number} now
     */
    together(position, now) {
      const { clips } = this.room.player;
      const times = clips.filter((clip) => this.rolling(clip, now)).map((clip) => position + behind(clip, position));
      const limit = Math.min(...times) + MAX_LAG_S;
      if (position > limit) this.room.player.anchor(limit);
      const starved = clips.some((clip) => clip.joined && clip.video.readyState < 3);
      this.setPace(position > limit && !starved, Math.min(position, limit), now);
      return Math.min(position, limit);
    }

    /**
     * Restarts all clips at the common position if one that kept up has fallen behind for good. Seeking only that clip would
     * need a guess of where the others will be by then, and leave it waiting ahead of them.
     *
     * @param {number} position
     * @param {number} now
     */
    regroup(position, now) {
      /** @param {Clip} clip */
      const lost = (clip) => clip.kept && !clip.joined && !clip.joining && settled(clip) && within(clip, position)
        && behind(clip, position) < -BEHIND_S;
      if (now - this.regroupedAt < REGROUP_MS || !this.room.player.clips.some(lost)) return false;
      this.regroupedAt = now;
      this.room.player.start(position);
      return true;
    }

    /**
     * @param {Clip} clip
     * @param {number} position
     * @param {number} now
     */
    follow(clip, position, now) {
      const time = own(clip, position);
      if (time < 0) { this.hold(clip, 0); return; }
      if (time >= lastTime(clip)) { this.hold(clip, clip.frames - 1); return; }
      if (clip.joined && clip.video.paused) clip.joined = false;
      const off = behind(clip, position);
      if (clip.joined && off >= -HARD_SEEK_S && off <= AHEAD_S * Math.max(1, this.room.player.running)) this.nudge(clip, off);
      else this.join(clip, off, time, now);
    }

    /**
     * Lets a clip join the others: one that is ahead waits, paused, until they reach it; a late one is first sought to a point
     * a little ahead of them.
     *
     * @param {Clip} clip
     * @param {number} off
     * @param {number} time
     * @param {number} now
     */
    join(clip, off, time, now) {
      const { video } = clip;
      const { player } = this.room;
      clip.joined = false;
      if (!clip.loaded || video.seeking || video.readyState < 2 || clip.joining) return;
      if (!video.paused) video.pause();
      if (off < -BEHIND_S || off > 2 * player.running + 0.5) {
        clip.sought = now;
        goIn(video, Math.min(time + (clip.lead + 0.1) * player.running, lastTime(clip)));
        return;
      }
      if (off > JOIN_LEAD_S * player.running) return;
      clip.joining = true;
      video.playbackRate = clampRate(player.running);
      /** @param {boolean} plays */
      const done = (plays) => {
        const joined = plays && player.playing;
        if (clip.video === video) Object.assign(clip, { joined, kept: joined, joining: false });
      };
      run(video).then(done);
    }

    /**
     * Shows a clip's first frame before its own start, and its last after its end.
     *
     * @param {Clip} clip
     * @param {number} frame
     */
    hold(clip, frame) {
      if (!clip.video.paused) clip.video.pause();
      clip.joined = false;
      const time = frameTime(clip, frame);
      if (Math.abs(nowOf(clip.video) - time) > 0.5 / clip.fps) this.room.player.seek(clip, time);
    }

    /**
     * @param {Clip} clip
     * @param {number} off
     */
    nudge(clip, off) {
      const limit = clip.nudging ? 0.002 : 0.25 / clip.fps;
      clip.nudging = Math.abs(off) > limit;
      const rate = nudged(clip.nudging ? off : 0, this.room.player.running);
      if (clip.video.playbackRate !== rate) clip.video.playbackRate = rate;
    }
  }

  return { Following, nudged, paced };
})();
