/** Functions with which every component of the page builds its elements. */
takes.dom = (() => {
  /**
   * A new element, at the end of its parent if it has one.
   *
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {string} [className]
   * @param {Element | null} [parent]
   * @param {Record<string, string>} [attributes]
   * @returns {HTMLElementTagNameMap[Tag]}
   */
  function make(tag, className = '', parent = null, attributes = {}) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (parent) parent.append(node);
    return node;
  }

  /**
   * Sets the text of an element, and hides the element if there is none. The same text is not written again.
   *
   * @param {HTMLElement} node
   * @param {string | null} [text]
   */
  function put(node, text) {
    const words = text || '';
    if (node.textContent !== words) node.textContent = words;
    node.hidden = !words;
  }

  /**
   * Sets a text that may have too little room; the whole of it is its title.
   *
   * @param {HTMLElement} node
   * @param {string | null} [text]
   */
  function putTitled(node, text) {
    put(node, text);
    node.title = text || '';
  }

  /**
   * Finds an element that must be there; throws if it is not.
   *
   * @param {ParentNode} within
   * @param {string} selector
   * @returns {HTMLElement}
   */
  function find(within, selector) {
    const node = within.querySelector(selector);
    if (!(node instanceof HTMLElement)) throw new Error('The page has no ' + selector);
    return node;
  }

  return { make, put, putTitled, find };
})();
