/** Buttons that pick several variants at once. They start nothing. */
takes.quick = (() => {
  const { make, put } = takes.dom;
  const { Steps } = takes.steps;

  class Quick {
    /**
     * @param {HTMLElement} parent
     * @param {(variants: Choosable[]) => void} pick
     */
    constructor(parent, pick) {
      this.pick = pick;
      this.box = make('div', 'tp-quick', parent, { role: 'toolbar', 'aria-label': 'Quick picks' });
      this.steps = new Steps(this.box, 'button');
    }

    /**
     * @param {string} label
     * @param {() => Choosable[]} which
     */
    add(label, which) {
      const button = make('button', 'tp-quick-pick', this.box, { type: 'button', tabindex: '-1' });
      put(button, label);
      button.addEventListener('click', () => this.pick(which()));
      return button;
    }
  }

  return { Quick };
})();
