/** The keyboard of a room, and the sheet that lists its keys. */
takes.keys = (() => {
  const { make } = takes.dom;
  const { wordButton } = takes.elements;

  const PAN_STEP = 0.1;
  /** @type {Record<string, [number, number]>} */
  const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const SHEET = [
    ['Space or K', 'play and pause'], [', and .', 'one frame back, one forward (also the arrow keys)'], ['< and >', 'slower, faster'],
    ['L', 'loop'], ['1 to 9', 'select a take'], ['M, S', 'sound on or off; hear the selected take alone'],
    ['[ and ]', 'move the selected take by a frame against the others; \\ puts it back'],
    ['+, −, 0', 'zoom all takes, whole picture; Ctrl and wheel, or a double click, zooms where you point'],
    ['Shift and arrows', 'move the zoomed picture; or drag it'], ['C', 'compare two takes'],
    ['A, B', 'make the selected take A or B'], ['V, X', 'wipe, side by side, difference, blink; flip while blinking'],
    ['{ and }', 'move the selected take one place earlier, later'], ['P, H', 'pin the selected take before the others; hide it'], ['U', 'show all hidden takes'],
    ['I', 'input image over the first frames'], ['N', 'hide and show the names'], ['D', 'all that is known of each take'],
    ['R', 'how far the pictures on screen are apart'], ['F', 'full screen'], ['1, 2, T, B', 'a blind pair: the first is better, the second, a tie, both bad; Enter: the next ballot'],
    ['?', 'this sheet'],
  ];

  /**
   * What each key does.
   *
   * @param {Room} room
   * @returns {Record<string, () => void>}
   */
  function actsOf(room) {
    const { player, bar, lens, pair, given, arrange } = room;
    /** @param {(clip: Clip) => void} act */
    const onSelected = (act) => () => { const clip = room.clips.get(room.grid.selected); if (clip) act(clip); };
    /** @param {(job: string) => void} act */
    const onTake = (act) => () => { if (room.grid.selected) act(room.grid.selected); };
    const toggle = () => player.toggle();
    const [back, forward] = [() => player.step(-1), () => player.step(1)];
    const closer = () => lens.closer();
    return {
      ' ': toggle, k: toggle, ',': back, '.': forward, ArrowLeft: back, ArrowRight: forward,
      '<': () => bar.faster(-1), '>': () => bar.faster(1), l: () => bar.switches.loop.click(), m: () => bar.switches.mute.click(),
      s: onSelected((clip) => player.hearAlone(clip)),
      '[': onSelected((clip) => player.shift(clip, -1)), ']': onSelected((clip) => player.shift(clip, 1)),
      '\\': onSelected((clip) => player.shift(clip, 0)),
      '+': closer, '=': closer, '-': () => lens.farther(), 0: () => lens.reset(),
      '{': onTake((job) => arrange.move(job, -1)), '}': onTake((job) => arrange.move(job, 1)),
      p: onTake((job) => arrange.pin(job)), h: onTake((job) => arrange.hide(job)), u: () => arrange.showAll(),
      c: () => pair.toggle(), a: () => pair.setSelected('a'), b: () => pair.setSelected('b'), v: () => pair.nextMode(), x: () => pair.flip(),
      i: () => given.toggle(), n: () => bar.toggleNames(), d: () => room.toggleFacts(), r: () => bar.toggleDrift(), f: () => room.toggleFullscreen(),
      '?': () => room.keys.openHelp(),
      Escape: () => { if (room.grid.opened) room.grid.open(null); else if (pair.on) pair.toggle(); },
    };
  }

  /** What is typed into: every key is for the field, and none for the player. */
  const FIELDS = 'textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button])';
  /** What the space bar works by itself. */
  const PRESSED = 'button, summary, input[type=checkbox], input[type=radio], input[type=button]';

  class Keys {
    /** @param {Room} room */
    constructor(room) {
      this.room = room;
      this.acts = actsOf(room);
      this.help = this.madeHelp();
      /** @param {KeyboardEvent} event */
      const onKey = (event) => {
        if (room.element.isConnected) this.press(event);
        else document.removeEventListener('keydown', onKey);
      };
      document.addEventListener('keydown', onKey);
    }

    madeHelp() {
      const help = make('dialog', 'tg-help', this.room.root, { 'aria-label': 'Keys' });
      const head = make('div', 'tg-help-head', help);
      make('h3', '', head).textContent = 'Keys';
      wordButton(head, 'tg-act', {}, 'Close', () => help.close());
      const sheet = make('dl', 'tg-sheet', help);
      for (const [keys, words] of SHEET) {
        make('dt', '', sheet).textContent = keys;
        make('dd', '', sheet).textContent = words;
      }
      return help;
    }

    openHelp() {
      if (!this.help.open) this.help.showModal();
    }

    /**
     * Whether a key press is for this room, and not for a field, a dialog or the browser.
     *
     * @param {KeyboardEvent} event
     */
    mayHandle(event) {
      const { target } = event;
      const { clips, element } = this.room;
      if (event.ctrlKey || event.metaKey || event.altKey || !clips.all().length || this.help.open) return false;
      if (!(target instanceof HTMLElement)) return false;
      if (target !== document.body && !element.contains(target)) return false;
      if (target === document.body && !this.room.inView()) return false;
      if (target.matches(FIELDS) || target.isContentEditable) return false;
      return !(event.key === ' ' && target.matches(PRESSED));
    }

    /**
     * @param {KeyboardEvent} event
     * @returns {(() => void) | null}
     */
    actOf({ key, shiftKey }) {
      const { lens, grid } = this.room;
      if (shiftKey && Object.hasOwn(PANS, key)) {
        const [across, down] = PANS[key];
        return lens.zoom > 1 ? () => lens.pan(across * PAN_STEP, down * PAN_STEP) : null;
      }
      const name = key.length === 1 ? key.toLowerCase() : key;
      const vote = this.room.ballot.actOf(name);
      if (vote) return vote;
      if (/^[1-9]$/.test(key)) return () => grid.selectNumbered(Number(key));
      return Object.hasOwn(this.acts, name) ? this.acts[name] : null;
    }

    /** @param {KeyboardEvent} event */
    press(event) {
      const act = this.mayHandle(event) ? this.actOf(event) : null;
      if (event.target === this.room.root && event.key === ' ') event.preventDefault(); // also while there is nothing to play
      if (!act) return;
      event.preventDefault();
      if (event.key !== 'Enter') this.room.ballot.stay(); // using the player means that the person looks at the takes once more
      act();
    }
  }

  return { Keys };
})();
