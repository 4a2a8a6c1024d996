/** A component that shows an answer which may be incomplete at first. */
takes.waiting = (() => {
  const { Later } = takes.later;

  /**
   * Opens it in a component of the page. `data-later` in its value is the URL that answers once the rest is available.
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
