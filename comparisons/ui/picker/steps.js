/** Many controls that the Tab key treats as one: the arrow keys, Home and End move between them ("roving tabindex"). */
takes.steps = (() => {
  /** @type {Record<string, number>} */
  const MOVES = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

  class Steps {
    /**
     * @param {HTMLElement} box
     * @param {string} selector of its controls
     */
    constructor(box, selector) {
      this.box = box;
      this.selector = selector;
      /** @type {HTMLElement | null} */
      this.at = null;
      box.addEventListener('keydown', (event) => this.press(event));
      box.addEventListener('focusin', ({ target }) => { if (target instanceof HTMLElement && target.matches(selector)) this.stand(target); });
    }

    /** The controls that are visible and enabled now, in their order. */
    stops() {
      /** @type {NodeListOf<HTMLElement>} */
      const all = this.box.querySelectorAll(this.selector);
      return [...all].filter((node) => !node.closest('[hidden]') && !node.matches(':disabled'));
    }

    /** Lets Tab stop at one control only: at the same as before, as long as it is there. */
    settle() {
      const stops = this.stops();
      for (const node of stops) if (node !== this.at) node.tabIndex = -1;
      const kept = this.at && stops.includes(this.at) ? this.at : stops[0];
      if (kept) this.stand(kept);
    }

    /** @param {HTMLElement} node */
    stand(node) {
      if (this.at && this.at !== node) this.at.tabIndex = -1;
      node.tabIndex = 0;
      this.at = node;
    }

    /**
     * Moves the focus to the control at this index, or to the last one if there are fewer.
     *
     * @param {number} place
     */
    goTo(place) {
      const stops = this.stops();
      const node = stops[Math.max(0, Math.min(place, stops.length - 1))];
      if (node) node.focus();
      return Boolean(node);
    }

    /** @param {KeyboardEvent} event */
    press(event) {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return;
      const place = this.stops().indexOf(target);
      const to = key === 'Home' ? 0 : key === 'End' ? Infinity : Object.hasOwn(MOVES, key) ? place + MOVES[key] : null;
      if (place < 0 || to === null) return;
      event.preventDefault();
      this.goTo(to);
    }
  }

  return { Steps };
})();
