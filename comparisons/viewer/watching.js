/**
 * Where a room gets the values of its run from. The first comes from the page, as the answer to a press; further ones come from
 * the server's stream while the run goes on. When another take is over, it also asks the page for new figures, which are shown
 * below the room.
 */
takes.watching = (() => {
  const { Stream } = takes.stream;

  const FIGURES_MS = 1000; // the least time between two requests for figures

  /** @param {Pick<RunValue, 'run' | 'ended' | 'done' | 'trouble'>} value */
  const figuresOf = (value) => [value.run, value.ended, value.done, value.trouble].join(' ');

  /**
   * Whether a later value than this one has already been shown.
   *
   * @param {Pick<RunValue, 'run' | 'now' | 'ballot'>} value
   * @param {string | null} run that is shown
   * @param {number} told when its last value was made
   */
  const isOld = (value, run, told) => run === value.run && !value.ballot && value.now < told;

  class Watching {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      /** @type {InstanceType<typeof Stream> | null} */
      this.stream = null;
      this.figures = '';
      this.asked = -FIGURES_MS;
      this.soon = 0;
    }

    /** Whether the run goes on but the server, which would tell how, is gone. */
    isLost() {
      return this.stream !== null && !this.stream.over && this.stream.lost;
    }

    /** @param {RunValue} value */
    isOld(value) {
      return isOld(value, this.room.shown, this.room.clock.told);
    }

    /**
     * Shows a value that comes from the page.
     *
     * @param {unknown} told
     */
    hearPage(told) {
      const value = /** @type {RunValue | null} */ (told);
      if (!value || !value.cells) { this.watch(null); this.room.show(null); return; }
      if (this.isOld(value)) return;
      this.figures = figuresOf(value);
      clearTimeout(this.soon);
      this.room.show(value);
      if (!value.ballot) this.room.props.value = { run: value.run }; // Stop all sends it to the server, which needs no more
      this.watch(value.watch_url || null);
    }

    /**
     * Shows a value that comes from the stream.
     *
     * @param {RunValue} value
     */
    hear(value) {
      if (this.isOld(value)) return;
      this.room.show(value);
      if (figuresOf(value) === this.figures) return;
      this.figures = figuresOf(value);
      clearTimeout(this.soon);
      const rest = value.done ? 0 : this.asked + FIGURES_MS - performance.now();
      this.soon = window.setTimeout(() => this.askFigures(), Math.max(0, rest));
    }

    askFigures() {
      this.asked = performance.now();
      this.room.trigger('figures', { run: this.room.shown });
    }

    /** @param {string | null} url */
    watch(url) {
      if (this.stream && this.stream.url === url && !this.stream.over) return;
      if (this.stream) this.stream.end();
      this.stream = url ? new Stream(this.room.element, url, (value) => this.hear(/** @type {RunValue} */ (value)), () => this.askFigures()) : null;
    }
  }

  return { Watching, figuresOf, isOld };
})();
