/** What belongs to the whole page, whichever tab is open: whether its server is there, and the takes that are ticked. */
takes.whole = (() => {
  const { open: openHere } = takes.here;
  const { open: openTicked } = takes.ticked;

  function open() {
    openHere();
    openTicked();
  }

  return { open };
})();
