/**
 * Takes that are ticked, in History or in the grid, to be compared even if they are of different runs. They are kept in this
 * tab of the browser; the tray at the foot of the page links to the comparison.
 */
takes.ticked = (() => {
  const { make, put } = takes.dom;
  const { wordButton } = takes.elements;
  const { recall, remember } = takes.memory;

  const KEPT = 'takes-ticked';
  const MOST = 24;

  /**
   * @param {string[]} jobs
   * @param {string} job
   * @param {boolean} to
   */
  function tickedWith(jobs, job, to) {
    const others = jobs.filter((each) => each !== job);
    return to && others.length < MOST ? [...others, job] : others;
  }

  /** @param {number} count */
  const trayWords = (count) => count + (count === 1 ? ' take ticked' : ' takes ticked') + (count === MOST ? ', the most that are shown together' : '');

  class Ticked {
    constructor() {
      this.jobs = kept();
      this.tray = make('div', 'takes-tray', document.body, { role: 'region', 'aria-label': 'Ticked takes', hidden: '' });
      this.words = make('span', '', this.tray, { role: 'status' });
      this.lead = make('a', 'takes-tray-lead', this.tray);
      put(this.lead, 'Compare them');
      wordButton(this.tray, '', { 'data-act': 'untick' }, 'Clear', () => this.clear());
      document.addEventListener('change', ({ target }) => {
        if (target instanceof HTMLInputElement && target.dataset.tick) this.tick(target.dataset.tick, target.checked);
      });
      document.addEventListener('takes-tick', (event) => {
        const job = /** @type {CustomEvent<string>} */ (event).detail;
        this.tick(job, !this.jobs.includes(job));
      });
      document.addEventListener('takes-rows', () => this.paint());
      this.paint();
    }

    /**
     * @param {string} job
     * @param {boolean} to
     */
    tick(job, to) {
      this.set(tickedWith(this.jobs, job, to));
    }

    /** @param {string[]} jobs */
    set(jobs) {
      this.jobs = jobs;
      remember('tab', KEPT, jobs);
      this.paint();
    }

    /** The button, which had the focus, goes with the tray: the focus goes to the open tab. */
    clear() {
      this.set([]);
      const tab = document.querySelector('[role=tab][aria-selected=true]');
      if (tab instanceof HTMLElement) tab.focus({ preventScroll: true });
    }

    paint() {
      const { jobs } = this;
      this.tray.hidden = jobs.length === 0;
      put(this.words, jobs.length ? trayWords(jobs.length) : '');
      this.lead.href = '?takes=' + jobs.join(',');
      /** @type {NodeListOf<HTMLInputElement>} */
      const boxes = document.querySelectorAll('input[data-tick]');
      for (const box of boxes) box.checked = jobs.includes(box.dataset.tick || '');
      /** @type {NodeListOf<HTMLElement>} */
      const buttons = document.querySelectorAll('button[data-tick]');
      for (const button of buttons) button.setAttribute('aria-pressed', String(jobs.includes(button.dataset.tick || '')));
    }
  }

  /** @returns {string[]} */
  function kept() {
    const told = recall('tab', KEPT);
    return Array.isArray(told) ? told.filter((each) => typeof each === 'string') : [];
  }

  const open = () => new Ticked();

  return { open, tickedWith, trayWords };
})();
