/** While a room plays: keeps its clips together, picture by picture. */
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
  const SLOWER = 0.6; // per look at which some clip could not follow
  const FASTER = 1.15; // per PACE_REST_MS in which all could
  const SLOWER_EVERY_MS = 400;
  const LATE_MS = 250; // a clip that is late for longer cannot follow
  const PACE_REST_MS = 1500;
  const JOIN_LEAD_S = 0.03; // what a play() takes to show its first frame

  /**
   * The pace after one look: slower where some clip has been late for a while, faster after a while in which all could
   * follow. Null where it stays as it is for now.
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
   * The speed of a clip that is off by so many seconds, ahead if above 0.
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
     * Whether a clip plays. One whose picture has stood for long is left behind.
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
     * A machine too slow for so many clips slows all of them down: staying together matters more than real time.
     *
     * @param {boolean} limited
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
     * The position of all, which waits for the last of those that play.
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
     * A clip that kept up and then fell behind for good: all of them start afresh where they are, rather than that it is
     * sought to where they may be by then, and stands there ahead of them.
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
     * A clip ahead of the others waits, paused, until they come by; one that arrives late is first sought to a little ahead.
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
     * Before its own start a clip shows its first frame, after its end its last.
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
