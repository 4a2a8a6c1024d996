/** What belongs to the whole page, whichever tab is open: whether its server is there, ticked takes, ways to another tab. */
takes.whole = (() => {
  const { open: openHere } = takes.here;
  const { open: openTicked } = takes.ticked;

  /** A take of which nobody knows whether it is billed is settled on this tab. */
  function openDoubts() {
    const tabs = Array.from(document.querySelectorAll('button[role=tab]'));
    const mine = tabs.find((tab) => (tab.textContent || '').trim() === 'History');
    if (mine instanceof HTMLElement) mine.click();
  }

  function open() {
    openHere();
    openTicked();
    document.addEventListener('takes-settle', openDoubts); // here, as History's own scripts wait until its tab was opened
  }

  return { open };
})();
