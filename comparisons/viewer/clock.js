/** The browser's estimate of the server's clock. Times are seconds of the server's clock. */
takes.clock = (() => {
  class ServerClock {
    /** @param {() => number} now the browser's own clock, in seconds */
    constructor(now) {
      this.now = now;
      /** @type {string | null} */
      this.run = null;
      this.ahead = -Infinity; // by how much the server's clock is ahead of the browser's
      this.told = 0; // when the server made the last value
      this.runs = false; // whether further values will come
    }

    /**
     * Learns from a value's time. A value can only arrive late, so the largest difference seen is the closest to the true one.
     *
     * @param {{ run: string, now: number, watch_url?: string | null }} value
     */
    hear(value) {
      if (this.run !== value.run) this.ahead = -Infinity;
      Object.assign(this, { run: value.run, told: value.now, runs: Boolean(value.watch_url) });
      this.ahead = Math.max(this.ahead, value.now - this.now());
    }

    /** @param {number} time */
    since(time) {
      return Math.max(0, this.now() + this.ahead - time);
    }

    /** Seconds since the last value was made. */
    sinceTold() {
      return this.since(this.told);
    }
  }

  return { ServerClock };
})();
