/** The takes of a run, beside each other. */
takes.grid = (() => {
  const { makeCell, tickCell, updateCell, updateTimes } = takes.cell;
  const { make, put } = takes.dom;

  const WIDEST = 16 / 9;
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWX';
  const GAP = 12; // pixels between takes, as in stage.css
  const LINE = 46; // pixels of the line below each picture, and of its frame
  const BADGES = 24; // pixels of the notes below that, if some take has any
  const PLAYER = 64; // pixels of the player's bar, assumed until it is there
  const LEAST = 170; // takes are not made narrower than this to show all at once
  const ONE_A_ROW = 560; // a window as narrow as a phone's

  /**
   * The number of columns in which the takes are largest while all are seen at once, and the width of one in pixels. If that
   * would make them too narrow, they have the least width, and the page scrolls.
   *
   * @param {number} count
   * @param {number} shape width by height of a picture
   * @param {{ width: number, height: number }} room pixels there are for them
   * @param {number} below pixels that each take has below its picture
   */
  function fit(count, shape, { width, height }, below) {
    if (width < ONE_A_ROW) return { columns: 1, cell: width };
    /** @param {number} columns */
    const across = (columns) => Math.floor((width - GAP * (columns - 1)) / columns);
    let best = { columns: 1, cell: 0 };
    for (let columns = 1; columns <= Math.max(count, 1); columns += 1) {
      const rows = Math.ceil(count / columns);
      const down = Math.floor(((height - GAP * (rows - 1)) / rows - below) * shape);
      const cell = Math.min(across(columns), down);
      if (cell > best.cell) best = { columns, cell };
    }
    const least = Math.min(LEAST, LEAST * shape);
    if (best.cell >= least) return best;
    const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    return { columns, cell: across(columns) };
  }

  /**
   * Width divided by height of every stage: that of the widest clip, at most 16 : 9, which also holds without clips.
   *
   * @param {{ clip: Pick<ClipInfo, 'width' | 'height'> | null }[]} cells
   */
  function shapeOf(cells) {
    const shapes = cells.flatMap(({ clip }) => (clip && clip.width && clip.height ? [clip.width / clip.height] : []));
    return shapes.length ? Math.min(WIDEST, Math.max(...shapes)) : WIDEST;
  }

  /**
   * Puts a node at an index among its parent's children. A browser with `moveBefore` keeps a video's picture and playback.
   *
   * @param {Element & { moveBefore?: (node: Node, before: Node | null) => void }} parent
   * @param {Element} node
   * @param {number} index
   */
  function putAt(parent, node, index) {
    const there = parent.children[index] || null;
    if (there === node) return;
    if (parent.moveBefore && node.parentNode === parent) parent.moveBefore(node, there);
    else parent.insertBefore(node, there);
  }

  class Grid {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.box = make('div', 'tg-cells', room.root);
      /** @type {Map<string, Cell>} */
      this.cells = new Map();
      /** @type {string | null} */
      this.selected = null;
      this.shape = WIDEST;
      this.columns = 1;
      this.width = 0;
      new ResizeObserver(([{ contentRect }]) => this.widen(contentRect.width)).observe(room.root);
      window.addEventListener('resize', () => this.lay());
    }

    all() {
      return Array.from(this.cells.values());
    }

    /** @param {number} width of the room, which also changes when its tab is opened */
    widen(width) {
      if (width === this.width) return;
      this.width = width;
      requestAnimationFrame(() => this.lay());
    }

    /** Sizes the takes so that all are seen at once, if the window is large enough. */
    lay() {
      const count = this.cells.size;
      if (!count || !this.box.clientWidth) return;
      const { columns, cell } = fit(count, this.shape, this.space(), this.isFull() ? 0 : this.below());
      this.columns = columns;
      const { style } = this.box;
      style.setProperty('--columns', String(columns));
      style.setProperty('--cell', cell + 'px');
    }

    isFull() {
      return document.fullscreenElement === this.room.root;
    }

    /** Pixels below each picture: its line, and the notes if some take has any. */
    below() {
      return LINE + (this.all().some((cell) => !cell.badges.hidden) ? BADGES : 0);
    }

    /** Pixels there are for the takes between what is above them and the player. */
    space() {
      const player = this.room.bar ? this.room.bar.box.offsetHeight || PLAYER : PLAYER;
      if (this.isFull()) return { width: window.innerWidth - 2 * GAP, height: window.innerHeight - player - 2 * GAP };
      const above = this.box.getBoundingClientRect().top + window.scrollY;
      return { width: this.box.clientWidth, height: window.innerHeight - above - player - 2 * GAP };
    }

    /** @param {string | null} job */
    select(job) {
      this.selected = job;
      for (const cell of this.cells.values()) {
        if (cell.job === job) cell.node.setAttribute('aria-current', 'true');
        else cell.node.removeAttribute('aria-current');
      }
    }

    /** @param {number} number counted from 1 */
    selectNumbered(number) {
      const job = Array.from(this.cells.keys())[number - 1];
      if (job) this.select(job);
    }

    /** @param {CellValue[]} values */
    setShape(values) {
      this.shape = shapeOf(values);
      this.room.root.style.setProperty('--stage', String(this.shape));
    }

    /**
     * Makes the grid have a cell for each take, in their order. Existing cells stay, since a video element that is created or
     * moved again loses its picture.
     *
     * @param {CellValue[]} values
     * @param {{ blind: boolean, simulated: boolean }} how
     */
    place(values, { blind, simulated }) {
      this.setShape(values);
      const wanted = new Set(values.map((data) => data.job));
      for (const cell of this.all()) if (!wanted.has(cell.job)) this.remove(cell);
      const before = this.cells;
      this.cells = new Map();
      values.forEach((data, index) => {
        const cell = before.get(data.job) || makeCell(this.room, data);
        this.cells.set(data.job, cell);
        putAt(this.box, cell.node, index);
        put(cell.number, blind ? LETTERS[index] : String(index + 1));
        updateCell(this.room, cell, data, simulated);
      });
      this.lay();
    }

    /** @param {Cell} cell */
    remove(cell) {
      this.room.clips.drop(cell);
      cell.node.remove();
      this.cells.delete(cell.job);
    }

    /**
     * Updates the times of takes that are waited for.
     *
     * @param {boolean} whole whether another whole second has passed
     */
    tick(whole) {
      for (const cell of this.all()) {
        if (!cell.data.waiting) continue;
        tickCell(this.room, cell);
        if (whole) updateTimes(this.room, cell);
      }
    }
  }

  return { Grid, LETTERS, fit, shapeOf };
})();
