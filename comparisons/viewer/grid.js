/** The takes of a run, beside each other. */
takes.grid = (() => {
  const { captionsOf, paintCaption } = takes.caption;
  const { makeCell, tickCell, updateCell, updateTimes } = takes.cell;
  const { make, put } = takes.dom;

  const WIDEST = 16 / 9;
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWX';
  const GAP = 12; // pixels between takes, as in stage.css
  /**
   * What stands below each picture: the least width that a take needs for it, how many lines it is, and its pixels with those of
   * the frame. Below a narrow picture names stand below their providers, and costs below times.
   */
  const LINES = [{ least: 240, lines: 2, pixels: 46 }, { least: 200, lines: 3, pixels: 64 }, { least: 0, lines: 4, pixels: 82 }];
  const FULL_LEAST = 340; // in full screen, where it is on the picture, a take needs so much for it to be one line
  const BADGES = 24; // pixels of the notes below that, if some take has any
  const PLAYER = 64; // pixels of the player's bar, assumed until it is there
  const LEAST = 170; // takes are not made narrower than this to show all at once
  const LEAST_UPRIGHT = 140; // nor upright ones, which are higher
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
    const least = shape < 1 ? LEAST_UPRIGHT : LEAST;
    if (best.cell >= least) return best;
    const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    return { columns, cell: across(columns) };
  }

  /**
   * Width divided by height of every stage: that of the widest clip, also of those that are to come, at most 16 : 9, which also
   * holds where nothing is known.
   *
   * @param {(Pick<CellValue, 'shape' | 'given' | 'waiting'> & { clip: Pick<ClipInfo, 'width' | 'height'> | null })[]} cells
   * @param {number | null} given shape of the image that clips begin with, if it is known
   */
  function shapeOf(cells, given) {
    const shapes = cells.flatMap((data) => {
      const { clip, waiting } = data;
      if (clip && clip.width && clip.height) return [clip.width / clip.height];
      const coming = waiting ? data.shape || (data.given && given) : null;
      return coming ? [coming] : [];
    });
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
      /** @type {string | null} */
      this.opened = null; // whose details are shown
      this.noted = false; // whether there is room for notes below all takes, since they were not in when the run was first shown
      this.given = { url: '', shape: /** @type {number | null} */ (null) };
      this.shape = WIDEST;
      this.columns = 1;
      this.width = 0;
      new ResizeObserver(([{ contentRect }]) => this.widen(contentRect.width)).observe(room.root);
      window.addEventListener('resize', () => this.lay());
      room.root.addEventListener('pointerdown', ({ target }) => this.leave(/** @type {Element} */ (target)));
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
      const { bar, root } = this.room;
      root.style.setProperty('--player', (bar ? bar.box.offsetHeight || PLAYER : PLAYER) + 'px');
      const count = this.cells.size;
      if (!count || !this.box.clientWidth) return;
      const { columns, cell, lines } = this.fitted(count);
      this.columns = columns;
      Object.assign(root.dataset, { columns, lines, noted: this.noted });
      this.box.style.setProperty('--columns', String(columns));
      this.box.style.setProperty('--cell', cell + 'px');
    }

    /**
     * The columns and the width of a take in pixels, and how many lines are below its picture.
     *
     * @param {number} count of takes
     */
    fitted(count) {
      const sizes = LINES.map(({ least, lines, pixels }) => ({ least, lines, ...fit(count, this.shape, this.space(), this.below(pixels)) }));
      const right = sizes.find(({ cell, least, lines }) => cell >= (this.isFull() && lines === 2 ? FULL_LEAST : least));
      return right || sizes[0];
    }

    isFull() {
      return document.fullscreenElement === this.room.root;
    }

    /**
     * Pixels below each picture: its line and the notes. In full screen the line is on the picture.
     *
     * @param {number} line
     */
    below(line) {
      if (this.isFull()) return 0;
      return line + (this.noted || this.all().some((cell) => !cell.badges.hidden) ? BADGES : 0);
    }

    /** Pixels there are for the takes between what is above them and the player. */
    space() {
      const { bar, pair } = this.room;
      const player = bar ? bar.box.offsetHeight || PLAYER : PLAYER;
      if (this.isFull()) return { width: window.innerWidth - 2 * GAP, height: window.innerHeight - player - 2 * GAP };
      const above = this.box.getBoundingClientRect().top + window.scrollY - (pair.on ? pair.box.offsetHeight + GAP : 0);
      return { width: this.box.clientWidth, height: window.innerHeight - above - player - 2 * GAP };
    }

    /**
     * Shows what else is known of one take, on a panel over the grid, so that no other take moves; or of none.
     *
     * @param {string | null} job
     */
    open(job) {
      this.opened = job;
      this.box.style.paddingBottom = '';
      for (const { job: each, node, open, meta } of this.cells.values()) {
        const opened = each === job;
        open.setAttribute('aria-expanded', String(opened));
        node.dataset.open = String(opened);
        if (!opened) continue;
        node.dataset.side = node.offsetLeft + node.offsetWidth / 2 > this.box.offsetLeft + this.box.offsetWidth / 2 ? 'right' : 'left';
        this.makeRoom(meta);
        meta.scrollIntoView({ block: 'nearest' });
      }
    }

    /** Moves what is below the grid out of the way of a panel that reaches beyond it. @param {Element} panel */
    makeRoom(panel) {
      const beyond = panel.getBoundingClientRect().bottom - this.box.getBoundingClientRect().bottom;
      if (beyond > 0) this.box.style.paddingBottom = beyond + 'px';
    }

    /** Closes the panel after a press on another take. @param {Element} pressed */
    leave(pressed) {
      const cell = this.opened && this.cells.get(this.opened);
      if (cell && this.box.contains(pressed) && !cell.node.contains(pressed)) this.open(null);
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

    /** Learns the shape of the image that clips are to begin with, before there are any. @param {string} url */
    measure(url) {
      if (this.given.url === url) return;
      const image = new Image();
      this.given = { url, shape: null };
      image.onload = () => {
        if (this.given.url !== url) return;
        this.given.shape = image.naturalWidth / image.naturalHeight;
        this.room.lay();
      };
      image.src = url;
    }

    /** @param {CellValue[]} values */
    setShape(values) {
      const first = values.find((data) => data.waiting && data.given);
      if (first && first.given) this.measure(first.given);
      this.shape = shapeOf(values, this.given.shape);
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
      const captions = captionsOf(values);
      this.noted = this.noted || values.some((data) => data.waiting);
      const wanted = new Set(values.map((data) => data.job));
      for (const cell of this.all()) if (!wanted.has(cell.job)) this.remove(cell);
      const before = this.cells;
      this.cells = new Map();
      values.forEach((data, index) => {
        const cell = before.get(data.job) || makeCell(this.room, data);
        this.cells.set(data.job, cell);
        putAt(this.box, cell.node, index);
        paintCaption(cell.caption, captions[index]);
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
