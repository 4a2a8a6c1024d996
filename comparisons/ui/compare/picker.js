/**
 * The choice of variants, grouped by model. The server owns the list; a tick shows at once and is told as the event `pick`.
 * Text from outside only ever goes through textContent.
 */
takes.picker = (() => {
  const { find, make, put } = takes.dom;
  const { Later } = takes.later;
  const { Turns } = takes.turns;

  /** @type {(number: number, one: string, many: string) => string} */
  const count = (number, one, many) => number + ' ' + (number === 1 ? one : many);

  /**
   * What stands above the list.
   *
   * @param {string[]} providers of the variants that are ticked, one each
   */
  function summaryOf(providers) {
    if (!providers.length) return 'Nothing picked yet';
    return count(providers.length, 'variant', 'variants') + ' on ' + count(new Set(providers).size, 'gateway', 'gateways');
  }

  /** @param {string} ref */
  function makeRow(ref) {
    const node = make('label', 'tp-row', null, { 'data-ref': ref });
    const input = make('input', 'tp-check', node, { type: 'checkbox' });
    const what = make('span', 'tp-what', node);
    const name = make('span', 'tp-name', what);
    const row = {
      ref, node, input, off: false, providerName: '',
      provider: make('span', 'tp-provider', name),
      label: make('span', 'tp-label', name),
      detail: make('span', 'tp-detail', what),
      reason: make('span', 'tp-reason', what),
      badge: make('span', 'tp-badge', what),
      sibling: make('span', 'tp-sibling', what),
    };
    const price = make('span', 'tp-price', node);
    return { ...row, price: make('span', 'tp-amount', price), basis: make('span', 'tp-basis', price) };
  }

  /**
   * @param {ReturnType<typeof makeRow>} row
   * @param {VariantValue} variant
   * @param {boolean} checked
   */
  function updateRow(row, variant, checked) {
    row.off = Boolean(variant.disabled);
    row.providerName = variant.provider;
    row.node.classList.toggle('tp-off', row.off);
    row.input.disabled = row.off;
    row.input.checked = !row.off && checked;
    put(row.provider, variant.provider);
    put(row.label, variant.label);
    put(row.detail, variant.detail);
    put(row.reason, variant.disabled);
    put(row.badge, row.off ? '' : variant.badge);
    put(row.sibling, variant.evidence === 'sibling' ? 'not in its own docs' : '');
    row.sibling.title = variant.evidence_note || '';
    put(row.price, variant.price || 'price unknown');
    row.price.classList.toggle('tp-unknown', !variant.price);
    put(row.basis, variant.price_basis);
  }

  /** @param {string} model */
  function makeGroup(model) {
    const node = make('fieldset', 'tp-group', null, { 'data-model': model });
    const title = make('span', 'tp-title', make('legend', 'tp-legend', node));
    const all = make('button', 'tp-all', node, { type: 'button', 'data-act': 'all' });
    return { node, title, all, list: make('div', 'tp-list', node), refs: /** @type {string[]} */ ([]) };
  }

  /**
   * Has a parent hold just these nodes, in this order.
   *
   * @param {Element} parent
   * @param {Element[]} nodes
   */
  function arrange(parent, nodes) {
    nodes.forEach((node, index) => {
      if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
    });
    while (parent.lastElementChild && parent.children.length > nodes.length) parent.lastElementChild.remove();
  }

  class Picker {
    /** @param {Component} component */
    constructor({ element, props, trigger }) {
      const root = find(element, '.takes-picker');
      const head = make('div', 'tp-head', root);
      this.props = props;
      this.trigger = trigger;
      this.summary = make('p', 'tp-summary', head, { role: 'status' });
      this.none = make('button', 'tp-none', head, { type: 'button', 'aria-label': 'Clear all variants' });
      this.box = make('div', 'tp-groups', root);
      /** @type {Map<string, ReturnType<typeof makeGroup>>} */
      this.groups = new Map();
      /** @type {Map<string, ReturnType<typeof makeRow>>} */
      this.rows = new Map();
      /** @type {PickerValue} */
      this.shown = { groups: [], chosen: [] };
      /** @type {string[]} */
      this.wanted = []; // what is ticked, also what cannot take part just now: it is ticked again when it can
      this.turns = new Turns(() => this.send());
      this.later = new Later();
      put(this.none, 'Clear');
      this.none.addEventListener('click', () => this.clear());
    }

    /** @param {string} ref */
    row(ref) {
      const there = this.rows.get(ref);
      if (there) return there;
      const row = makeRow(ref);
      row.input.addEventListener('change', () => this.pick([row]));
      this.rows.set(ref, row);
      return row;
    }

    /** @param {string} model */
    group(model) {
      const there = this.groups.get(model);
      if (there) return there;
      const group = makeGroup(model);
      group.all.addEventListener('click', () => this.toggleGroup(group));
      this.groups.set(model, group);
      return group;
    }

    /** @param {unknown} told */
    show(told) {
      const value = /** @type {Partial<PickerValue> | null} */ (told) || {};
      this.turns.hear(value.turn || 0);
      this.shown = { groups: value.groups || [], chosen: (value.groups && value.chosen) || [], later: value.groups && value.later };
      for (const { model, title, variants } of this.shown.groups) {
        const group = this.group(model);
        put(group.title, title);
        group.refs = variants.map((variant) => variant.ref);
        for (const variant of variants) updateRow(this.row(variant.ref), variant, this.turns.believed(variant.ref, variant.checked));
        arrange(group.list, group.refs.map((ref) => this.row(ref).node));
      }
      arrange(this.box, this.shown.groups.map((data) => this.group(data.model).node));
      this.paint();
      this.later.waitFor(this.shown.later, () => this.send());
      this.wanted = this.shown.chosen;
      this.remember();
    }

    /** The rows that are ticked, in the order shown. */
    chosen() {
      const refs = this.shown.groups.flatMap((data) => this.group(data.model).refs);
      return refs.map((ref) => this.row(ref)).filter((row) => row.input.checked && !row.off);
    }

    send() {
      this.remember();
      this.trigger('pick', {});
    }

    /** Has what is ticked be sent with everything that the form asks. */
    remember() {
      const off = this.wanted.filter((ref) => this.rows.has(ref) && this.row(ref).off);
      this.wanted = this.chosen().map((row) => row.ref).concat(off);
      this.props.value = { chosen: this.wanted, turn: this.turns.turn };
    }

    paint() {
      for (const { model, title } of this.shown.groups) this.paintGroup(this.group(model), title);
      const chosen = this.chosen();
      put(this.summary, summaryOf(chosen.map((row) => row.providerName)));
      this.none.hidden = !chosen.length;
    }

    /** @param {ReturnType<typeof makeGroup>} group */
    free(group) {
      return group.refs.map((ref) => this.row(ref)).filter((row) => !row.off);
    }

    /**
     * @param {ReturnType<typeof makeGroup>} group
     * @param {string} title
     */
    paintGroup(group, title) {
      const free = this.free(group);
      const every = free.length > 0 && free.every((row) => row.input.checked);
      group.all.hidden = free.length < 2;
      put(group.all, free.length < 2 ? '' : every ? 'Clear' : 'All ' + free.length);
      group.all.setAttribute('aria-label', (every ? 'Clear ' : 'Pick all of ') + title);
    }

    /** @param {ReturnType<typeof makeRow>[]} changed */
    pick(changed) {
      this.turns.take(changed.map((row) => [row.ref, row.input.checked]));
      this.paint();
      this.remember();
      this.turns.tell();
    }

    /** @param {ReturnType<typeof makeGroup>} group */
    toggleGroup(group) {
      const free = this.free(group);
      const to = !free.every((row) => row.input.checked);
      this.turnTo(free.filter((row) => row.input.checked !== to), to);
    }

    clear() {
      this.wanted = [];
      this.turnTo(this.chosen(), false);
      /** @type {HTMLInputElement | null} */
      const first = this.box.querySelector('input:not(:disabled)'); // the button is gone, and the keyboard must not be lost
      if (first) first.focus({ preventScroll: true });
    }

    /**
     * @param {ReturnType<typeof makeRow>[]} changed
     * @param {boolean} checked
     */
    turnTo(changed, checked) {
      for (const row of changed) row.input.checked = checked;
      this.pick(changed);
    }
  }

  /** @param {Component} component */
  function open(component) {
    const picker = new Picker(component);
    picker.show(component.props.value);
    component.watch('value', () => picker.show(component.props.value));
  }

  return { open, summaryOf };
})();
