/** The takes of a run, beside each other. */
takes.grid = (() => {
  const { makeCell, tickCell, updateCell, updateTimes } = takes.cell;
  const { make, put } = takes.dom;

  const MANY = 12;
  const WIDEST = 16 / 9;
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWX';

  /**
   * Full rows of equal size read best: six takes stand in threes, eight in fours, upright and very many in sixes.
   *
   * @param {number} count
   * @param {boolean} upright
   */
  function columnsOf(count, upright) {
    if (count > MANY) return 6;
    if (upright) return Math.min(Math.max(count, 3), 6);
    if (count <= 4) return Math.max(count, 2);
    return count % 4 === 0 || count > 9 ? 4 : 3;
  }

  /**
   * All stages have one shape, width by height: that of the clips if these stand upright or are square, else 16 : 9.
   *
   * @param {{ clip: Pick<ClipInfo, 'width' | 'height'> | null }[]} cells
   */
  function shapeOf(cells) {
    const shapes = cells.flatMap(({ clip }) => (clip && clip.width && clip.height ? [clip.width / clip.height] : []));
    return shapes.length ? Math.min(WIDEST, Math.max(...shapes)) : WIDEST;
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
    }

    all() {
      return Array.from(this.cells.values());
    }

    get columns() {
      return columnsOf(this.cells.size, this.room.root.dataset.upright === 'true');
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
      const { root } = this.room;
      const shape = shapeOf(values);
      const upright = shape < 1;
      const many = values.length > MANY;
      const columns = columnsOf(values.length, upright);
      root.dataset.upright = String(upright);
      root.dataset.many = String(many);
      root.style.setProperty('--stage', String(shape));
      root.style.setProperty('--rows', String(Math.ceil(values.length / columns)));
      this.box.style.setProperty('--columns', String(columns));
      this.box.style.setProperty('--least', upright || many ? '200px' : '300px');
    }

    /**
     * Has a cell for each take, in their order. A video element that is made or moved again loses its picture, so that
     * cells that are there stay.
     *
     * @param {CellValue[]} values
     * @param {{ blind: boolean, simulated: boolean }} how
     */
    place(values, { blind, simulated }) {
      this.setShape(values);
      const wanted = new Set(values.map((data) => data.job));
      for (const cell of this.all()) if (!wanted.has(cell.job)) this.remove(cell);
      values.forEach((data, index) => {
        const cell = this.cells.get(data.job) || makeCell(this.room, data);
        this.cells.set(data.job, cell);
        if (this.box.children[index] !== cell.node) this.box.insertBefore(cell.node, this.box.children[index] || null);
        put(cell.number, blind ? LETTERS[index] : String(index + 1));
        updateCell(this.room, cell, data, simulated);
      });
    }

    /** @param {Cell} cell */
    remove(cell) {
      this.room.clips.drop(cell);
      cell.node.remove();
      this.cells.delete(cell.job);
    }

    /**
     * What goes on in takes that are waited for.
     *
     * @param {boolean} whole whether another second is over
     */
    tick(whole) {
      for (const cell of this.all()) {
        if (!cell.data.waiting) continue;
        tickCell(this.room, cell);
        if (whole) updateTimes(this.room, cell);
      }
    }
  }

  return { Grid, LETTERS, columnsOf, shapeOf };
})();
