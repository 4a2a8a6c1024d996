/** What a screen reader is told of a run, as it happens. */
takes.news = (() => {
  const { tallyOf } = takes.head;
  const { known, seconds } = takes.numbers;

  const TOGETHER_MS = 1000; // what comes sooner after the last news is said with them, which may not have been read yet

  /**
   * What is said of a take whose state changed.
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
   * What is new in the takes of a run, a sentence each.
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
     * @param {(words: string) => void} done what follows once all takes of a run that was seen under way are in
     */
    constructor(live, done) {
      this.live = live;
      this.done = done;
      /** @type {string[]} */
      this.lines = []; // said last
      this.told = -TOGETHER_MS;
      /** @type {string | null} */
      this.underWay = null; // the run that was seen while it was
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
