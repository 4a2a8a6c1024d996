/** Any two takes of a room compared on one canvas: a wipe, side by side, their difference, or one and the other in turn. */
takes.pair = (() => {
  const { Canvas, aspectOf } = takes.canvas;
  const { isCopy } = takes.copies;
  const { watchDivider } = takes.divider;
  const { make, put } = takes.dom;
  const { keep, labeled, wordButton } = takes.elements;
  const { clamp } = takes.numbers;
  const { reelOf } = takes.screens;

  /** @type {Record<string, string>} */
  const MODES = { wipe: 'Wipe', side: 'Side by side', difference: 'Difference', blink: 'Blink' };
  const BLINK_MS = 700;
  const NARROW_PX = 520; // below this width, "side by side" shows one above the other
  const GAINS = [1, 4, 8, 16, 32];

  /** @param {Cell} cell */
  const nameOf = ({ data }) => data.provider + (data.label ? ' · ' + data.label : '');

  /**
   * Which two takes are compared: the same as before if they still play, else the selected one and the next.
   *
   * @param {string[]} able jobs of the takes that play, two at least
   * @param {string | null} a
   * @param {string | null} b
   * @param {string | null} selected
   * @returns {[string, string]}
   */
  function chosen(able, a, b, selected) {
    const first = [a, selected].find((job) => job !== null && able.includes(job)) || able[0];
    const second = b !== null && able.includes(b) && b !== first ? b : able[(able.indexOf(first) + 1) % able.length];
    return [first, second];
  }

  /** @param {Element} parent */
  function stageOf(parent) {
    const stage = make('div', 'tg-pair-stage', make('div', 'tg-pair-room', parent));
    return {
      stage,
      canvas: make('canvas', 'tg-canvas', stage, { role: 'img' }),
      nameA: make('span', 'tg-name tg-name-a', stage),
      nameB: make('span', 'tg-name tg-name-b', stage),
      sandbox: make('span', 'tg-sandbox', stage),
      divider: make('div', 'tg-divider', stage, {
        role: 'slider', tabindex: '0', 'aria-label': 'Divider between the two takes', 'aria-valuemin': '0', 'aria-valuemax': '100',
      }),
    };
  }

  /**
   * @param {Pair} pair
   * @param {Element} head
   */
  function controlsOf(pair, head) {
    const pickA = picking(head, 'A', (job) => pair.pick('a', job));
    const swap = { 'data-act': 'swap', 'aria-label': 'Swap the two takes' };
    wordButton(head, 'tg-act', swap, 'Swap', () => { [pair.a, pair.b] = [pair.b, pair.a]; pair.paint(); });
    const pickB = picking(head, 'B', (job) => pair.pick('b', job));
    const modes = make('div', 'tg-modes', head, { role: 'group', 'aria-label': 'How to compare' });
    const modeButtons = Object.entries(MODES).map(([mode, label]) => (
      wordButton(modes, 'tg-mode', { 'data-mode': mode }, label, () => pair.setMode(mode))
    ));
    const gainLabel = labeled(head, 'Amplified');
    const gain = make('select', 'tg-speed', gainLabel, { 'data-act': 'gain' });
    for (const each of GAINS) make('option', '', gain, { value: String(each) }).textContent = each + '×';
    gain.value = String(pair.gain);
    gain.addEventListener('change', () => { pair.gain = Number(gain.value); pair.paint(); });
    const flip = wordButton(head, 'tg-act', { 'data-act': 'flip' }, 'Flip', () => pair.flip());
    wordButton(head, 'tg-act tg-close', { 'data-act': 'close-pair' }, 'Close', () => { pair.toggle(); pair.room.bar.pairButton.focus(); });
    return { pickA, pickB, modeButtons, gainLabel, flip };
  }

  /**
   * @param {Element} head
   * @param {string} letter
   * @param {(job: string) => void} picked
   */
  function picking(head, letter, picked) {
    const pick = make('select', 'tg-speed', labeled(head, letter), { 'data-act': 'pick-' + letter.toLowerCase() });
    pick.addEventListener('change', () => picked(pick.value));
    return pick;
  }

  class Pair {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.on = false;
      /** @type {string | null} */
      this.a = null;
      /** @type {string | null} */
      this.b = null;
      this.mode = 'wipe';
      this.split = 0.5;
      this.gain = 8;
      this.flipped = false;
      this.drawn = ''; // what the canvas shows, so that it is not drawn again
      this.box = make('section', 'tg-pair', room.root, { 'aria-label': 'Two takes compared', hidden: '' });
      this.controls = controlsOf(this, make('div', 'tg-pair-head', this.box));
      this.parts = stageOf(this.box);
      this.canvas = new Canvas(room, this.parts.canvas);
      watchDivider(this);
      new ResizeObserver(() => { if (this.on) { this.size(); this.drawAnew(); } }).observe(this.parts.stage);
    }

    /** The clips of both takes, if both play. */
    both() {
      const { clips } = this.room;
      return [clips.get(this.a), clips.get(this.b)].flatMap((clip) => (clip ? [clip] : []));
    }

    playable() {
      return this.room.grid.all().filter((cell) => this.room.clips.has(cell.job));
    }

    toggle() {
      const able = this.playable().map((cell) => cell.job);
      if (!this.on && able.length < 2) return;
      this.on = !this.on;
      if (this.on) [this.a, this.b] = chosen(able, this.a, this.b, this.room.grid.selected);
      this.paint();
      if (!this.on) return;
      this.box.scrollIntoView({ block: 'nearest', behavior: this.room.calm.matches ? 'auto' : 'smooth' });
      this.drawSoon();
    }

    /**
     * @param {'a' | 'b'} letter
     * @param {string} job
     */
    pick(letter, job) {
      this[letter] = job;
      this.paint();
    }

    /**
     * Makes the selected take A or B.
     *
     * @param {'a' | 'b'} letter
     */
    setSelected(letter) {
      const { selected } = this.room.grid;
      if (!this.room.clips.has(selected)) return;
      const other = letter === 'a' ? 'b' : 'a';
      if (this[other] === selected) this[other] = this[letter];
      this[letter] = selected;
      if (this.on) this.paint();
      else this.toggle();
    }

    /** @param {string} mode */
    setMode(mode) {
      this.mode = mode;
      this.flipped = false;
      if (!this.on) this.toggle();
      this.paint();
    }

    nextMode() {
      const modes = Object.keys(MODES);
      this.setMode(this.on ? modes[(modes.indexOf(this.mode) + 1) % modes.length] : this.mode);
    }

    flip() {
      this.flipped = !this.flipped;
      this.drawAnew();
    }

    /** @param {number} part the fraction of the picture that shows A */
    setSplit(part) {
      const { stage, divider } = this.parts;
      this.split = clamp(part, 0, 1);
      stage.style.setProperty('--split', (this.split * 100).toFixed(2) + '%');
      divider.setAttribute('aria-valuenow', String(Math.round(this.split * 100)));
    }

    paint() {
      const { root, bar, copies } = this.room;
      const [a, b] = this.both();
      if (!b) this.on = false;
      this.box.hidden = !this.on;
      root.dataset.pair = String(this.on);
      bar.pairButton.setAttribute('aria-pressed', String(this.on));
      copies.lighten();
      if (!this.on) return;
      this.paintControls(a, b);
      this.paintNames(a, b);
      this.size();
      this.setSplit(this.split);
      this.drawAnew();
    }

    /**
     * @param {Clip} a
     * @param {Clip} b
     */
    paintControls(a, b) {
      const { pickA, pickB, modeButtons, gainLabel, flip } = this.controls;
      this.fill(pickA, a.cell.job);
      this.fill(pickB, b.cell.job);
      for (const button of modeButtons) button.setAttribute('aria-pressed', String(button.dataset.mode === this.mode));
      this.parts.stage.dataset.mode = this.mode;
      this.parts.divider.hidden = this.mode !== 'wipe';
      gainLabel.hidden = this.mode !== 'difference';
      flip.hidden = this.mode !== 'blink';
    }

    /**
     * @param {Clip} a
     * @param {Clip} b
     */
    paintNames(a, b) {
      const { nameA, nameB, sandbox, canvas } = this.parts;
      /** @param {Clip} clip */
      const named = (clip) => nameOf(clip.cell) + (isCopy(clip) ? ' · copy' : '');
      const differs = this.mode === 'difference';
      put(nameA, 'A · ' + named(a));
      put(nameB, differs ? 'A − B, amplified ' + this.gain + '×' : 'B · ' + named(b));
      put(sandbox, this.room.value && this.room.value.simulated ? 'Sandbox' : '');
      canvas.setAttribute('aria-label', MODES[this.mode] + ' of ' + nameOf(a.cell) + ' and ' + nameOf(b.cell));
      canvas.style.filter = differs ? 'brightness(' + this.gain + ')' : '';
    }

    /**
     * @param {HTMLSelectElement} pick
     * @param {string} job
     */
    fill(pick, job) {
      const able = this.playable();
      keep(pick, able.length, 'option', '').forEach((option, index) => {
        option.value = able[index].job;
        put(option, able[index].number.textContent + ' · ' + nameOf(able[index]));
      });
      pick.value = job;
    }

    get stacked() {
      return this.parts.stage.clientWidth < NARROW_PX;
    }

    size() {
      const { stage } = this.parts;
      const aspect = Math.max(...this.both().map(aspectOf)) * (this.mode === 'side' ? (this.stacked ? 0.5 : 2) : 1);
      stage.style.setProperty('--aspect', String(aspect));
      this.canvas.size(stage.clientWidth, aspect);
    }

    drawAnew() {
      this.drawn = '';
    }

    /** Draws what changed since the last frame of the screen, and looks again with the next one. */
    drawSoon() {
      if (!this.on || !this.room.element.isConnected) return;
      requestAnimationFrame(() => this.drawSoon());
      const [a, b] = this.both();
      if (!b) { this.paint(); return; }
      const blinks = this.mode === 'blink';
      if (blinks && !this.room.calm.matches) this.flipped = Math.floor(performance.now() / BLINK_MS) % 2 === 1;
      const { lens } = this.room;
      const times = [a, b].map(({ video }) => [reelOf(video).shows, video.currentTime, video.readyState, video.seeking]);
      const now = [...times, this.split, this.flipped, lens.zoom, lens.x, lens.y, this.parts.canvas.width].join();
      if (now === this.drawn) return;
      this.drawn = now;
      this.parts.nameA.hidden = this.mode === 'difference' || (blinks && this.flipped);
      this.parts.nameB.hidden = blinks && !this.flipped;
      this.draw(a, b);
    }

    /**
     * @param {Clip} a
     * @param {Clip} b
     */
    draw(a, b) {
      this.canvas.clear();
      if (this.mode === 'side') {
        this.parts.stage.dataset.stacked = String(this.stacked);
        this.canvas.sides(a, b, this.stacked);
        return;
      }
      this.canvas.clip(this.mode === 'blink' && this.flipped ? b : a);
      if (this.mode === 'wipe') this.canvas.right(b, this.split * this.parts.canvas.width);
      if (this.mode === 'difference') this.canvas.difference(b);
    }
  }

  return { Pair, chosen, nameOf };
})();
