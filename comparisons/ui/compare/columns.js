/** Shows what a column of the run's table means on its heading, which Gradio draws. */
takes.columns = (() => {
  /** @param {Component} component */
  function open({ element }) {
    const rows = Array.from(element.querySelectorAll('dt'));
    /** @type {Map<string, string>} */
    const meanings = new Map(rows.map((row) => [row.textContent || '', row.nextElementSibling?.textContent || '']));
    document.addEventListener('pointerover', ({ target }) => {
      const heading = target instanceof Element ? target.closest('#table th') : null;
      const words = heading && heading.querySelector('.header'); // beside it is the button of a menu
      const means = words && meanings.get((words.textContent || '').trim());
      if (heading instanceof HTMLElement && means) heading.title = means;
    });
  }

  return { open };
})();
