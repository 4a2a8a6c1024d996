/** The note that Live needs a key. When the person has just chosen Live, it opens the fields for keys and puts the focus there. */
takes.keyless = (() => {
  const { fieldIn } = takes.sections;

  /** Whether the focus is at the mode, or nowhere, as browsers that do not focus what is clicked leave it. */
  function isAtMode() {
    const { activeElement } = document;
    return activeElement === document.body || Boolean(activeElement && activeElement.closest('#mode'));
  }

  /** @param {HTMLElement} note */
  async function leadToKeys(note) {
    const field = await fieldIn('keys', 'input');
    if (field) field.focus({ preventScroll: true });
    note.scrollIntoView({ block: 'start' });
  }

  /** @param {Component} component */
  function open({ element, props, watch }) {
    const note = /** @type {HTMLElement} */ (element.closest('#mode-note') || element);
    watch('value', () => { if (props.value && element.isConnected && isAtMode()) leadToKeys(note); });
  }

  return { open };
})();
