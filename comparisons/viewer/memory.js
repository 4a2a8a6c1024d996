/**
 * What the browser stores for the page: until the tab is closed (`tab`), or for good (`browser`). A sandboxed frame has no such
 * storage; there everything lasts until the page is left.
 */
takes.memory = (() => {
  /** @param {'tab' | 'browser'} where */
  const store = (where) => (where === 'tab' ? window.sessionStorage : window.localStorage);

  /**
   * What was stored under a name; null if there is nothing, or nothing that can be read.
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
      // without storage, the value lasts until the page is left
    }
  }

  return { recall, remember };
})();
