/** What is picked, whatever the list shows: a line of it, each with a button that takes it away. */
takes.picked = (() => {
  const { isAble } = takes.catalogue;
  const { find, make, put } = takes.dom;
  const { arrange } = takes.rows;
  const { Steps } = takes.steps;

  /** @type {(number: number, one: string) => string} */
  const count = (number, one) => number + ' ' + one + (number === 1 ? '' : 's');

  /**
   * What stands above the list.
   *
   * @param {string[]} providers of the variants that are picked, one each
   */
  function summaryOf(providers) {
    if (!providers.length) return 'Nothing picked yet';
    return count(providers.length, 'variant') + ' on ' + count(new Set(providers).size, 'provider');
  }

  /**
   * Why it takes no part though it is picked; empty where it does.
   *
   * @param {Choosable} variant
   */
  function whyOff(variant) {
    if (isAble(variant)) return '';
    return variant.now.there ? variant.now.reason : 'its provider has no key';
  }

  class Picked {
    /**
     * @param {HTMLElement} parent
     * @param {(variant: Choosable) => void} drop
     */
    constructor(parent, drop) {
      this.drop = drop;
      this.list = make('ul', 'tp-picked', parent, { 'aria-label': 'Picked variants' });
      this.steps = new Steps(this.list, 'button');
      /** @type {Map<string, HTMLElement>} */
      this.items = new Map();
    }

    /** @param {Choosable} variant */
    item(variant) {
      const item = make('li', 'tp-pick', null, { 'data-ref': variant.ref });
      const name = [variant.provider, variant.title, variant.label].join(' · ');
      put(make('span', 'tp-pick-name', item), name);
      make('span', 'tp-pick-why', item).hidden = true;
      const off = make('button', 'tp-drop', item, { type: 'button', tabindex: '-1', 'aria-label': 'Remove ' + name });
      put(off, '×');
      off.addEventListener('click', () => {
        const place = this.steps.stops().indexOf(off);
        this.drop(variant);
        this.steps.goTo(place); // its button is gone, and the keyboard must not be lost
      });
      return item;
    }

    /**
     * @param {Choosable[]} variants picked ones, also those that cannot take part just now
     */
    show(variants) {
      const nodes = variants.map((variant) => {
        const item = this.items.get(variant.ref) || this.item(variant);
        this.items.set(variant.ref, item);
        item.classList.toggle('tp-off', !isAble(variant));
        put(find(item, '.tp-pick-why'), whyOff(variant));
        return item;
      });
      arrange(this.list, nodes);
      this.list.hidden = !nodes.length;
      this.steps.settle();
    }
  }

  return { Picked, summaryOf };
})();
