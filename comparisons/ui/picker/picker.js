/**
 * The picker of variants. The server says what each would be sent and cost. A tick shows at once, and the event `pick` sends it
 * to the server. Text from outside is only ever written through textContent.
 */
takes.picker = (() => {
  const { read, renew, isAble } = takes.catalogue;
  const { find, make, put } = takes.dom;
  const { found, isNarrow, offered, pickable, oneOfEach, cheapest, grouped } = takes.finding;
  const { Later } = takes.later;
  const { Turns } = takes.turns;
  const { Steps } = takes.steps;
  const { makeRow, updateRow, makeModel, updateAll, makeFamily, arrange } = takes.rows;
  const { Facets } = takes.facets;
  const { Picked, chipOf, summaryOf } = takes.picked;
  const { Own } = takes.own;
  const { Quick } = takes.quick;

  const LOST = 'The list of variants did not come. Reload the page.';

  const MANY = 60; // a search unfolds its families only if it finds at most so many rows
  let pickers = 0; // how many are on this page, so that the ids in one differ from those in another

  class Picker {
    /** @param {Component} component */
    constructor({ element, props, trigger }) {
      const root = find(element, '.takes-picker');
      this.root = root;
      root.classList.add('tp-coming'); // hidden until it is complete, so that nothing in it moves
      this.name = 'tp-models-' + (pickers += 1) + '-';
      this.hasOwn = root.dataset.own !== undefined;
      this.props = props;
      this.trigger = trigger;
      const top = make('div', 'tp-top', root);
      const head = make('div', 'tp-head', top);
      this.summary = make('p', 'tp-summary', head, { role: 'status' });
      this.none = make('button', 'tp-none', head, { type: 'button', 'aria-label': 'Clear all variants' });
      this.picked = new Picked(top, (key) => this.pick([key], false));
      const filters = make('div', 'tp-filters', root);
      this.facets = new Facets(top, filters, () => this.narrow());
      this.quick = new Quick(filters, (variants) => this.pick(variants.map(({ ref }) => ref), true));
      this.again = this.quick.add('What I ran last', () => this.ranLast());
      this.every = this.quick.add('All that are found', () => pickable(this.shown()));
      this.box = make('div', 'tp-groups', root, { role: 'group', 'aria-label': 'Variants: arrow keys move through them' });
      this.steps = new Steps(this.box, 'button, .tp-check');
      this.own = new Own(() => this.askAgain());
      /** @type {Choosable[]} */
      this.variants = [];
      this.from = ''; // the URL of the list of variants
      /** @type {PickerValue | null} */
      this.told = null;
      /** @type {Set<string>} */
      this.wanted = new Set(); // what is picked, including variants that cannot take part just now but may again
      /** @type {Set<string>} */
      this.open = new Set(); // families whose variants are shown
      /** @type {Map<string, ReturnType<typeof makeRow>>} */
      this.rows = new Map();
      /** @type {Map<string, ReturnType<typeof makeModel>>} */
      this.models = new Map();
      /** @type {Map<string, ReturnType<typeof makeFamily>>} */
      this.families = new Map();
      this.turns = new Turns(() => this.send());
      this.later = new Later();
      this.listen();
    }

    listen() {
      this.quick.add('One of each family', () => oneOfEach(this.shown(), ({ ref }) => this.wanted.has(ref)));
      this.quick.add('Cheapest ten', () => cheapest(this.shown()));
      put(this.none, 'Clear');
      this.none.addEventListener('click', () => this.clear());
      this.facets.search.addEventListener('keydown', (event) => {
        if (event.key === 'ArrowDown' && this.steps.goTo(0)) event.preventDefault();
      });
    }

    /** @param {unknown} told */
    show(told) {
      const value = /** @type {Partial<PickerValue> | null} */ (told) || {};
      this.turns.hear(value.turn || 0);
      if (!value.catalogue) return;
      this.told = /** @type {PickerValue} */ (value);
      if (value.catalogue === this.from) this.renew(this.told);
      else this.bring(value.catalogue);
    }

    /**
     * Loads the list of variants, which the browser caches.
     *
     * @param {string} address
     */
    async bring(address) {
      const reply = await fetch(address).catch(() => null);
      /** @type {CatalogueValue | null} */
      const value = reply && reply.ok ? await reply.json().catch(() => null) : null;
      if (!this.told || this.told.catalogue !== address) return;
      this.root.classList.remove('tp-coming');
      if (!value) {
        put(this.summary, LOST);
        return;
      }
      this.from = address;
      this.variants = read(value);
      for (const made of [this.rows, this.models, this.families, this.own.panels]) made.clear();
      this.facets.lay(this.variants);
      this.renew(this.told);
      this.refold();
      this.paint();
    }

    /** @param {PickerValue} value */
    renew(value) {
      const chosen = new Set(value.chosen);
      renew(this.variants, value);
      if (value.own) this.own.fill(value.own);
      const refs = [...chosen, ...this.variants.map(({ ref }) => ref)]; // in the order in which they were picked
      this.wanted = new Set(refs.filter((ref) => this.turns.believed(ref, chosen.has(ref))));
      this.again.hidden = !this.ranLast().length;
      this.paint();
      this.later.waitFor(value.later, () => this.send());
      this.remember();
    }

    send() {
      this.remember();
      this.trigger('pick', {});
    }

    /** Puts what is picked into the component's value and triggers `pick`, with which the whole form is sent. */
    remember() {
      this.props.value = { chosen: [...this.wanted], own: this.own.of(this.wanted), turn: this.turns.turn };
    }

    /** An option of a picked variant was changed. */
    askAgain() {
      this.turns.take([]);
      this.remember();
      this.turns.tell();
    }

    /** The variants that fit the search. */
    shown() {
      return found(this.variants, this.facets.sought);
    }

    /** The variants of the latest run that a button for several may pick. */
    ranLast() {
      const last = new Set(this.told ? this.told.last : []);
      return offered(this.variants.filter(({ number }) => last.has(number)));
    }

    /** The search was changed. */
    narrow() {
      this.refold();
      this.paint();
    }

    /** Unfolds the families with results of the search, unless there are many; without a search, those with picked variants. */
    refold() {
      const shown = this.shown();
      const few = isNarrow(this.facets.sought) && shown.length <= MANY;
      this.open = new Set((few ? shown : shown.filter(({ ref }) => this.wanted.has(ref))).map(({ family }) => family));
    }

    paint() {
      const shown = this.shown();
      const families = grouped(shown, ({ family }) => family);
      arrange(this.box, [...families].map(([family, variants]) => this.paintFamily(family, variants)));
      for (const [ref, row] of this.rows) if (row.input.checked && !this.wanted.has(ref)) row.input.checked = false;
      const picked = this.variants.filter(({ ref }) => this.wanted.has(ref));
      const groups = Object.entries(this.told ? this.told.groups : {}).filter(([key]) => this.wanted.has(key));
      put(this.summary, groups.length && !picked.length ? '' : summaryOf(picked.filter(isAble).map(({ provider }) => provider)));
      this.box.dispatchEvent(new CustomEvent('takes-picked', { bubbles: true, detail: picked.length }));
      this.none.hidden = !this.wanted.size;
      this.every.hidden = !isNarrow(this.facets.sought) || pickable(shown).length < 2;
      this.picked.show([...groups.map(([key, name]) => ({ key, name, why: '' })), ...picked.map(chipOf)]);
      this.facets.tell(shown.length, this.variants.filter(({ now }) => now.there).length);
      this.steps.settle();
      this.quick.steps.settle();
    }

    /**
     * @param {string} family
     * @param {Choosable[]} variants the variants of the family that are shown
     */
    paintFamily(family, variants) {
      const { node, fold, told, box } = this.family(family);
      const count = variants.filter(({ ref }) => this.wanted.has(ref)).length;
      put(told, variants.length + (count ? ' · ' + count + ' picked' : ''));
      box.hidden = !this.open.has(family);
      fold.setAttribute('aria-expanded', String(!box.hidden));
      if (!box.hidden) arrange(box, [...grouped(variants, ({ model }) => model).values()].map((of) => this.paintModel(of)));
      return node;
    }

    /** @param {Choosable[]} variants the variants of a model that are shown */
    paintModel(variants) {
      const model = this.model(variants[0]);
      const free = pickable(variants);
      const every = free.length > 0 && free.every(({ ref }) => this.wanted.has(ref));
      updateAll(model.all, model.title, { free: free.length, unused: offered(variants).length - free.length, every });
      arrange(model.list, variants.map((variant) => {
        const row = this.row(variant);
        const isPicked = this.wanted.has(variant.ref);
        updateRow(row, variant, isAble(variant) && isPicked);
        if (isPicked && this.hasOwn) this.own.show(variant, row.item);
        row.item.classList.toggle('tp-is-picked', isPicked);
        return row.item;
      }));
      return model.node;
    }

    /** @param {string} name */
    family(name) {
      const there = this.families.get(name);
      if (there) return there;
      const family = makeFamily(name, this.name + this.families.size);
      family.fold.addEventListener('click', () => {
        if (!this.open.delete(name)) this.open.add(name);
        this.paint();
      });
      this.families.set(name, family);
      return family;
    }

    /** @param {Choosable} variant the first of its model that is shown */
    model(variant) {
      const there = this.models.get(variant.model);
      if (there) return there;
      const model = makeModel(variant);
      model.all.addEventListener('click', () => this.everywhere(variant.model));
      this.models.set(variant.model, model);
      return model;
    }

    /** @param {Choosable} variant */
    row(variant) {
      const there = this.rows.get(variant.ref);
      if (there) return there;
      const row = makeRow(variant);
      row.input.addEventListener('change', () => this.pick([variant.ref], row.input.checked));
      this.rows.set(variant.ref, row);
      return row;
    }

    /**
     * Picks variants, or removes variants and groups (whole models and providers); and tells the server.
     *
     * @param {string[]} refs
     * @param {boolean} to
     */
    pick(refs, to) {
      const changed = refs.filter((ref) => this.wanted.has(ref) !== to);
      for (const ref of changed) {
        if (to) this.wanted.add(ref);
        else this.wanted.delete(ref);
      }
      this.turns.take(changed.map((ref) => [ref, to]));
      this.paint();
      this.remember();
      this.turns.tell();
    }

    /**
     * Picks all variants of a model that are shown; removes them if all of them are picked.
     *
     * @param {string} model
     */
    everywhere(model) {
      const variants = this.shown().filter((variant) => variant.model === model);
      const free = pickable(variants);
      const every = free.every(({ ref }) => this.wanted.has(ref));
      this.pick((every ? variants : free).map(({ ref }) => ref), !every);
    }

    clear() {
      this.pick([...this.wanted], false);
      /** @type {HTMLInputElement | null} */
      const first = this.box.querySelector('.tp-models:not([hidden]) input:not(:disabled)'); // the button, which had the focus, is gone
      (first || this.facets.search).focus({ preventScroll: true });
    }
  }

  /** @param {Component} component */
  function open(component) {
    const picker = new Picker(component);
    picker.show(component.props.value);
    component.watch('value', () => picker.show(component.props.value));
  }

  return { open };
})();
