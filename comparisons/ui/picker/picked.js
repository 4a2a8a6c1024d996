/** A line of everything that is picked, even if the list does not show it; each entry has a button that removes it. */
takes.picked = (() => {
  const { isAble } = takes.catalogue;
  const { find, make, put } = takes.dom;
  const { arrange } = takes.rows;
  const { Steps } = takes.steps;

  /** @type {(number: number, one: string) => string} */
  const count = (number, one) => number + ' ' + one + (number === 1 ? '' : 's');

  /**
   * The words above the list: how many are picked.
   *
   * @param {string[]} providers for each picked variant its provider
   */
  function summaryOf(providers) {
    if (!providers.length) return 'Nothing picked yet';
    return count(providers.length, 'variant') + ' on ' + count(new Set(providers).size, 'provider');
  }

  /**
   * Why a picked variant cannot take part; empty if it can.
   *
   * @param {Choosable} variant
   */
  function whyOff(variant) {
    if (isAble(variant)) return '';
    return variant.now.there ? variant.now.reason : 'its provider has no key';
  }

  /**
   * @param {Choosable} variant
   * @returns {Chip}
   */
  const chipOf = (variant) => ({
    key: variant.ref, name: [variant.provider, variant.title, variant.label].join(' · '), why: whyOff(variant),
  });

  class Picked {
    /**
     * @param {HTMLElement} parent
     * @param {(key: string) => void} drop
     */
    constructor(parent, drop) {
      this.drop = drop;
      this.list = make('ul', 'tp-picked', parent, { 'aria-label': 'Picked variants' });
      this.steps = new Steps(this.list, 'button');
      /** @type {Map<string, HTMLElement>} */
      this.items = new Map();
    }

    /** @param {Chip} chip */
    item({ key, name }) {
      const item = make('li', 'tp-pick', null, { 'data-ref': key });
      put(make('span', 'tp-pick-name', item), name);
      make('span', 'tp-pick-why', item).hidden = true;
      const off = make('button', 'tp-drop', item, { type: 'button', tabindex: '-1', 'aria-label': 'Remove ' + name });
      put(off, '×');
      off.addEventListener('click', () => {
        const place = this.steps.stops().indexOf(off);
        this.drop(key);
        this.steps.goTo(place); // its button, which had the focus, is gone
      });
      return item;
    }

    /** @param {Chip[]} chips also of those that cannot take part just now */
    show(chips) {
      const nodes = chips.map((chip) => {
        const item = this.items.get(chip.key) || this.item(chip);
        this.items.set(chip.key, item);
        item.classList.toggle('tp-off', Boolean(chip.why));
        put(find(item, '.tp-pick-why'), chip.why);
        return item;
      });
      arrange(this.list, nodes);
      this.list.hidden = !nodes.length;
      this.steps.settle();
    }
  }

  return { Picked, chipOf, summaryOf };
})();
