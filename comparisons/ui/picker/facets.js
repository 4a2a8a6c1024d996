/** What narrows the list of variants: words to search for, and chips (toggle buttons). */
takes.facets = (() => {
  const { make, put } = takes.dom;
  const { INPUTS, everything, isNarrow } = takes.finding;
  const { Steps } = takes.steps;

  /** @type {['audio' | 'priced' | 'ending', string][]} */
  const SWITCHES = [['audio', 'Audio setting'], ['priced', 'Priced'], ['ending', 'Ended at its maker']];

  class Facets {
    /**
     * @param {HTMLElement} top where the words are typed
     * @param {HTMLElement} below where the chips are
     * @param {() => void} changed
     */
    constructor(top, below, changed) {
      this.changed = changed;
      this.sought = everything();
      const find = make('div', 'tp-find', top);
      this.search = make('input', 'tp-search', find, {
        type: 'search', placeholder: 'Name, family, provider or reference', 'aria-label': 'Find variants', autocomplete: 'off', spellcheck: 'false',
      });
      this.told = make('p', 'tp-found', find, { role: 'status' });
      this.reset = make('button', 'tp-reset', find, { type: 'button' });
      this.chips = make('div', 'tp-chips', below, { role: 'toolbar', 'aria-label': 'Filters' });
      this.steps = new Steps(this.chips, 'button');
      put(this.reset, 'Show all');
      this.reset.hidden = true;
      this.reset.addEventListener('click', () => this.clear());
      this.search.addEventListener('input', () => { this.sought.words = this.search.value; this.changed(); });
      this.search.addEventListener('keydown', (event) => this.press(event));
    }

    /**
     * Builds the chips for the families, providers and inputs of these variants.
     *
     * @param {Choosable[]} variants
     */
    lay(variants) {
      this.chips.replaceChildren();
      const { families, providers, inputs } = this.sought;
      this.group('Provider', [...new Set(variants.map((variant) => variant.provider))].sort(), providers);
      this.group('Input', INPUTS, inputs, INPUTS.map((_, input) => input));
      const also = this.labelled('Also');
      for (const [name, label] of SWITCHES) this.chip(also, label, () => (this.sought[name] = !this.sought[name]));
      this.group('Family', [...new Set(variants.map((variant) => variant.family))], families).classList.add('tp-families');
      this.steps.settle();
    }

    /** @param {string} label */
    labelled(label) {
      const group = make('div', 'tp-chip-group', this.chips, { role: 'group', 'aria-label': label });
      put(make('span', 'tp-chip-label', group, { 'aria-hidden': 'true' }), label);
      return group;
    }

    /**
     * Chips of which any number can be pressed.
     *
     * @template Key
     * @param {string} label
     * @param {string[]} names
     * @param {Set<Key>} pressed
     * @param {Key[]} keys the value of each chip; by default its name
     */
    group(label, names, pressed, keys = /** @type {any} */ (names)) {
      const group = this.labelled(label);
      names.forEach((name, at) => this.chip(group, name, () => {
        if (!pressed.delete(keys[at])) pressed.add(keys[at]);
        return pressed.has(keys[at]);
      }));
      return group;
    }

    /**
     * @param {HTMLElement} group
     * @param {string} label
     * @param {() => boolean} toggle presses or releases it, and returns whether it is pressed now
     */
    chip(group, label, toggle) {
      const chip = make('button', 'tp-chip', group, { type: 'button', 'aria-pressed': 'false', tabindex: '-1' });
      put(chip, label);
      chip.addEventListener('click', () => {
        chip.setAttribute('aria-pressed', String(toggle()));
        this.changed();
      });
    }

    /**
     * Says how many are found.
     *
     * @param {number} count
     * @param {number} all
     */
    tell(count, all) {
      put(this.told, isNarrow(this.sought) ? count + ' of ' + all + ' variants' : all + ' variants');
      this.reset.hidden = !isNarrow(this.sought);
    }

    clear() {
      const { families, providers, inputs } = this.sought;
      for (const set of [families, providers, inputs]) set.clear();
      Object.assign(this.sought, { ...everything(), families, providers, inputs });
      for (const chip of this.chips.querySelectorAll('button')) chip.setAttribute('aria-pressed', 'false');
      this.search.value = '';
      this.changed();
      this.search.focus({ preventScroll: true });
    }

    /** @param {KeyboardEvent} event */
    press(event) {
      if (event.key !== 'Escape' || !this.search.value) return;
      event.preventDefault();
      this.search.value = '';
      this.sought.words = '';
      this.changed();
    }
  }

  return { Facets };
})();
