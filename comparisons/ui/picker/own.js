/** Options that only some models have: a panel of fields beside each picked variant that has such options. */
takes.own = (() => {
  const { make, put } = takes.dom;

  const ITS_OWN = 'its own';
  const SWITCH = ['On', 'Off'];

  /** The options of single variants, by reference and option, as text. */
  class Own {
    /** @param {() => void} changed */
    constructor(changed) {
      this.changed = changed;
      /** @type {Map<string, Map<string, string>>} */
      this.asked = new Map();
      /** @type {Map<string, ReturnType<Own['panel']>>} */
      this.panels = new Map();
    }

    /** @param {Record<string, Record<string, string>>} told the options of a run that fills the form */
    fill(told) {
      this.asked = new Map(Object.entries(told).map(([ref, of]) => [ref, new Map(Object.entries(of))]));
      for (const [ref, panel] of this.panels) this.paint(ref, panel);
    }

    /**
     * The options of these variants, in the form in which they are sent to the server.
     *
     * @param {Iterable<string>} refs
     */
    of(refs) {
      const found = [...refs].map((ref) => [ref, Object.fromEntries(this.asked.get(ref) || [])]);
      return Object.fromEntries(found.filter(([, of]) => Object.keys(of).length));
    }

    /**
     * Shows the fields of a variant, which are built when it is first picked.
     *
     * @param {Choosable} variant
     * @param {HTMLElement} parent
     */
    show(variant, parent) {
      if (!variant.own.length || this.panels.has(variant.ref)) return;
      const panel = this.panel(variant, parent);
      this.panels.set(variant.ref, panel);
      this.paint(variant.ref, panel);
    }

    /**
     * @param {Choosable} variant
     * @param {HTMLElement} parent
     */
    panel(variant, parent) {
      const node = make('details', 'tp-own', parent);
      const told = make('summary', 'tp-own-told', node);
      const fields = variant.own.map((option) => {
        const label = make('label', 'tp-own-field', node, option.help ? { title: option.help } : {});
        put(make('span', 'tp-own-label', label), option.label);
        const control = controlOf(option, label);
        control.addEventListener('change', () => this.set(variant.ref, option.name, control.value.trim()));
        return { option, control };
      });
      return { node, told, fields };
    }

    /**
     * @param {string} ref
     * @param {string} name
     * @param {string} text
     */
    set(ref, name, text) {
      const mine = this.asked.get(ref) || new Map();
      if (text) mine.set(name, text);
      else mine.delete(name);
      this.asked.set(ref, mine);
      const panel = this.panels.get(ref);
      if (panel) this.paint(ref, panel);
      this.changed();
    }

    /**
     * @param {string} ref
     * @param {ReturnType<Own['panel']>} panel
     */
    paint(ref, { told, fields }) {
      const mine = this.asked.get(ref) || new Map();
      for (const { option, control } of fields) control.value = mine.get(option.name) || '';
      put(told, toldOf(fields.map(({ option }) => option), mine));
    }
  }

  /**
   * The text on the closed panel: how many options there are, and which are set.
   *
   * @param {OwnOption[]} options
   * @param {Map<string, string>} mine
   */
  function toldOf(options, mine) {
    const set = options.filter(({ name }) => mine.has(name)).map(({ name, label }) => label + ' ' + mine.get(name));
    return set.length ? set.join(', ') : options.length + (options.length === 1 ? ' option of its own' : ' options of its own');
  }

  /**
   * @param {OwnOption} option
   * @param {HTMLElement} parent
   */
  function controlOf(option, parent) {
    const choices = option.kind === 'switch' ? SWITCH : option.choices;
    if (!choices.length) return make('input', 'tp-own-text', parent, { type: 'text', placeholder: option.offered });
    const list = make('select', 'tp-own-list', parent);
    for (const [value, text] of [['', ITS_OWN], ...choices.map((choice) => [choice, choice])]) {
      put(make('option', '', list, { value }), text);
    }
    return list;
  }

  return { Own };
})();
