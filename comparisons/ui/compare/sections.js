/** The form's closed sections, whose fields Gradio draws only once they are opened. */
takes.sections = (() => {
  const PATIENCE_MS = 2000;
  const LOOK_MS = 30;

  /**
   * A field of a section, which is opened if need be; null if the field does not come.
   *
   * @param {string} section its id
   * @param {string} selector of the field
   */
  async function fieldIn(section, selector) {
    const field = () => {
      const found = document.querySelector('#' + section + ' ' + selector);
      return found instanceof HTMLElement && found.checkVisibility() ? found : null;
    };
    const head = document.querySelector('#' + section + ' button');
    if (head instanceof HTMLElement && !field()) head.click();
    const until = performance.now() + PATIENCE_MS;
    while (!field() && performance.now() < until) await new Promise((done) => { setTimeout(done, LOOK_MS); });
    return field();
  }

  return { fieldIn };
})();
