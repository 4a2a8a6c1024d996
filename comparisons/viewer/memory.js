/**
 * What a browser remembers of the page: for as long as a tab is open, or for good. A sandboxed frame has no such memory; there
 * everything holds until the page is left.
 */
takes.memory = (() => {
  /** @param {'tab' | 'browser'} where */
  const store = (where) => (where === 'tab' ? window.sessionStorage : window.localStorage);

  /**
   * What was kept under a name; null where there is nothing, or nothing that can be read.
   *
   * @param {'tab' | 'browser'} where
   * @param {string} name
   */
  function recall(where, name) {
    try {
      return JSON.parse(store(where).getItem(name) || 'null');
    } catch (error) {
      return null;
    }
  }

  /**
   * @param {'tab' | 'browser'} where
   * @param {string} name
   * @param {unknown} value
   */
  function remember(where, name, value) {
    try {
      store(where).setItem(name, JSON.stringify(value));
    } catch (error) {
      // it holds until the page is left
    }
  }

  return { recall, remember };
})();
