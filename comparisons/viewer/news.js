/** Announces to screen readers what happens in a run. */
takes.news = (() => {
  const { tallyOf } = takes.head;
  const { known, seconds } = takes.numbers;

  const TOGETHER_MS = 1000; // news within this time are announced together, since a screen reader may not have read the first yet

  /**
   * The sentence about a take whose state has changed.
   *
   * @param {CellValue} data
   * @param {boolean} several whether its provider has others
   */
  function said(data, several) {
    const who = several ? data.provider + ', ' + data.label : data.provider;
    if (data.ending) return who + ': ' + data.ending + '. ' + (data.error || data.words);
    if (data.clip) return who + ' delivered' + (known(data.total_s) ? ' in ' + seconds(data.total_s) : '');
    return who + ': ' + data.words;
  }

  /**
   * A sentence for each take of a run whose state has changed.
   *
   * @param {CellValue[]} cells
   * @param {Map<string, string>} before the state that each was in, by job
   */
  function newsOf(cells, before) {
    /** @param {string} provider */
    const count = (provider) => cells.filter((data) => data.provider === provider).length;
    return cells
      .filter((data) => before.has(data.job) && before.get(data.job) !== data.state && data.is_news)
      .map((data) => said(data, count(data.provider) > 1));
  }

  class News {
    /**
     * @param {HTMLElement} live
     * @param {(words: string) => void} done called when a run that this page saw under way is done
     */
    constructor(live, done) {
      this.live = live;
      this.done = done;
      /** @type {string[]} */
      this.lines = []; // the last announcement
      this.told = -TOGETHER_MS;
      /** @type {string | null} */
      this.underWay = null; // the run that this page saw under way
    }

    /**
     * @param {RunValue} value
     * @param {Map<string, string>} before
     */
    tell(value, before) {
      const lines = newsOf(value.cells, before);
      if (value.done && this.underWay === value.run) {
        lines.push('All takes are in');
        this.done(tallyOf(value.cells));
      }
      this.underWay = value.done ? null : value.run;
      if (!lines.length) return;
      const now = performance.now();
      this.lines = now - this.told < TOGETHER_MS ? [...this.lines, ...lines] : lines;
      this.told = now;
      this.live.textContent = this.lines.join('. ');
    }
  }

  return { News, newsOf };
})();
