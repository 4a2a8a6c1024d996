/** The rows of the picker and their groups: a family contains models, a model its variants. */
takes.rows = (() => {
  const { isAble } = takes.catalogue;
  const { make, put } = takes.dom;

  /** @param {Choosable} variant */
  function makeRow(variant) {
    const item = make('div', 'tp-item');
    const node = make('label', 'tp-row', item, { 'data-ref': variant.ref });
    const input = make('input', 'tp-check', node, { type: 'checkbox', tabindex: '-1' });
    const what = make('span', 'tp-what', node);
    const name = make('span', 'tp-name', what);
    put(make('span', 'tp-provider', name), variant.provider);
    put(make('span', 'tp-label', name), variant.label);
    const detail = make('span', 'tp-detail', what);
    const past = make('span', 'tp-past', what);
    const reason = make('span', 'tp-reason', what);
    const badge = make('span', 'tp-badge', what);
    put(make('span', 'tp-ending', what), variant.ending);
    put(make('span', 'tp-evidence', what), variant.evidence);
    put(make('span', 'tp-note', what, { title: variant.note }), variant.note);
    const price = make('span', 'tp-price', node);
    return { item, node, input, detail, past, reason, badge, price: make('span', 'tp-amount', price), basis: make('span', 'tp-basis', price) };
  }

  /**
   * @param {ReturnType<typeof makeRow>} row
   * @param {Choosable} variant
   * @param {boolean} isPicked
   */
  function updateRow(row, variant, isPicked) {
    const { now } = variant;
    const off = !isAble(variant);
    row.node.classList.toggle('tp-off', off);
    row.input.disabled = off;
    row.input.checked = isPicked;
    put(row.detail, now.detail);
    put(row.past, now.past);
    put(row.reason, now.reason);
    put(row.badge, now.badge);
    put(row.price, now.price || 'price unknown');
    row.price.classList.toggle('tp-unknown', !now.price);
    put(row.basis, now.basis);
  }

  /** @param {Choosable} variant the first of its model */
  function makeModel({ model, title }) {
    const node = make('fieldset', 'tp-group', null, { 'data-model': model });
    put(make('span', 'tp-title', make('legend', 'tp-legend', node)), title);
    const all = make('button', 'tp-all', node, { type: 'button', 'data-act': 'all', tabindex: '-1' });
    return { node, title, all, list: make('div', 'tp-list', node) };
  }

  /**
   * The button of a model's group: it picks all variants that it may, or removes them if all are picked.
   *
   * @param {HTMLElement} button
   * @param {string} title
   * @param {{ free: number, unused: number, every: boolean }} of how many it may pick, how many it leaves out since they would
   *     not use the image, and whether all are picked
   */
  function updateAll(button, title, { free, unused, every }) {
    put(button, free < 2 ? '' : every ? 'Clear' : 'Everywhere (' + free + ')');
    const without = unused ? ', without ' + unused + ' that would not use the image' : '';
    const words = every ? 'Clear ' + title : 'This model everywhere: pick ' + free + ' of ' + title + without;
    button.setAttribute('aria-label', words);
    button.title = words;
  }

  /**
   * @param {string} family
   * @param {string} id of the element that it folds
   */
  function makeFamily(family, id) {
    const node = make('section', 'tp-family', null, { 'data-family': family });
    const fold = make('button', 'tp-fold', node, { type: 'button', 'aria-expanded': 'false', 'aria-controls': id, tabindex: '-1' });
    put(make('span', 'tp-family-name', fold), family);
    const told = make('span', 'tp-told', fold);
    const box = make('div', 'tp-models', node, { id });
    box.hidden = true;
    return { node, fold, told, box };
  }

  /**
   * Makes these nodes the only children of a parent, in this order.
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

  return { makeRow, updateRow, makeModel, updateAll, makeFamily, arrange };
})();
