/** An answer of which a part may come later. */
takes.waiting = (() => {
  const { Later } = takes.later;

  /**
   * Opens it in a component of the page, whose value says in `data-later` where the rest is told.
   *
   * @param {Component} component
   */
  function open({ element, trigger, watch }) {
    const later = new Later();
    const look = () => {
      const told = element.querySelector('[data-later]');
      later.waitFor(told && told.getAttribute('data-later'), () => trigger('later', {}));
    };
    look(); // this script may come after the value
    watch('value', look);
  }

  return { open };
})();
