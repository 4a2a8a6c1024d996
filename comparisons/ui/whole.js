/** Parts of the page that do not belong to one tab: whether the server answers, ticked takes, switching to another tab. */
takes.whole = (() => {
  const { open: openHere } = takes.here;
  const { open: openTicked } = takes.ticked;

  /** Switches to History, where people settle takes of which it is not known whether they are billed. */
  function openDoubts() {
    const tabs = Array.from(document.querySelectorAll('button[role=tab]'));
    const mine = tabs.find((tab) => (tab.textContent || '').trim() === 'History');
    if (mine instanceof HTMLElement) mine.click();
  }

  function open() {
    openHere();
    openTicked();
    document.addEventListener('takes-settle', openDoubts); // here, since History's own scripts do not run before its tab was opened
  }

  return { open };
})();
