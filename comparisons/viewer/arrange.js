/**
 * Which takes of a run are shown, and in which order. This holds in this browser only: neither the run nor what others see
 * changes. A hidden take is not in the grid, the player or a pair.
 */
takes.arrange = (() => {
  const { find, make, put } = takes.dom;
  const { labeled, wordButton } = takes.elements;
  const { recall, remember } = takes.memory;

  const PLACED = 'placed';
  const STAR = 'star';
  const SORTS = [
    ['asked', 'as asked'], ['time', 'fastest first'], ['cost', 'cheapest first'], ['name', 'by name'], [STAR, 'starred first'],
    [PLACED, 'as placed'],
  ];
  const KEPT = 'takes-arranged'; // in the browser's memory of this tab

  /** @returns {Arranged} */
  const asAsked = () => ({ sort: 'asked', placed: [], pinned: [], hidden: [] });

  /** Sorts unknown values last. @param {number | null} value */
  const last = (value) => (value === null ? Infinity : value);
  /** @param {CellValue} data */
  const nameOf = (data) => data.provider + ', ' + data.label;

  /** @param {CellValue} data */
  const isStarred = ({ mark }) => Boolean(mark && mark.star);

  /** @type {Record<string, (a: CellValue, b: CellValue) => number>} */
  const BY = {
    time: (a, b) => compared(last(a.total_s), last(b.total_s)),
    cost: (a, b) => compared(last(a.usd), last(b.usd)),
    name: (a, b) => nameOf(a).localeCompare(nameOf(b)),
    [STAR]: (a, b) => Number(isStarred(b)) - Number(isStarred(a)),
  };

  /** Compares two numbers, which may both be Infinity. @param {number} a @param {number} b */
  const compared = (a, b) => (a === b ? 0 : a - b);

  /**
   * The takes that are shown, in their order: pinned ones first, then the others. If a person moved takes, new ones come last.
   *
   * @param {CellValue[]} cells
   * @param {Arranged} how
   */
  function shownOf(cells, { sort, placed, pinned, hidden }) {
    /** @param {CellValue} data */
    const place = ({ job }) => last(placed.includes(job) ? placed.indexOf(job) : null);
    const by = sort === PLACED ? (/** @type {CellValue} */ a, /** @type {CellValue} */ b) => compared(place(a), place(b)) : BY[sort];
    const shown = cells.filter((data) => !hidden.includes(data.job));
    if (by) shown.sort(by);
    /** @param {CellValue} data */
    const isPinned = (data) => pinned.includes(data.job);
    return [...shown.filter(isPinned), ...shown.filter((data) => !isPinned(data))];
  }

  /**
   * The order after one take has changed places with its neighbour.
   *
   * @param {string[]} jobs
   * @param {string} job
   * @param {number} by -1 is one place earlier, 1 one later
   */
  function movedIn(jobs, job, by) {
    const from = jobs.indexOf(job);
    const to = from + by;
    if (from < 0 || to < 0 || to >= jobs.length) return jobs;
    const moved = jobs.slice();
    [moved[from], moved[to]] = [moved[to], moved[from]];
    return moved;
  }

  /** @param {string[]} list @param {string} one */
  const switched = (list, one) => (list.includes(one) ? list.filter((each) => each !== one) : [...list, one]);

  class Arrange {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      /** @type {CellValue[]} */
      this.cells = [];
      this.how = asAsked();
      this.off = false; // true for a ballot, which has an order of its own
    }

    /** @param {Element} side */
    buildIn(side) {
      const pick = labeled(side, 'Order');
      this.pick = pick;
      this.sort = make('select', 'tg-speed', pick, { 'data-act': 'sort' });
      for (const [value, words] of SORTS) make('option', '', this.sort, { value }).textContent = words;
      const { sort } = this;
      sort.addEventListener('change', () => this.change({ sort: sort.value }));
      this.unhide = wordButton(side, 'tg-act', { 'data-act': 'unhide' }, '', () => this.showAll());
    }

    /** Begins a run: arranged as it was left in this tab, else in the order of the request. @param {string} run */
    begin(run) {
      this.how = { ...asAsked(), ...kept(run) };
    }

    /**
     * The takes of a run that are shown.
     *
     * @param {RunValue} value
     */
    shown(value) {
      this.cells = value.cells;
      this.off = Boolean(value.ballot);
      return this.off ? value.cells : shownOf(value.cells, this.how);
    }

    paint() {
      const hidden = this.off ? 0 : this.cells.filter(({ job }) => this.how.hidden.includes(job)).length;
      if (!this.pick || !this.sort || !this.unhide) return;
      this.pick.hidden = this.off || this.cells.length < 2;
      const starring = find(this.sort, 'option[value=' + STAR + ']');
      starring.hidden = !this.cells.some(({ mark }) => mark); // an exported folder has no stars
      this.sort.value = this.how.sort;
      put(this.unhide, hidden ? hidden + ' hidden: show' : '');
      for (const cell of this.room.grid.all()) this.paintCell(cell);
    }

    /** @param {Cell} cell */
    paintCell({ node, job, pin, placing }) {
      const pinned = this.how.pinned.includes(job);
      node.dataset.pinned = String(pinned && !this.off);
      pin.setAttribute('aria-pressed', String(pinned));
      placing.hidden = this.off;
    }

    /** @param {Partial<Arranged>} how */
    change(how) {
      if (this.off) return;
      Object.assign(this.how, how);
      remember('tab', KEPT, { run: this.room.shown, how: this.how });
      this.room.lay();
    }

    /**
     * Notes a take's new mark here too, since the server, which is sent it, does not send it back.
     *
     * @param {string} job
     * @param {MarkValue} mark
     */
    note(job, mark) {
      for (const data of this.cells) if (data.job === job) data.mark = mark;
      if (this.how.sort === STAR) this.room.lay();
    }

    /**
     * Hides a take. If the focus was in it, it goes to the same button of the take that is now in its place; after a press with the
     * pointer to the room, where Space plays and hides nothing.
     *
     * @param {string} job
     */
    hide(job) {
      const shown = shownOf(this.cells, this.how);
      if (this.off || shown.length < 2) return;
      const cell = this.room.grid.cells.get(job);
      const { activeElement } = document;
      const hadFocus = cell && activeElement && cell.node.contains(activeElement);
      const byKey = hadFocus && activeElement.matches(':focus-visible');
      this.change({ hidden: switched(this.how.hidden, job) });
      const left = this.room.grid.all();
      const next = left[Math.min(shown.findIndex((data) => data.job === job), left.length - 1)];
      if (hadFocus && next) (byKey ? find(next.node, '[data-act=hide]') : this.room.root).focus({ preventScroll: true });
    }

    showAll() {
      const hadFocus = this.unhide && this.unhide === document.activeElement;
      this.change({ hidden: [] });
      if (hadFocus && this.sort) this.sort.focus(); // the button is gone
    }

    /** @param {string} job */
    pin(job) {
      this.change({ pinned: switched(this.how.pinned, job) });
    }

    /**
     * @param {string} job
     * @param {number} by
     */
    move(job, by) {
      const jobs = shownOf(this.cells, this.how).map((data) => data.job);
      const { pinned } = this.how;
      const placed = movedIn(jobs, job, by);
      this.change({ sort: PLACED, placed, pinned: placed.filter((each) => pinned.includes(each)) });
    }
  }

  /**
   * @param {string} run
   * @returns {Partial<Arranged>}
   */
  function kept(run) {
    const told = recall('tab', KEPT);
    return told && told.run === run ? told.how : {};
  }

  return { Arrange, movedIn, shownOf };
})();
