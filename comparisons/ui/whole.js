/** Parts of the page that do not belong to one tab: whether the server answers, ticked takes, switching to another tab, also by keys. */
takes.whole = (() => {
  const { open: openHere } = takes.here;
  const { open: openTicked } = takes.ticked;

  const LEAVING = ['Tab', 'Shift'];

  /** Switches to History, where people settle takes of which it is not known whether they are billed. */
  function openDoubts() {
    const tabs = Array.from(document.querySelectorAll('button[role=tab]'));
    const mine = tabs.find((tab) => (tab.textContent || '').trim() === 'History');
    if (mine instanceof HTMLElement) mine.click();
  }

  /** @param {EventTarget | null} target */
  const isList = (target) => target instanceof HTMLInputElement && target.getAttribute('role') === 'combobox';

  /**
   * Lets Tab pass drop-down lists without opening them, as it passes a browser's own. Gradio opens a list at any key and whenever
   * its field gets the focus, and browsers stop at an open list because it scrolls.
   */
  function passLists() {
    let tabbing = false;
    document.addEventListener('keydown', (event) => {
      tabbing = event.key === 'Tab';
      if (!LEAVING.includes(event.key)) return;
      /** @type {NodeListOf<HTMLElement>} */
      const lists = document.querySelectorAll('[role=listbox]');
      for (const list of lists) list.tabIndex = -1;
      if (isList(event.target)) event.stopPropagation();
    }, true); // before Gradio
    document.addEventListener('pointerdown', () => { tabbing = false; }, true);
    document.addEventListener('focus', (event) => { if (tabbing && isList(event.target)) event.stopPropagation(); }, true);
  }

  /**
   * Arrow keys, Home and End on one of the page's tabs open another.
   *
   * @param {KeyboardEvent} event
   */
  function turn(event) {
    const { key, target } = event;
    const tabs = target instanceof HTMLElement && target.getAttribute('role') === 'tab' && target.parentElement ? [...target.parentElement.querySelectorAll('[role=tab]')] : [];
    const to = placeAfter(key, tabs.indexOf(/** @type {Element} */ (target)), tabs.length);
    const tab = to === null ? null : tabs[to];
    if (!(tab instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    tab.click();
    tab.focus();
  }

  /**
   * Where a key leads from one of several tabs; null where it leads nowhere.
   *
   * @param {string} key
   * @param {number} at
   * @param {number} count
   */
  function placeAfter(key, at, count) {
    if (at < 0) return null;
    if (key === 'Home' || key === 'End') return key === 'Home' ? 0 : count - 1;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    return by ? (at + by + count) % count : null;
  }

  function open() {
    openHere();
    openTicked();
    document.addEventListener('keydown', turn);
    passLists();
    document.addEventListener('takes-settle', openDoubts); // here, since History's own scripts do not run before its tab was opened
  }

  return { open, placeAfter };
})();
